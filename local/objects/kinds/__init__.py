"""The object kinds: one file each. The folder is the registry."""

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Kind


@cache
def kinds() -> "dict[str, Kind]":
    """Return every kind by its name."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        kind = getattr(loaded, "KIND", None)
        if kind is not None:
            found[kind.name] = kind
        # One name space under several words: STORAGE INTEGRATION, API INTEGRATION.
        found |= getattr(loaded, "ALIASES", {})
    return found


@cache
def plurals() -> "dict[str, Kind]":
    """Return every kind by its plural, as SHOW names it."""
    found = {kind.plural: kind for kind in kinds().values()}
    # SHOW says USER FUNCTIONS, GRANT says FUNCTIONS.
    return found | {"FUNCTIONS": kinds()["FUNCTION"]}
