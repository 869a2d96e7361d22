"""Does a file put something of its own in the place of `os.getenv` or `os.environ`?

Reads in such a file, mostly a test, are meant to see what was put there.
"""

import ast
import re

from .index import Index
from .scopes import Place

_READERS = frozenset({"getenv", "environ"})
_ORIGINS = frozenset({"os.getenv", "os.environ", "os.environ.get"})
# `os.getenv`, also as another module sees it: `package.module.os.getenv`.
_DOTTED = re.compile(r"(?:[\w.]+\.)?os\.(?:getenv|environ|environ\.get)")
_MODULE = re.compile(r"(?:[\w.]+\.)?os")
_BOUND = (ast.Store, ast.Del)
# Functions that put one object in the place of another, by the last part of their name: those of
# builtins, unittest.mock, pytest-mock and pytest's monkeypatch. `patch.dict` changes the mapping
# and leaves it where it is.
_PATCHERS = frozenset({"setattr", "delattr", "patch", "object", "multiple"})


def replaces_reads(index: Index) -> bool:
    """Say whether a source assigns, deletes or patches what is read through."""
    return _assigns(index) or _patches(index)


def _assigns(index: Index) -> bool:
    for use in index.uses("os"):
        if use.origin in _ORIGINS and isinstance(getattr(use.node, "ctx", None), _BOUND):
            place = index.place(use.node)
            above = place.parent.node if place and place.parent else None
            # `os.environ |= {…}` changes the mapping and leaves it where it is.
            if not isinstance(above, ast.AugAssign):
                return True
    return False


def _patches(index: Index) -> bool:
    """Say whether a patcher is given `os` and a name, or the dotted name as a string."""
    # What is called `object` or `multiple` comes from a module or an object that is called `patch`.
    if not any(word in index.source.utf8 for word in (b"patch", b"setattr", b"delattr")):
        return False
    for use in index.uses("os"):
        call = _call_with(index.place(use.node)) if use.origin == "os" else None
        if call is not None and _patches_member(index, call):
            return True
    index.record(_READERS)
    for place in list(index.strings.values()):
        text = str(getattr(place.node, "value", ""))
        call = _call_with(place)
        if call is None:
            continue
        if _DOTTED.fullmatch(text) and _last_name(index, call) in _PATCHERS:
            return True
        if _MODULE.fullmatch(text) and _patches_member(index, call):
            return True
    return False


def _call_with(place: Place | None) -> ast.Call | None:
    """Return the call that a node is an argument of."""
    above = place.parent if place else None
    if above is not None and isinstance(above.node, ast.keyword):
        above = above.parent
    call = above.node if above else None
    return call if isinstance(call, ast.Call) and place and call.func is not place.node else None


def _patches_member(index: Index, call: ast.Call) -> bool:
    """Say whether a call that is given `os` replaces a member of it that is read through."""
    if _last_name(index, call) not in _PATCHERS:
        return False
    names = list(call.args[1:2])
    names += [word.value for word in call.keywords if word.arg in ("name", "attribute")]
    if any(word.arg is None or word.arg in _READERS for word in call.keywords):
        return True
    # A name that is computed may be any.
    return any(not isinstance(name, ast.Constant) or name.value in _READERS for name in names)


def _last_name(index: Index, call: ast.Call) -> str:
    """Return the last part of the name of a called function, as it was imported."""
    origin = index.resolve(call.func)
    if origin is None:
        origin = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return origin.rpartition(".")[2]
