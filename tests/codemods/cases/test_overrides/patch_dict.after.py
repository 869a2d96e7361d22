from unittest import mock

from app import read
from hushflake.config import config_overrides


@config_overrides({"SHOP_URL": "https://a.example", "SHOP_LEVEL": "debug"}, all_threads=True)
def test_decorated():
    assert read()


@mock.patch("app.read", autospec=True)
@config_overrides({"SHOP_URL": "https://b.example"}, all_threads=True)
@mock.patch("app.more")
def test_between(more, read):
    assert read


def test_block():
    with config_overrides({"SHOP_LEVEL": "warning"}, all_threads=True), open("x") as stream:
        assert read(), stream
    with (
        config_overrides({"SHOP_URL": make(1, "x"), "SHOP_LEVEL": "info"}, all_threads=True),
        mock.patch("app.more"),
    ):
        assert read()
