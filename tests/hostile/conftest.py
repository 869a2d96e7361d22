"""The canaries of a test: see `tests/fakes/canaries.py`."""

from collections.abc import Iterator

import pytest
from canaries import Canaries


@pytest.fixture
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    with Canaries(tmp_path_factory.mktemp("canaries") / "nest") as made:
        yield made
