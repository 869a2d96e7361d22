"""Where values can be imported to: one file a kind of source. The folder is the registry."""

import importlib
import pkgutil
from functools import cache

from ...errors import RemediationError
from .base import Target, TargetOptions, TargetType

__all__ = ["Target", "TargetOptions", "open_target", "schemes"]


@cache
def schemes() -> dict[str, TargetType]:
    """Return scheme (`esc`, `keyring`) -> the class that opens such a target."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    return {module.SCHEME: module.OPEN for module in modules if hasattr(module, "SCHEME")}


def open_target(text: str, options: TargetOptions) -> Target:
    """Return the target that `scheme:name` names.

    Raises:
        RemediationError: There is no such scheme, or the name does not fit it.
    """
    scheme, _, name = text.partition(":")
    if scheme not in schemes() or not name:
        known = " or ".join(schemes()[key].USAGE for key in sorted(schemes()))
        raise RemediationError(f"--to {text}: is not a target; write {known}")
    return schemes()[scheme](name, options)
