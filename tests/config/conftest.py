"""A fake ESC, and a configuration that ends with the test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_aws import aws, moto
from fake_azure import azure, azure_cert, identity
from fake_esc import FakeEsc
from fake_google import google, google_key
from fake_vault import vault

import hushflake.config as hc
from hushflake.config.censor import redact
from hushflake.config.esc.client import EscClient
from hushflake.config.esc.http import Timeouts

PROD = "acme/shop/prod"

# Fixtures.
__all__ = ["aws", "azure", "azure_cert", "google", "google_key", "identity", "moto", "vault"]


@pytest.fixture
def esc() -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        yield running


@pytest.fixture
def client(esc: FakeEsc) -> EscClient:
    return EscClient(esc.token, url=esc.url, timeouts=Timeouts(connect=0.5, read=0.5, total=2.0))


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Begin and end unconfigured, in an empty folder, without a say of the environment."""
    for name in list(os.environ):
        if name.startswith(("HUSHFLAKE_", "PULUMI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    hc.unconfigure()
    yield
    hc.unconfigure()
    redact.forget_all()


@pytest.fixture
def prod(esc: FakeEsc, monkeypatch: pytest.MonkeyPatch) -> FakeEsc:
    """ESC with one environment, `PROD`, and this process told where it is."""
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", esc.token)
    monkeypatch.setenv("PULUMI_BACKEND_URL", esc.url)
    esc.save(
        PROD,
        "values:\n"
        "  db: {password: {fn::secret: esc-password}, poolSize: 5, hosts: [a, b]}\n"
        "  db_password2: x\n"
        "  environmentVariables:\n"
        "    ONLY_ESC: from-esc\n"
        "    BOTH: from-esc\n"
        "    API_TOKEN: {fn::secret: esc-token-value}\n",
    )
    return esc
