"""Notion's property types, one class each: how a value is read, written and crossed over.

Every module of this folder is looked into; its `PROPERTY_TYPES` are taken. Shapes are those of
"Page property values", developers.notion.com/reference/page-property-values, limits those of
"Request limits", developers.notion.com/reference/request-limits.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from .base import PropertyType


@cache
def property_types() -> Mapping[str, PropertyType]:
    """Return every property type by its name."""
    found: dict[str, PropertyType] = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for item in getattr(loaded, "PROPERTY_TYPES", ()):
            found[item.name] = item
    return found
