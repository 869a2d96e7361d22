"""A fake ESC, and a configuration that ends with the test."""

from collections.abc import Iterator

import pytest
from fake_esc import FakeEsc

from hushflake.config.esc.client import EscClient
from hushflake.config.esc.http import Timeouts


@pytest.fixture
def esc() -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        yield running


@pytest.fixture
def client(esc: FakeEsc) -> EscClient:
    return EscClient(esc.token, url=esc.url, timeouts=Timeouts(connect=0.5, read=0.5, total=2.0))
