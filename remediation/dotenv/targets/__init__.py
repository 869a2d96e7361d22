"""Where values can be imported to: the one table of all targets.

A module of this folder is a kind of target; every store of `hushflake.config` that can be written
is one, and so is a source of an installed package that can.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from hushflake.config.project.section import KEYRING
from hushflake.config.settings import SOURCES, STORES
from hushflake.config.sources import installed, schemes, stores

from ...errors import RemediationError
from ._store import StoreTarget
from .base import Target, TargetOptions, UnusableTargetError

__all__ = [
    "Target", "TargetOptions", "elsewhere", "extra_of", "is_target", "open_target",
    "permission", "reading_extra_of", "usages",
]  # fmt: skip


class Kind(NamedTuple):
    """A kind of target.

    Attributes:
        usage: How one is named.
        extra: The extra of ours that it needs, "" for none.
        reading: The extra that a program needs to read from there, "" for none.
        needs: What a program needs on another machine to read from there.
        permission: The variable that lets commands read there what a repository names, "" where
            none has to.
        open: Makes one of its name.
    """

    usage: str
    extra: str
    reading: str
    needs: str
    permission: str
    open: Callable[[str, TargetOptions], Target]


@cache
def _kinds() -> dict[str, Kind]:
    found = {}
    for one in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{one.name}")
        if hasattr(module, "SCHEME"):
            words = module.EXTRA, module.READING, module.NEEDS, module.PERMISSION
            found[module.SCHEME] = Kind(module.USAGE, *words, module.OPEN)
    for scheme, store in stores.writable().items():
        words = store.EXTRA, store.EXTRA, store.NEEDS, STORES
        found[scheme] = Kind(store.USAGE, *words, partial(StoreTarget, scheme))
    return found


def usages() -> list[str]:
    """Return how the targets are named; those of installed packages last."""
    ours = _kinds()
    others = [name for name in installed.known() if name not in ours]
    return [ours[scheme].usage for scheme in sorted(ours)] + [f"{name}:NAME" for name in others]


def is_target(text: str) -> bool:
    """Say whether `text` is a `scheme:name` whose scheme is known."""
    scheme, colon, _ = text.partition(":")
    return bool(colon) and (scheme in _kinds() or scheme in installed.known())


def open_target(text: str, options: TargetOptions) -> Target:
    """Return the target that `scheme:name` names.

    Raises:
        RemediationError: There is no such scheme, or what it names cannot be written.
        ConfigError: The name does not fit the scheme.
    """
    scheme, _, name = text.partition(":")
    if scheme in _kinds() and name:
        try:
            return _kinds()[scheme].open(name, options)
        except UnusableTargetError as error:
            others = " or ".join(one for one in usages() if not one.startswith(f"{scheme}:"))
            raise RemediationError(f"{error}, or choose --to {others}") from None
    if is_target(text) and scheme not in _kinds():
        return StoreTarget("", text.removesuffix(":"), options)
    if scheme in schemes.schemes():
        raise RemediationError(
            f"--to {text}: can be read only; put the values there yourself, or choose another "
            f"target: {' or '.join(usages())}"
        )
    raise RemediationError(f"--to {text}: is not a target; write {' or '.join(usages())}")


def extra_of(text: str) -> str:
    """Return the extra of ours that a target needs, "" for none."""
    kind = _kinds().get(text.partition(":")[0])
    return kind.extra if kind is not None else ""


def reading_extra_of(text: str) -> str:
    """Return the extra of ours that a program needs to read from a target, "" for none."""
    kind = _kinds().get(text.partition(":")[0])
    return kind.reading if kind is not None else ""


def permission(text: str) -> str:
    """Return the variable, and its value, that lets commands read a target which a repository
    names; "" where nothing has to.
    """
    scheme, _, name = text.partition(":")
    kind = _kinds().get(scheme)
    variable = kind.permission if kind is not None else SOURCES
    return f"{variable}={name if variable == KEYRING else text}" if variable else ""


def elsewhere(text: str) -> str:
    """Return what a program needs on another machine to read from a target, as a sentence."""
    kind = _kinds().get(text.partition(":")[0])
    needs = kind.needs if kind is not None else "the package of that source, and what it asks for"
    return (
        "Wherever else the application runs (images, pipelines, other people's machines) it needs "
        f"{needs}"
    )
