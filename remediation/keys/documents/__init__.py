"""What is written of the declared keys: one file for each kind of document."""

import importlib
import pkgutil
from functools import cache
from typing import cast

from .base import Document

__all__ = ["Document", "all_documents"]


@cache
def all_documents() -> dict[str, Document]:
    """Return the modules of this folder that write a document, by their names."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return {module.NAME: cast("Document", module) for module in modules if hasattr(module, "NAME")}
