import os
from unittest import TestCase

from app import more, read
from hushflake.config import remove_config_override, set_config_override

set_config_override("SHOP_COLOR", "red")


class TestShop(TestCase):
    def setUp(self):
        set_config_override("SHOP_URL", "https://c.example")

    def tearDown(self):
        remove_config_override("SHOP_URL")

    def test_it(self):
        assert read(), more()


def test_finally():
    os.environ["SHOP_LEVEL"] = level = compute()
    set_config_override("SHOP_SIZE", "1")
    try:
        assert read()
    finally:
        remove_config_override("SHOP_SIZE")
        os.environ.pop("SHOP_LEVEL")
