"""python-decouple: https://github.com/HBNetwork/python-decouple."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from hushflake.lint_plugin.module import Module

from ..env_paths import EnvPath, env_paths
from ..following.things import Instance, Klass, Making, Origin
from .base import FileUse, reading

NAME = "python-decouple"
WORDS = (b"decouple",)
_ORIGIN = Origin(NAME, "decouple", "decouple", reason="library")
_READ = reading(_ORIGIN, ("option", "default", "cast"))
_UPWARD = EnvPath("upward", ".env")


def _config(making: Making) -> Instance:
    """`Config(RepositoryEnv("path"))`, or a repository that says nothing of a file."""
    given = making.call.args[0] if making.call.args else None
    inner = given.args[0] if isinstance(given, ast.Call) and given.args else None
    paths = env_paths(making.module.index, inner, making.module.relative)
    return Instance(making.of, files=tuple(each.shown for each in paths))


_METHODS = {"__call__": _READ, "get": _READ}
_CONFIG = Klass("Config", _METHODS, maker=_config)
_AUTO = Klass("AutoConfig", _METHODS, maker=lambda making: Instance(making.of, files=(".env",)))
THINGS = {
    "decouple": {
        "decouple.config": Instance(_AUTO, files=(".env",)),
        "decouple.AutoConfig": _AUTO,
        "decouple.Config": _CONFIG,
    }
}


def files(module: Module) -> Iterator[FileUse]:
    """Yield the first use of `config`, which finds a .env file upward, and each repository."""
    seen = False
    for use in module.index.uses("decouple"):
        place = module.index.place(use.node)
        above = place.parent.node if place and place.parent else None
        call = above if isinstance(above, ast.Call) and above.func is use.node else None
        name = use.origin.rpartition(".")[2]
        if name == "RepositoryEnv" and call is not None and call.args:
            paths = env_paths(module.index, call.args[0], module.relative)
            yield FileUse(NAME, call, paths or (EnvPath("somewhere", ""),))
        elif name in ("config", "AutoConfig") and not seen:
            seen = True
            given = call.args[:1] if call is not None and name == "AutoConfig" else []
            folder = env_paths(module.index, given[0], module.relative) if given else ()
            paths = tuple(replace(each, path=f"{each.path}/.env".lstrip("/")) for each in folder)
            yield FileUse(NAME, use.node, paths or (_UPWARD,))
