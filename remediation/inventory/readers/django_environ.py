"""django-environ: https://django-environ.readthedocs.io/en/latest/."""

import ast
import re
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from ..env_paths import EnvPath, env_paths
from ..following.things import Argument, Expected, Instance, Klass, Making, Origin
from ..types import type_of_cast
from .base import FileUse, reading, word_of

NAME = "django-environ"
WORDS = (b"read_env", b"import environ", b"environ import")
_ORIGIN = Origin(NAME, "environment", "django-environ", reason="library")
# Method -> type, and the variable that is read when none is named.
_TYPES = {
    **{name: name for name in ("int", "float", "bool", "list", "json", "url")},
    **dict.fromkeys(("str", "bytes", "unicode", "get_value"), ""),
    **dict.fromkeys(("tuple",), "list"),
    **dict.fromkeys(("dict",), "json"),
    "path": "path",
}
_URLS = {
    **dict.fromkeys(("db", "db_url"), "DATABASE_URL"),
    **dict.fromkeys(("cache", "cache_url"), "CACHE_URL"),
    **dict.fromkeys(("email", "email_url"), "EMAIL_URL"),
    **dict.fromkeys(("search", "search_url"), "SEARCH_URL"),
    **dict.fromkeys(("channels", "channels_url"), "CHANNELS_URL"),
}
# `environ` stands in nearly every file that reads the environment.
_IMPORT = re.compile(
    rb"^[ \t]*(?:import[ \t]+environ\b|from[ \t]+environ[ \t]+import)", re.MULTILINE
)


def _env(making: Making) -> Instance:
    """`Env(DEBUG=(bool, False), PORT=int)`: what is said of keys before they are read."""
    expected: dict[str, Expected] = {}
    for word in making.call.keywords:
        match word.value:
            case ast.Tuple(elts=[kind, default]):
                given = Argument((), default, making.module.relative)
                expected[word.arg or ""] = Expected(type_of_cast(kind)[0], given)
            case kind:
                expected[word.arg or ""] = Expected(type_of_cast(kind)[0])
    return Instance(making.of, {"prefix": (("",),)}, expected=expected)


_ENV = Klass(
    "Env",
    {
        "__call__": reading(_ORIGIN, ("var", "cast", "default"), begin=["prefix"]),
        **{
            name: reading(_ORIGIN, ("var", "default"), begin=["prefix"], kind=kind)
            for name, kind in _TYPES.items()
        },
        **{
            name: reading(_ORIGIN, ("var", "default"), begin=["prefix"], kind="url", key=key)
            for name, key in _URLS.items()
        },
        "get_value": reading(_ORIGIN, ("var", "cast", "default"), begin=["prefix"]),
    },
    {"prefix": (("",),)},
    maker=_env,
)
THINGS = {"environ": {"environ.Env": _ENV, "environ.FileAwareEnv": _ENV}}


def files(module: Module) -> Iterator[FileUse]:
    """Yield the calls of `read_env`: it puts what the file holds into the environment."""
    if b"read_env" not in module.utf8 or not _IMPORT.search(module.utf8):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "read_env":
            paths = env_paths(module.index, word_of(node, "env_file", 0), module.relative)
            # Without a path it is the file beside its caller.
            yield FileUse(NAME, node, paths or (EnvPath("upward", ".env"),), into_environment=True)
