import os
from unittest import mock


@mock.patch.dict(os.environ, {"SHOP_URL": "x"}, clear=True)
def test_cleared(): ...


@mock.patch.dict(os.environ, VALUES)
def test_computed(): ...


def test_replaced(monkeypatch):
    monkeypatch.setattr(os, "environ", {})


def test_other(monkeypatch):
    monkeypatch.setenv("SHOP_LEVEL", "x")
