import pytest
from app import read
from hushflake.config import set_config_override


@pytest.fixture
def url(monkeypatch):
    set_config_override("SHOP_URL", "https://fixture.example")
    yield
    assert read()


def test_set(monkeypatch: pytest.MonkeyPatch, tmp_path):
    set_config_override("SHOP_URL", f"file://{tmp_path}")
    set_config_override("SHOP_LEVEL", "de" + "bug")
    set_config_override("SHOP_SIZE", str(8080))
    set_config_override("SHOP_COLOR", str(tmp_path))
    assert read()


async def test_absent(monkeypatch):
    set_config_override("SHOP_LEVEL", None)
    set_config_override("SHOP_URL", compute())
    set_config_override("SHOP_LEVEL", None); assert read()


def test_others(monkeypatch):
    monkeypatch.setenv("SHOP_DIRECT", "read directly")
    monkeypatch.setenv("AWS_REGION", "a library reads it")
    monkeypatch.setenv("SHOP_NOBODY", "read by nobody")
    monkeypatch.setenv("PATH", "of the platform")
