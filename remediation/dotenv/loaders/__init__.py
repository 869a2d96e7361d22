"""How libraries read a .env file: one file a library. The folder is the registry."""

import importlib
import pkgutil
from functools import cache
from typing import cast

from ..model import Loader


@cache
def all_loaders() -> dict[str, Loader]:
    """Return name -> loader, in the order of their file names."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    loaders = [cast("Loader", module) for module in modules]
    return {loader.NAME: loader for loader in loaders}
