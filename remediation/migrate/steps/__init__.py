"""The steps of the migration, one a file; the folder is the registry."""

import importlib
import pkgutil
from functools import cache
from typing import cast

from ..step import Step


@cache
def all_steps() -> tuple[Step, ...]:
    """Return the steps in order."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return tuple(sorted((cast("Step", one) for one in modules), key=lambda step: step.ORDER))
