"""python-dotenv: https://github.com/theskumar/python-dotenv."""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from ..env_paths import EnvPath, env_paths
from ..following.things import Function, Origin, Table
from .base import FileUse, called, word_of

NAME = "python-dotenv"
WORDS = (b"dotenv",)
# Functions that read a file; `find_dotenv` alone reads none.
_READING = ("load_dotenv", "dotenv_values", "get_key")
_VALUES = Table(Origin(NAME, "environment", "subscript", reason="library", sources=(".env",)))
THINGS = {
    "dotenv": {
        f"dotenv.{module}dotenv_values": Function(returns=_VALUES) for module in ("", "main.")
    }
}


def files(module: Module) -> Iterator[FileUse]:
    """Yield the calls of `load_dotenv`, `dotenv_values` and `get_key`."""
    for origin, call in called(module, "dotenv", _is_reading):
        name = origin.rpartition(".")[2]
        if word_of(call, "stream") is not None:
            continue
        found = env_paths(module.index, word_of(call, "dotenv_path", 0), module.relative)
        # Without a path it looks in the folder of its caller and upward.
        found = found or (EnvPath("upward", ".env"),)
        key = word_of(call, "key_to_get", 1) if name == "get_key" else None
        text = key.value if isinstance(key, ast.Constant) else None
        keys = frozenset({text}) if isinstance(text, str) else None
        yield FileUse(NAME, call, found, keys, into_environment=name == "load_dotenv")


def _is_reading(origin: str) -> bool:
    return origin.rpartition(".")[2] in _READING
