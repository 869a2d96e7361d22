"""Starlette's `Config`: https://www.starlette.io/config/."""

from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from ..env_paths import env_paths
from ..following.classes import made
from ..following.text import MINE, Hole
from ..following.things import Instance, Klass, Making, Origin, Parameter
from .base import FileUse, argument, called, reading, word_of

NAME = "starlette"
WORDS = (b"starlette.config",)
_ORIGIN = Origin(NAME, "environment", "starlette", reason="library")
_NAMES = ("starlette.config.Config",)


def _config(making: Making) -> Instance:
    paths = env_paths(
        making.module.index, word_of(making.call, "env_file", 0), making.module.relative
    )
    instance = made(making.of, making.given)
    return Instance(making.of, instance.attributes, tuple(each.shown for each in paths))


_READ = reading(_ORIGIN, ("key", "cast", "default"), begin=["env_prefix"])
_CONFIG = Klass(
    "Config",
    {"__call__": _READ, "get": _READ},
    {"env_prefix": ((Hole(MINE, "env_prefix"),),)},
    (
        Parameter("env_file"),
        Parameter("environ"),
        Parameter("env_prefix", "both", argument("")),
        Parameter("encoding"),
    ),
    maker=_config,
)
THINGS = {"starlette": dict.fromkeys(_NAMES, _CONFIG)}


def files(module: Module) -> Iterator[FileUse]:
    """Yield each `Config` that is given a file."""
    for _, call in called(module, "starlette", _NAMES.__contains__):
        paths = env_paths(module.index, word_of(call, "env_file", 0), module.relative)
        if paths:
            yield FileUse(NAME, call, paths)
