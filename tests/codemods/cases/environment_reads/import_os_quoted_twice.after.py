import os
import typing

from hushflake.config import get_config_value

A = get_config_value("A")


def f(x: "typing.Optional['os.PathLike']"): ...
