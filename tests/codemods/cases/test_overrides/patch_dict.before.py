import os
from unittest import mock
from unittest.mock import patch

from app import read


@mock.patch.dict(os.environ, {"SHOP_URL": "https://a.example", "SHOP_LEVEL": "debug"})
def test_decorated():
    assert read()


@mock.patch("app.read", autospec=True)
@patch.dict(os.environ, values={"SHOP_URL": "https://b.example"}, clear=False)
@mock.patch("app.more")
def test_between(more, read):
    assert read


def test_block():
    with patch.dict(os.environ, SHOP_LEVEL="warning"), open("x") as stream:
        assert read(), stream
    with (
        mock.patch.dict(os.environ, {"SHOP_URL": make(1, "x"), "SHOP_LEVEL": "info"}),
        mock.patch("app.more"),
    ):
        assert read()
