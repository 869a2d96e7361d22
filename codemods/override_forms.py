"""Which form of `hushflake.config` takes the place of one override in a test, or why none does."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Index, Place
from hushflake.lint_plugin.analysis.overriding import Override, literal

SET, REMOVE, BLOCK = "set_config_override", "remove_config_override", "config_overrides"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SET_UP = {"setUp": "tearDown", "asyncSetUp": "asyncTearDown", "setup_method": "teardown_method"}
# Calls whose result is a string.
_TEXTS = frozenset({"str", "repr", "format", "fspath", "dumps", "join", "strip", "lower", "upper"})
_CHANGES = frozenset({"store", "delete", "pop"})
_METHODS = frozenset({"setenv", "delenv", "setitem", "delitem"})


class Form(NamedTuple):
    """What takes the place of an override.

    Attributes:
        node: What is replaced: a call, or a whole statement.
        function: The function of `hushflake.config`.
        items: Its keys and values; None for one that is taken away.
        as_text: Whether the value is made a string, which it may not be.
    """

    node: ast.AST
    function: str
    items: Sequence[tuple[ast.expr, ast.expr | None]]
    as_text: bool = False


class Forms:
    """The forms of one source. What is asked of a function is remembered: a file may hold many.

    Args:
        index: Of the source.
        every: Its overrides.
    """

    def __init__(self, index: Index, every: Sequence[Override]) -> None:
        self.index = index
        # Key and innermost function -> the plain changes of the key in it.
        self.changes: dict[tuple[str | None, int], list[Override]] = {}
        for one in every:
            place = index.place(one.node) if one.form in _CHANGES else None
            if place is not None:
                function = around(place, _FUNCTIONS)
                self.changes.setdefault((one.key, id(function)), []).append(one)
        self._names: dict[int, bool] = {}
        self._pairs: dict[tuple[str | None, int], bool | None] = {}

    def undoes(self, function: ast.AST) -> bool:
        """Say whether a function takes its monkeypatch back itself, or in part."""
        if id(function) not in self._names:
            called = _calls_on(function, "monkeypatch", ("undo", "context"))
            self._names[id(function)] = called or "monkeypatch" not in parameters(function)
        return self._names[id(function)]

    def of(self, override: Override) -> Form | str:
        """Return what takes the place of an override, or the reason code for why nothing does."""
        if override.is_whole:
            return "override-whole"
        place = self.index.place(override.node) or _visited(self.index, override.node)
        is_listed = override.items and all(literal(key) is not None for key, _ in override.items)
        if place is None or not override.is_plain or not is_listed:
            return "override-values"
        if override.form in _METHODS:
            return _monkeypatched(self, override, place)
        if override.form == "patch.dict":
            return _patched(override, place)
        if override.form in _CHANGES:
            return _changed(self, override, place)
        return "override-shape"

    def is_paired(self, key: str | None, function: ast.AST, place: Place) -> bool | None:
        """Say whether a function, with its other half, sets a key and then takes it away.

        Returns:
            None if it does so in a way that cannot be rewritten.
        """
        if (key, id(function)) not in self._pairs:
            self._pairs[key, id(function)] = self._judged(key, function, place)
        return self._pairs[key, id(function)]

    def _judged(self, key: str | None, function: ast.AST, place: Place) -> bool | None:
        scopes = [function, *_tear_downs(place, function)]
        # A tear-down comes last, wherever it stands.
        scopes.sort(key=lambda scope: getattr(scope, "name", "") in _SET_UP.values())
        pair = [
            (position, self.index.source.range(one.node)[0], one)
            for position, scope in enumerate(scopes)
            for one in self.changes.get((key, id(scope)), ())
        ]
        stores = [one for *_, one in pair if one.form == "store"]
        last = max(pair, key=lambda entry: entry[:2], default=None)
        if not stores or last is None or last[2].form == "store":
            return False
        places = ((one, self.index.place(one.node)) for *_, one in pair)
        is_plain = all(at and _statement_form(one, at.statement().node) for one, at in places)
        return True if is_plain else None


def _visited(index: Index, node: ast.AST) -> Place | None:
    """Return the place of a call of which no name was asked for yet."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            index.record([inner.id])
    return index.place(node)


def _monkeypatched(forms: Forms, override: Override, place: Place) -> Form | str:
    call = override.node
    receiver = call.func.value if isinstance(call, ast.Call) else None  # type: ignore[attr-defined]
    function = around(place, _FUNCTIONS)
    is_fixture = isinstance(receiver, ast.Name) and receiver.id == "monkeypatch"
    if not is_fixture or function is None or not is_statement(place) or forms.undoes(function):
        return "override-shape"
    value = override.items[0][1]
    # monkeypatch makes a string of what is none, with a warning.
    as_text = override.form == "setenv" and value is not None and not _is_text(value)
    return Form(call, SET, override.items, as_text)


def _patched(override: Override, place: Place) -> Form | str:
    above = place.parent.node if place.parent else None
    if isinstance(above, ast.withitem):
        statement = place.statement().node
        # What the block is given, and what `async with` waits for, an override has not.
        is_plain = above.optional_vars is None and isinstance(statement, ast.With)
        return Form(override.node, BLOCK, override.items) if is_plain else "override-shape"
    if isinstance(above, ast.FunctionDef) and override.node in above.decorator_list:
        return Form(override.node, BLOCK, override.items) if _returns(above) else "override-shape"
    return "override-shape"


def _changed(forms: Forms, override: Override, place: Place) -> Form | str:
    """Return the form of a plain store or deletion, which something must pair with."""
    form = _statement_form(override, place.statement().node)
    if form is None:
        return "override-shape"
    function = around(place, _FUNCTIONS)
    if function is None:
        inside = around(place, (ast.ClassDef, ast.Lambda)) is not None
        is_kept = override.form == "store" and not inside
        return form if is_kept else "override-leaks"
    if _is_wide(function):
        return "override-shape"
    is_paired = forms.is_paired(override.key, function, place)
    return form if is_paired else "override-leaks" if is_paired is False else "override-shape"


def _statement_form(override: Override, statement: ast.AST) -> Form | None:
    node = override.node
    match statement:
        case ast.Assign(targets=[target]) if target is node:
            return Form(statement, SET, override.items)
        case ast.Delete(targets=[target]) if target is node:
            return Form(statement, REMOVE, [(override.items[0][0], None)])
        case ast.Expr(value=value) if value is node and override.form == "pop":
            return Form(statement, REMOVE, [(override.items[0][0], None)])
    return None


def _tear_downs(place: Place, function: ast.AST) -> Iterator[ast.AST]:
    """Yield the other half of the pair that a `setUp` or `tearDown` is of."""
    owner = around(place, (ast.ClassDef,))
    name = getattr(function, "name", "")
    pairs = {**_SET_UP, **{down: up for up, down in _SET_UP.items()}}
    for method in owner.body if isinstance(owner, ast.ClassDef) and name in pairs else ():
        if isinstance(method, _FUNCTIONS) and method.name == pairs[name]:
            yield method


def _is_wide(function: ast.AST) -> bool:
    """Say whether a function runs for more than one test: a fixture with a scope, `setUpClass`."""
    name = getattr(function, "name", "").lower()
    if name in ("setupclass", "teardownclass", "setup_class", "teardown_class", "setupmodule",
                "teardownmodule", "setup_module", "teardown_module", "setup_module"):  # fmt: skip
        return True
    for decorator in getattr(function, "decorator_list", ()):
        for word in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if word.arg == "scope" and literal(word.value) != "function":
                return True
    return False


def around(place: Place, kinds: tuple[type[ast.AST], ...]) -> ast.AST | None:
    """Return the innermost node of some kinds that a place stands in."""
    above = place.parent
    while above is not None:
        if isinstance(above.node, kinds):
            return above.node
        above = above.parent
    return None


def parameters(function: ast.AST) -> list[str]:
    """Return the names of the parameters of a function."""
    arguments: ast.arguments = function.args  # type: ignore[attr-defined]
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def is_statement(place: Place) -> bool:
    """Say whether a call stands for itself."""
    above = place.parent.node if place.parent else None
    return isinstance(above, ast.Expr)


def _returns(function: ast.FunctionDef) -> bool:
    """Say whether a function is done when it returns: it is no generator."""
    return not any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _calls_on(function: ast.AST, name: str, methods: Sequence[str]) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in methods
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in ast.walk(function)
    )


def _is_text(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod()):
            return _is_text(left)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in _TEXTS
    return False
