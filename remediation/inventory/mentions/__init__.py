"""Where else a key is named: one file a kind of file. The folder is the registry."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import cast

from .base import Mention, Reader, UnreadableError

__all__ = ["Mention", "Reader", "UnreadableError", "all_readers", "readers_of"]


@cache
def all_readers() -> tuple[Reader, ...]:
    """Return the modules of this folder that read a kind of file."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return tuple(cast("Reader", module) for module in modules if hasattr(module, "KIND"))


def readers_of(path: str) -> Iterator[Reader]:
    """Yield the readers for a file. `path`: relative, `/` between parts."""
    return (reader for reader in all_readers() if reader.reads(path))
