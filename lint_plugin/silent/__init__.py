"""What reaches the environment without naming it, told from the `ast` of a file.

A form is one module of this folder with `find(index)`, and one row of `FORMS`: the module is
imported for files that hold one of its words.
"""

from collections.abc import Mapping
from importlib import import_module

from ..analysis import Index, prefilter
from .base import REASONS, Silent, SilentKey

__all__ = ["FORMS", "REASONS", "Silent", "SilentKey", "may_be_silent", "silent"]

# Module -> words of which a file holds one; without words it must name the environment.
FORMS: Mapping[str, tuple[bytes, ...]] = {
    "hidden": (),
    "texts": (),
    "expansion": (b"expandvars",),
    "options": (b"envvar",),
    "settings_classes": (b"BaseSettings",),
}
_WORDS = tuple(word for words in FORMS.values() for word in words)


def may_be_silent(data: bytes) -> bool:
    """Say from the bytes of a file that does not name the environment whether to ask `silent`."""
    return any(word in data for word in _WORDS)


def silent(index: Index) -> list[Silent]:
    """Return each place once, in source order. The names that are looked for are recorded."""
    data = index.source.utf8
    named = prefilter(data)
    found: list[Silent] = []
    for name, words in FORMS.items():
        if any(word in data for word in words) if words else named:
            found += import_module(f"{__name__}.{name}").find(index)
    found.sort(key=lambda each: index.source.range(each.node))
    return found
