"""Who reads .env files beside Python: one file per kind of reader. The folder is the registry."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import cast

from .base import EnvReader, EnvUse
from .tree import Tree

__all__ = ["EnvReader", "EnvUse", "Tree", "all_readers", "readers_of"]


@cache
def all_readers() -> tuple[EnvReader, ...]:
    """Return the modules of this folder that read a kind of file."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return tuple(cast("EnvReader", module) for module in modules if hasattr(module, "KIND"))


def readers_of(path: str) -> Iterator[EnvReader]:
    """Yield the readers for a file. `path`: relative, `/` between parts."""
    return (reader for reader in all_readers() if reader.reads(path))
