"""A kind knows values, plans and SQL; the registry and what stands above it know kinds."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hushflake.schema.kinds

KINDS = Path(hushflake.schema.kinds.__file__).parent
BELOW = {
    "codec",
    "errors",
    "names",
    "plan",
    "prices",
    "resource",
    "sql",
    "stack",
    "suggest",
    "types",
    "values",
}


def above(source: str) -> Iterator[str]:
    """What a module of `schema/kinds` imports of `schema` and should not; `.` is the registry."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from (name for name in names if name.split(".")[0] not in BELOW)
        elif isinstance(node, ast.ImportFrom) and node.level == 1 and node.module is None:
            yield "."


@pytest.mark.parametrize("path", sorted(KINDS.glob("*.py")), ids=lambda path: path.name)
def test_a_kind_imports_nothing_above_it(path: Path) -> None:
    assert not list(above(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from ..planner import make_plan", ["planner"]),
        ("from .. import state", ["state"]),
        ("def f():\n    from . import kind_named", ["."]),
        ("from ..sql.compare import same_sql", []),
    ],
)
def test_a_planted_import_is_seen(line: str, found: list[str]) -> None:
    assert list(above(line)) == found
