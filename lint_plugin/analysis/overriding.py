"""Where a test sets configuration by the environment: `monkeypatch.setenv`, `patch.dict`, stores.

Each has a form of `hushflake.config` that changes what accessors answer, and nothing else:
`config_overrides({...})` for a block, `set_config_override(key, value)` for a statement.
https://docs.pytest.org/en/stable/how-to/monkeypatch.html,
https://docs.python.org/3/library/unittest.mock.html#patch-dict
"""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .forms import Access
from .index import Index

# Method of pytest's monkeypatch -> whether it sets a key, or takes it away.
_METHODS = {"setenv": True, "delenv": False, "setitem": True, "delitem": False}
_ON_MAPPING = frozenset({"setitem", "delitem"})
_STORES = frozenset({"store", "setdefault", "update"})
_REMOVALS = frozenset({"delete", "pop", "clear"})
_REPLACERS = frozenset({"setattr", "patch", "object"})
_WORDS = (b"environ", b"setenv", b"delenv")
Item = tuple[ast.expr, ast.expr | None]


class Override(NamedTuple):
    """One place where the environment is set for a test.

    Attributes:
        form: `setenv`, `delenv`, `setitem`, `delitem` of monkeypatch; `patch.dict`; `replaced`
            for another mapping in the place of `os.environ`; a form of `FORMS` for a plain change.
        node: The call, or the target of a store or deletion.
        items: Keys with their values, None for one that is taken away.
        is_whole: Whether keys that are not named go as well: `clear=True`, another mapping.
        is_plain: Whether `items` is all that happens: no unpacked mapping, no further arguments.
    """

    form: str
    node: ast.AST
    items: Sequence[Item] = ()
    is_whole: bool = False
    is_plain: bool = True

    @property
    def key(self) -> str | None:
        """The first key, if it is a literal."""
        return literal(self.items[0][0]) if self.items else None


def literal(node: ast.expr | None) -> str | None:
    """Return the text of a string literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def may_override(data: bytes) -> bool:
    """Say from bytes whether a file may hold an override."""
    return any(word in data for word in _WORDS)


def overrides(index: Index, found: Sequence[Access]) -> Iterator[Override]:
    """Yield the overrides of a source in source order.

    Args:
        index: Its names.
        found: Its accesses of the environment.
    """
    every = [*_changes(index, found)]
    for node in ast.walk(index.source.tree):
        if isinstance(node, ast.Call):
            override = _called(index, node)
            if override is not None:
                every.append(override)
    yield from sorted(every, key=lambda one: index.source.range(one.node))


def _changes(index: Index, found: Sequence[Access]) -> Iterator[Override]:
    """Yield the plain changes: `os.environ["K"] = "v"`, `del`, `pop`, `update`."""
    for access in found:
        node = access.node
        if access.form == "replace":
            yield Override("replaced", node, is_whole=True, is_plain=False)
        elif access.form == "store" and access.key_node is not None:
            yield Override("store", node, [(access.key_node, _stored(index, node))])
        elif access.form == "update":
            items, is_plain = _given(node) if isinstance(node, ast.Call) else ([], False)
            yield Override("update", node, items, is_plain=is_plain)
        elif access.form in _STORES | _REMOVALS:
            key = access.key_node
            items = [(key, access.default)] if key is not None else []
            yield Override(access.form, node, items, is_whole=access.form == "clear")


def _stored(index: Index, node: ast.AST) -> ast.expr | None:
    place = index.place(node)
    above = place.parent.node if place and place.parent else None
    return above.value if isinstance(above, ast.Assign | ast.AnnAssign) else None


def _called(index: Index, call: ast.Call) -> Override | None:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in _METHODS and isinstance(function, ast.Attribute):
        return _monkeypatched(index, call, name)
    if name == "dict" and isinstance(function, ast.Attribute) and _is_patch(function.value):
        return _patched_mapping(index, call)
    if name in _REPLACERS and _replaces(index, call):
        return Override("replaced", call, is_whole=True, is_plain=False)
    return None


def _monkeypatched(index: Index, call: ast.Call, name: str) -> Override | None:
    arguments, rest = list(call.args), list(call.keywords)
    if name in _ON_MAPPING:
        if not arguments or not _is_environ(index, arguments[0]):
            return None
        del arguments[0]
    elif not arguments:
        named = {word.arg: word.value for word in rest}
        arguments = [named[arg] for arg in ("name", "value") if arg in named]
        rest = [word for word in rest if word.arg not in ("name", "value")]
    sets = _METHODS[name]
    # `raising=False` takes a key away that need not be there; without it one that must be.
    raises = sets or not any(
        word.arg == "raising" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in rest
    )
    if not sets:
        rest = [word for word in rest if word.arg != "raising"]
    wanted = 2 if sets else 1
    is_plain = len(arguments) == wanted and not rest and sets is raises
    if not arguments or isinstance(arguments[0], ast.Starred):
        return Override(name, call, is_plain=False)
    value = arguments[1] if sets and len(arguments) > 1 else None
    return Override(name, call, [(arguments[0], value)], is_plain=is_plain)


def _is_patch(function: ast.expr) -> bool:
    """Say whether it is `patch`, `mock.patch`, `unittest.mock.patch` or `mocker.patch`."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "patch"


def _patched_mapping(index: Index, call: ast.Call) -> Override | None:
    named = {word.arg: word.value for word in call.keywords}
    target = call.args[0] if call.args else named.get("in_dict")
    if target is None or not _is_environ(index, target):
        return None
    clear = call.args[2] if len(call.args) > 2 else named.get("clear")
    is_whole = clear is not None and not (isinstance(clear, ast.Constant) and not clear.value)
    items, is_plain = _given(call, call.args[1:2], ("in_dict", "values", "clear"))
    return Override("patch.dict", call, items, is_whole, is_plain and len(call.args) < 4)


def _given(
    call: ast.Call, mappings: Sequence[ast.expr] | None = None, others: Sequence[str] = ()
) -> tuple[list[Item], bool]:
    """Return the keys and values that a call is given, and whether these are all."""
    mappings = list(call.args if mappings is None else mappings)
    mappings += [word.value for word in call.keywords if word.arg == "values" and others]
    items: list[Item] = []
    is_plain = True
    for mapping in mappings:
        if isinstance(mapping, ast.Dict) and all(key is not None for key in mapping.keys):
            pairs = zip(mapping.keys, mapping.values, strict=True)
            items += [(key, value) for key, value in pairs if key is not None]
        else:
            is_plain = False
    for word in call.keywords:
        if word.arg is None:
            is_plain = False
        elif word.arg not in others:
            items.append((ast.Constant(word.arg), word.value))
    return items, is_plain


def _replaces(index: Index, call: ast.Call) -> bool:
    """Say whether a call puts another mapping in the place of `os.environ`."""
    target = call.args[0] if call.args else None
    if literal(target) == "os.environ":
        return True
    if target is None or len(call.args) < 2 or literal(call.args[1]) != "environ":
        return False
    return literal(target) == "os" or index.resolve(target) == "os"


def _is_environ(index: Index, node: ast.expr) -> bool:
    return literal(node) == "os.environ" or index.resolve(node) == "os.environ"
