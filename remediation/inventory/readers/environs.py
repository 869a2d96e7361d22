"""environs: https://github.com/sloria/environs."""

import ast
from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from ..env_paths import EnvPath, env_paths
from ..following.text import MINE, Hole
from ..following.things import Instance, Klass, Origin, Parameter
from .base import FileUse, argument, reading, word_of

NAME = "environs"
WORDS = (b"environs",)
_ORIGIN = Origin(NAME, "environment", "environs", reason="library")
_TYPES = {
    **{name: name for name in ("int", "float", "bool", "list", "decimal", "path", "url", "json")},
    "str": "",
    "dict": "json",
    "dj_db_url": "url",
    "dj_email_url": "url",
    "dj_cache_url": "url",
}
_PARAMETERS = ("name", "default")
# What is no parser of a variable.
_OTHERS = frozenset(
    {"read_env", "prefixed", "seal", "dump", "add_parser", "parser_for", "add_parser_from_field"}
)
ENV = Klass(
    "Env",
    methods={
        name: reading(_ORIGIN, _PARAMETERS, begin=["prefix"], kind=kind)
        # A parser that is added is called like a shipped one.
        for name, kind in {"__call__": "", "*": "", **_TYPES}.items()
    },
    attributes={"prefix": ((Hole(MINE, "prefix"),),)},
    init=(Parameter("eager"), Parameter("expand_vars"), Parameter("prefix", "both", argument(""))),
    prefixing="prefixed",
    left=_OTHERS,
)
THINGS = {NAME: {"environs.Env": ENV, "environs.env": Instance(ENV, {"prefix": (("",),)})}}


def files(module: Module) -> Iterator[FileUse]:
    """Yield the calls of `read_env`: it puts what the file holds into the environment."""
    for node in ast.walk(module.tree) if b"read_env" in module.utf8 else ():
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "read_env":
            paths = env_paths(module.index, word_of(node, "path", 0), module.relative)
            yield FileUse(NAME, node, paths or (EnvPath("upward", ".env"),), into_environment=True)
