"""One Snowflake object kind a file; the folder is the registry."""

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from .base import Kind, KindT

__all__ = ["Kind", "KindT", "all_kinds", "kind_named"]

ENTRY_POINTS = "hushflake.kinds"


@cache
def all_kinds() -> dict[str, KindT]:
    """Every kind by its name, in the order of creation.

    A kind is the subclass of `Kind` in a module of this folder; installed packages add theirs
    through the entry point group `hushflake.kinds`, each naming a subclass of `Kind`.
    """
    found: list[KindT] = []
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        namespace = vars(importlib.import_module(module.name))
        found += [
            value()
            for value in namespace.values()
            if isinstance(value, type)
            and issubclass(value, Kind)
            and value.__module__ == module.name
            and hasattr(value, "name")
        ]
    found += [entry.load()() for entry in entry_points(group=ENTRY_POINTS)]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: (kind.order, kind.name))}


def kind_named(name: str) -> KindT:
    """The kind of that name; `KeyError` when there is none."""
    return all_kinds()[name]
