import os
from unittest import TestCase

import pytest


def test_leaks():
    os.environ["SHOP_URL"] = "x"


def test_taken_away_first():
    os.environ.pop("SHOP_LEVEL", None)
    os.environ["SHOP_LEVEL"] = "x"


class TestShop(TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["SHOP_COLOR"] = "x"

    @classmethod
    def tearDownClass(cls):
        del os.environ["SHOP_COLOR"]


@pytest.fixture(scope="session")
def size():
    os.environ["SHOP_SIZE"] = "x"
    yield
    del os.environ["SHOP_SIZE"]
