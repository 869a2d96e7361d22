"""Stores of secrets: one module a store, named as its scheme. The folder is their registry.

`configure(stores=["vault:secret/shop", …])` names each by `scheme:name`. The name says which
secret or folder; the address and the credentials come from the user's environment, as the store's
own client reads them. A store's client is an extra, imported when the store is first asked.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from ...settings import Settings
from ..base import Source
from ..schemes import schemes, split

__all__ = ["opened", "writable"]


class StoreModule(Protocol):
    """A module of this folder.

    Attributes:
        USAGE: How one is named.
        EXTRA: The extra of ours that brings its client, "" where it needs none.
        NEEDS: What a program needs on another machine to read from there.
        OPEN: Takes a name and settings; makes the store without reaching it. Raises ConfigError
            where the name does not fit.
    """

    USAGE: str
    EXTRA: str
    NEEDS: str
    OPEN: Callable[[str, Settings], Source]


def opened(text: str, settings: Settings) -> Source:
    """Return the store that `scheme:name` names, without reaching it.

    Raises:
        ConfigError: There is no such store, or the name does not fit.
    """
    scheme, name = split(text)
    return _module(scheme).OPEN(name, settings)


def writable() -> dict[str, StoreModule]:
    """Scheme -> module, of every store that can keep values."""
    modules = {scheme: _module(scheme) for scheme in schemes()}
    return {scheme: found for scheme, found in modules.items() if hasattr(found.OPEN, "write")}


def _module(scheme: str) -> StoreModule:
    return cast("StoreModule", import_module(f"{__name__}.{scheme.replace('-', '_')}"))
