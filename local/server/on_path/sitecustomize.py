"""Leads a program that has no option for a host to the local stack.

`hushflake stack exec` puts this folder on PYTHONPATH, where Python looks for `sitecustomize` when
it starts. A connection without a host, to the account `local` or to none, goes where SNOWFLAKE_HOST,
SNOWFLAKE_PORT and SNOWFLAKE_PROTOCOL say; every other connection is left alone.

It imports nothing of ours: the program's environment need not have hushflake.
"""

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs a start 10 ms
_CONNECTOR = "snowflake.connector"


def _led(connect: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(connect)
    def led(*args: Any, **given: Any) -> Any:
        account = str(given.get("account") or os.environ.get("SNOWFLAKE_ACCOUNT", ""))
        if account.lower() == "local" and not given.get("host"):
            given |= {
                "host": os.environ["SNOWFLAKE_HOST"],
                "port": int(os.environ["SNOWFLAKE_PORT"]),
                "protocol": os.environ["SNOWFLAKE_PROTOCOL"],
            }
        return connect(*args, **given)

    return led


class _Loader(importlib.abc.Loader):
    """Loads the connector as its own loader does, and wraps `connect` then."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        for name in ("connect", "Connect"):
            found = getattr(module, name, None)
            if callable(found):
                setattr(module, name, _led(found))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the connector, once, with the finders that follow."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _CONNECTOR:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


def _next_one() -> None:
    """Run the `sitecustomize` that this one stands before."""
    rest = [entry for entry in sys.path if os.path.abspath(entry) != _FOLDER]  # noqa: PTH100
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if "SNOWFLAKE_HOST" in os.environ:
    sys.meta_path.insert(0, _Finder())
_next_one()
