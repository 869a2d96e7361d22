"""Arrows point down: a part may import only the parts listed after its name."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT: dict[str, set[str]] = {
    "terminal": set(),
    "config": set(),
    "lint_plugin": set(),
    "schema": set(),
    "templates": set(),
    "codemods": {"lint_plugin"},
    "remediation": {"codemods", "lint_plugin", "templates", "config"},
    "deploy": {"templates", "schema", "config"},
    "sync": {"deploy", "schema", "config"},
    "knowledge": {"sync", "deploy", "schema", "config"},
    "serve": {"knowledge"},
}
MAY_IMPORT["cli"] = set(MAY_IMPORT)
# Every part prints; an application's run-time library does not.
for part in MAY_IMPORT.keys() - {"config", "terminal"}:
    MAY_IMPORT[part].add("terminal")
# Third parties that one place alone may touch, and where.
CONFINED = {
    "libcst": ("codemods",),
    "duckdb": ("deploy/local", "knowledge/readers/parquet.py"),
    "starlette": ("deploy/local",),
    "uvicorn": ("deploy/local", "serve/run.py"),
    "snowflake": ("deploy",),
    "jinja2": ("templates",),
    "sqlglot": ("schema/importer", "deploy/local"),
    "notion_client": ("sync/notion",),
    "httpx": ("sync/notion",),
}


@cache
def imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """The import statements of a module; asked for by many tests, so parsed once."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in tree if isinstance(node, ast.Import | ast.ImportFrom)]


def reached(path: Path, depth: int) -> Iterator[str]:
    """Dotted names that a module imports, relative ones made absolute; `?` leaves the part."""
    for node in imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif node.level > depth:
            yield "?"
        elif node.level == 0:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_reached(path: Path, depth: int) -> set[str]:
    names = list(reached(path, depth))
    inner = {name.split(".")[1] for name in names if name.startswith("hushflake.")}
    known = {name for name in inner if name in MAY_IMPORT or (ROOT / name).is_dir()}
    return known | ({"?"} if "?" in names else set())


MODULES = [
    (part, path)
    for part in MAY_IMPORT
    for path in sorted((ROOT / part).rglob("*.py"))
    if "foundation" not in path.parts
]


@pytest.mark.parametrize(
    ("part", "path"),
    MODULES,
    ids=lambda value: value if isinstance(value, str) else str(value.relative_to(ROOT)),
)
def test_arrows_point_down(part: str, path: Path) -> None:
    depth = len(path.relative_to(ROOT).parent.parts)
    # A part reaches itself by relative imports only.
    assert parts_reached(path, depth) <= MAY_IMPORT[part]


@pytest.mark.parametrize(("library", "homes"), CONFINED.items())
def test_third_parties_stay_where_they_belong(library: str, homes: tuple[str, ...]) -> None:
    for _, path in MODULES:
        names = {name.split(".")[0] for name in reached(path, 99)}
        if library in names:
            place = path.relative_to(ROOT).as_posix()
            assert place.startswith(homes), f"{place} imports {library}"


@pytest.mark.parametrize(
    "line",
    [
        "import hushflake.deploy",
        "from hushflake.deploy import render",
        "from hushflake import deploy",
        "from ..deploy import render",
    ],
)
def test_a_planted_import_is_seen(tmp_path: Path, line: str) -> None:
    module = tmp_path / "planted.py"
    module.write_text(line + "\n", encoding="utf-8")
    assert parts_reached(module, depth=1) & {"deploy", "?"}


# Files that still print by themselves; the list only shrinks.
PRINT_BY_THEMSELVES = {
    "cli/knowledge_options.py",
    "cli/commands/ask.py",
    "cli/commands/cost.py",
    "cli/commands/embed.py",
    "cli/commands/load.py",
    "cli/commands/migrate.py",
    "cli/commands/related.py",
    "cli/commands/search.py",
    "cli/commands/stack.py",
    "cli/commands/status.py",
    "cli/commands/sync.py",
    "cli/commands/sync_conflicts.py",
}
PRINTING = {
    "print",
    "click.echo",
    "click.secho",
    "click.style",
    "click.progressbar",
    "click.confirm",
    "click.prompt",
    "sys.stdout.write",
    "sys.stderr.write",
    "sys.stdout.buffer.write",
    "sys.stderr.buffer.write",
}


def prints(path: Path) -> set[str]:
    """How a module prints by itself."""
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    rich = {name for name in reached(path, 99) if name.partition(".")[0] == "rich"}
    return calls & PRINTING | rich


@pytest.mark.parametrize(
    "path",
    [path for part, path in MODULES if part not in ("terminal", "config")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_one_part_prints(path: Path) -> None:
    """Foreign text reaches a terminal through `hushflake.terminal` alone, which escapes it."""
    name = str(path.relative_to(ROOT))
    if name == "cli/output.py":
        assert prints(path) <= {"click.confirm", "click.prompt", "click.style"}
    else:
        assert bool(prints(path)) == (name in PRINT_BY_THEMSELVES)
