import os
from unittest import TestCase, mock


@mock.patch.dict(os.environ, {"SHOP_URL": "x"})
class TestClass(TestCase):
    def test_it(self): ...


@mock.patch.dict(os.environ, {"SHOP_URL": "x"})
async def test_async(): ...


@mock.patch.dict(os.environ, {"SHOP_URL": "x"})
def generator():
    yield


def test_given():
    with mock.patch.dict(os.environ, {"SHOP_LEVEL": "x"}) as environment:
        assert environment


def test_object():
    patcher = mock.patch.dict(os.environ, {"SHOP_COLOR": "x"})
    patcher.start()


def test_comment():
    with mock.patch.dict(os.environ, {
        "SHOP_SIZE": "x",  # why
    }):
        assert True
