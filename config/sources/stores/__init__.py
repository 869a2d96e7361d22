"""Stores of secrets: one module a store, named as its scheme. The folder is their registry.

`configure(stores=["vault:secret/shop", …])` names each by `scheme:name`. The name says which
secret or folder; the address and the credentials come from the user's environment, as the store's
own client reads them. A store's client is an extra, imported when the store is first asked.
"""

import os
import re
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from ...errors import ConfigError
from ..base import Source
from .base import WritableStore

if TYPE_CHECKING:
    from ...settings import Settings

__all__ = ["WritableStore", "opened", "schemes", "split"]

_SCHEME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class Opener(Protocol):
    """What a module of this folder offers as `OPEN`; its `USAGE` says how it is named."""

    USAGE: str

    def __call__(self, name: str, settings: "Settings", /) -> Source:
        """Return the store, without reaching it.

        Raises:
            ConfigError: The name does not fit.
        """
        ...


def schemes() -> list[str]:
    """The schemes of all stores, none of them imported."""
    found = {file.partition(".")[0] for file in os.listdir(os.path.dirname(__file__))}  # noqa: PTH208, PTH120
    return sorted(
        name.replace("_", "-") for name in found if not name.startswith("_") and name != "base"
    )


def split(text: str) -> tuple[str, str]:
    """Return scheme and name.

    Raises:
        ConfigError: It is no `scheme:name` of a store.
    """
    scheme, colon, name = text.partition(":")
    if not colon or not name or not _SCHEME.fullmatch(scheme) or scheme not in schemes():
        raise ConfigError(
            f"stores: {text[:200]!r}: write SCHEME:NAME, where SCHEME is one of "
            f"{', '.join(schemes())}"
        )
    return scheme, name


def opened(text: str, settings: "Settings") -> Source:
    """Return the store that `scheme:name` names, without reaching it.

    Raises:
        ConfigError: There is no such store, or the name does not fit.
    """
    scheme, name = split(text)
    module = import_module(f"{__name__}.{scheme.replace('-', '_')}")
    opener: Opener = module.OPEN
    return opener(name, settings)
