import os
from unittest import TestCase

from app import more, read

os.environ["SHOP_COLOR"] = "red"


class TestShop(TestCase):
    def setUp(self):
        os.environ["SHOP_URL"] = "https://c.example"

    def tearDown(self):
        del os.environ["SHOP_URL"]

    def test_it(self):
        assert read(), more()


def test_finally():
    os.environ["SHOP_LEVEL"] = level = compute()
    os.environ["SHOP_SIZE"] = "1"
    try:
        assert read()
    finally:
        os.environ.pop("SHOP_SIZE", None)
        os.environ.pop("SHOP_LEVEL")
