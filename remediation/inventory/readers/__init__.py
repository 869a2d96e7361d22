"""Libraries that read configuration by themselves: one file each. The folder is the registry."""

import importlib
import pkgutil
from functools import cache
from typing import cast

from .base import FileUse, Library

__all__ = ["FileUse", "Library", "all_libraries", "may_read"]


@cache
def all_libraries() -> tuple[Library, ...]:
    """Return the modules of this folder that are about a library, in the order of their names."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return tuple(cast("Library", module) for module in modules if hasattr(module, "WORDS"))


def may_read(data: bytes) -> bool:
    """Say from the bytes of a file whether one of the libraries may be used there."""
    return any(word in data for library in all_libraries() for word in library.WORDS)
