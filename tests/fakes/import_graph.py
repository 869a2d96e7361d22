"""Which module of a package imports which other, and a circle among them.

Every import counts: also one inside a function or under `TYPE_CHECKING`, and `import_module` of a
name that stands in the source.
"""

import ast
from collections.abc import Iterator, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple


class Module(NamedTuple):
    """A module, and the package that its relative imports count from."""

    name: str
    package: str
    path: Path

    def absolute(self, level: int, rest: str) -> str:
        """A relative name, with its dots taken off, as an absolute one."""
        if not level:
            return rest
        above = self.package.split(".")
        return ".".join([*above[: len(above) - level + 1], *([rest] if rest else [])])


def modules(folder: Path, package: str) -> dict[str, Module]:
    """Dotted name -> module, of every file below the folder of a package."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        below = path.relative_to(folder).with_suffix("").parts
        is_package = below[-1] == "__init__"
        name = ".".join([package, *(below[:-1] if is_package else below)])
        found[name] = Module(name, name if is_package else name.rpartition(".")[0], path)
    return found


def circle(folder: Path, package: str, *, registries: bool = False) -> list[str]:
    """A circle of modules, each of which imports the next; [] where there is none.

    Args:
        folder: Of the package.
        package: Its dotted name.
        registries: Count what a module loads from a folder of unnamed modules, too.
    """
    known = modules(folder, package)
    graph = {}
    for module in known.values():
        names = {_known(name, known.keys()) for name in _imported(module)}
        if registries:
            names |= {name for name in known if name.rpartition(".")[0] in _folders(module)}
        graph[module.name] = names - {module.name, ""}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _known(name: str, known: Set[str]) -> str:
    """The module that a name is of: itself, or the one that holds it; "" for one from elsewhere."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


@cache
def _nodes(path: Path) -> tuple[ast.Import | ast.ImportFrom | ast.Call, ...]:
    """The import statements of a file, and its calls of `import_module`."""
    return tuple(
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Call) and _called(node.func) == "import_module")
    )


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _imported(module: Module) -> Iterator[str]:
    """The absolute names that a module imports."""
    for node in _nodes(module.path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.absolute(node.level, node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names)
        else:
            start, rest = _given(node)
            if rest is not None:
                text = f"{_own(start, module)}{rest}"
                plain = text.lstrip(".")
                yield module.absolute(len(text) - len(plain), plain)


def _folders(module: Module) -> set[str]:
    """The packages of which a module loads every module that it finds."""
    calls = [_given(node) for node in _nodes(module.path) if isinstance(node, ast.Call)]
    return {_own(start, module) for start, rest in calls if start and rest is None}


def _given(call: ast.Call) -> tuple[str, str | None]:
    """`__name__` or `__package__` that a name begins with, and the rest, None if it is no text."""
    match call.args[0] if call.args else None:
        case ast.Constant(value=str(text)):
            return "", text
        case ast.JoinedStr(
            values=[
                ast.FormattedValue(value=ast.Name(id="__name__" | "__package__" as start)),
                *rest,
            ]
        ):
            texts = [each.value for each in rest if isinstance(each, ast.Constant)]
            return start, "".join(map(str, texts)) if len(texts) == len(rest) else None
    return "", None


def _own(start: str, module: Module) -> str:
    return {"__name__": module.name, "__package__": module.package}.get(start, "")
