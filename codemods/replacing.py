"""What a file puts in the place of a name of another module: fakes, mostly in tests.

`patch.object(app, "os")`, `patch("pkg.app.os.getenv")`, `monkeypatch.setattr(app, "os", fake)`,
`app.os = fake`, `del app.env`. A read of that module through that name is meant to see the fake;
rewritten, it no longer would.
"""

import ast
from collections.abc import Collection, Iterator

from hushflake.lint_plugin.analysis import Index, Source, parse

# The last part of the names of functions that put one object in the place of another: those of
# builtins, unittest.mock, pytest-mock and pytest's monkeypatch.
_PATCHERS = frozenset({"setattr", "delattr", "patch", "object", "multiple"})
# What may stand behind the name of a module and be replaced without the accessor noticing.
_BEHIND = ((), ("getenv",), ("environ", "get"), ("get",))
_TARGETS = ("target", "name", "attribute")
_MAY_REPLACE = (b"setattr", b"delattr", b"patch", b"multiple")
# A module as it is spelt, and the name in it; as in `takers`.
Replaced = tuple[str, str]


def may_replace(data: bytes, names: Collection[str]) -> bool:
    """Say from bytes whether a file may replace one of some names of another module."""
    if any(word in data for word in _MAY_REPLACE):
        return True
    # `module.os = …`, `del module.os`: an equals sign or a `del` near the name.
    return any(b"." + name.encode() in data for name in names) and (b"=" in data or b"del" in data)


def replaced(data: bytes, path: str, names: Collection[str]) -> set[Replaced]:
    """Return the names of other modules that a file puts something else in the place of."""
    source = parse(data, path)
    if not isinstance(source, Source):
        return set()
    index = Index(source)
    found: set[Replaced] = set()
    splits = [pair for chain in _chains(source.tree, names) for pair in _splits(chain, names)]
    # One search for all names; one for each would take the square of the time.
    index.record({base for owner, _ in splits if (base := _base(owner))})
    for owner, name in splits:
        found.update((module, name) for module in _modules(index, owner))
    index.release()
    return found


def _chains(tree: ast.Module, names: Collection[str]) -> Iterator[list[ast.expr | str]]:
    """Yield what is replaced: the expression or text of an owner, and the attributes behind it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield [node.value, node.attr]
        elif isinstance(node, ast.Call):
            yield from _given(node, names)


def _given(call: ast.Call, names: Collection[str]) -> Iterator[list[ast.expr | str]]:
    """Yield what a call replaces that is given an object and a name, or a dotted name."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called not in _PATCHERS:
        return
    arguments = [*call.args, *(word.value for word in call.keywords if word.arg in _TARGETS)]
    keywords = [word.arg for word in call.keywords if word.arg in names]
    if not arguments:
        return
    target, second = arguments[0], arguments[1] if len(arguments) > 1 else None
    owner: ast.expr | str = target
    if isinstance(target, ast.Constant):
        if not isinstance(target.value, str):
            return
        owner = target.value
        yield [owner]
    if isinstance(second, ast.Constant) and isinstance(second.value, str):
        yield [owner, second.value]
    for name in keywords:
        yield [owner, str(name)]


def _splits(
    chain: list[ast.expr | str], names: Collection[str]
) -> Iterator[tuple[ast.expr | str, str]]:
    """Yield owner and name of each of `names` that reads go through and no longer would.

    `app.os.getenv` is replaced in the module `os`, which `app.os` leads to. A replaced
    `app.os.environ` is seen by the accessor as well.
    """
    owner, *attributes = chain
    while isinstance(owner, ast.Attribute):
        attributes.insert(0, owner.attr)
        owner = owner.value
    parts = owner.split(".") if isinstance(owner, str) else []
    every = [*parts, *map(str, attributes)]
    for position, name in enumerate(every):
        if name in names and tuple(every[position + 1 :]) in _BEHIND:
            if isinstance(owner, ast.expr):
                yield _joined(owner, every[:position]), name
            elif position:
                yield ".".join(every[:position]), name


def _base(owner: ast.expr | str) -> str:
    """Return the first name of an owner that is an expression."""
    base: object = owner
    while isinstance(base, ast.Attribute):
        base = base.value
    return base.id if isinstance(base, ast.Name) else ""


def _joined(owner: ast.expr, attributes: list[str]) -> ast.expr:
    for attribute in attributes:
        owner = ast.Attribute(owner, attribute, ast.Load())
    return owner


def _modules(index: Index, owner: ast.expr | str) -> Iterator[str]:
    """Yield how the module may be spelt that an owner stands for."""
    if isinstance(owner, str):
        yield owner
        return
    attributes: list[str] = []
    base = owner
    while isinstance(base, ast.Attribute):
        attributes.insert(0, base.attr)
        base = base.value
    if isinstance(base, ast.Call):
        yield from _imported_by(base, attributes)
    if not isinstance(base, ast.Name):
        return
    yield ".".join([base.id, *attributes])
    place = index.place(base)
    for binding in index.bindings(place) if place is not None else ():
        if isinstance(binding.value, ast.Call):
            yield from _imported_by(binding.value, attributes)
        elif binding.alias is not None:
            yield ".".join([binding.origin or binding.alias.name, *attributes])


def _imported_by(call: ast.Call, attributes: list[str]) -> Iterator[str]:
    """Yield the module of `import_module("pkg.app")` and its like."""
    if call.args and isinstance(call.args[0], ast.Constant):
        name = call.args[0].value
        if isinstance(name, str) and name.replace(".", "").isidentifier():
            yield ".".join([name.lstrip("."), *attributes])
