"""Kinds of declarations, one a file. The folder is the registry."""

import importlib
import pkgutil
from functools import cache
from typing import cast

from .base import Kind


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Return the kinds, in the order of their file names."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return tuple(cast("Kind", module) for module in modules if hasattr(module, "PATTERNS"))
