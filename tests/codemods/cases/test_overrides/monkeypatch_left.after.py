import pytest


def test_must_be_there(monkeypatch):
    monkeypatch.delenv("SHOP_LEVEL")


def test_prepended(monkeypatch):
    monkeypatch.setenv("SHOP_COLOR", "a", prepend=":")


def test_context(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setenv("SHOP_SIZE", "1")


# Another test sets it in a way that stays: then all do.
def test_also(monkeypatch):
    monkeypatch.setenv("SHOP_LEVEL", "x")
