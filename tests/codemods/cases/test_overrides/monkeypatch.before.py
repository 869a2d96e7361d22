import os

import pytest
from app import read


@pytest.fixture
def url(monkeypatch):
    monkeypatch.setenv("SHOP_URL", "https://fixture.example")
    yield
    assert read()


def test_set(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv("SHOP_URL", f"file://{tmp_path}")
    monkeypatch.setenv(name="SHOP_LEVEL", value="de" + "bug")
    monkeypatch.setenv("SHOP_SIZE", 8080)
    monkeypatch.setenv("SHOP_COLOR", tmp_path)
    assert read()


async def test_absent(monkeypatch):
    monkeypatch.delenv("SHOP_LEVEL", raising=False)
    monkeypatch.setitem(
        os.environ,
        "SHOP_URL",
        compute(),
    )
    monkeypatch.delitem(os.environ, "SHOP_LEVEL", raising=False); assert read()


def test_others(monkeypatch):
    monkeypatch.setenv("SHOP_DIRECT", "read directly")
    monkeypatch.setenv("AWS_REGION", "a library reads it")
    monkeypatch.setenv("SHOP_NOBODY", "read by nobody")
    monkeypatch.setenv("PATH", "of the platform")
