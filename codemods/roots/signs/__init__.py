"""Where a repository says that its modules are imported from: one file per way of saying it."""

import importlib
import pkgutil
from functools import cache

from .base import Sign, Signs

__all__ = ["Sign", "Signs", "all_signs"]


@cache
def all_signs() -> tuple[Signs, ...]:
    """Return the readers; the folder is the registry."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name != "base")
    return tuple(importlib.import_module(f"{__name__}.{name}") for name in names)
