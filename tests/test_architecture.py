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
    "uvicorn": ("deploy/local", "serve/run.py", "serve/connections.py"),
    "pygls": ("remediation/editor",),
    "snowflake": ("deploy",),
    "jinja2": ("templates",),
    "sqlglot": ("schema/importer", "deploy/local"),
    "lsprotocol": ("remediation/editor",),
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
        assert prints(path) <= {"click.confirm", "click.prompt"}
    else:
        assert not prints(path)


# What starts a program, and why it may. The static tools call git in `lint_plugin/git/process.py`
# alone, where it runs nothing that a repository names.
STARTS_PROGRAMS = {
    "lint_plugin/git/process.py": "git",
    "config/child.py": "the program of `config run`",
    "deploy/local/process.py": "the local stack",
    "remediation/trying/process.py": "the project's code, with `migrate --try` alone",
}
_STARTERS = ("posix_spawn", "exec", "spawn", "popen", "system", "startfile")


def starts_a_program(path: Path) -> bool:
    """Whether a module imports what starts programs, or calls a function of `os` that does."""
    if any(name.split(".")[0] in {"subprocess", "pty"} for name in reached(path, 99)):
        return True
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    called = (node for node in tree if isinstance(node, ast.Attribute))
    return any(
        isinstance(node.value, ast.Name)
        and node.value.id in {"os", "asyncio"}
        and node.attr.startswith((*_STARTERS, "create_subprocess"))
        for node in called
    )


def test_programs_are_started_where_it_is_known_what_they_run() -> None:
    found = {path.relative_to(ROOT).as_posix() for _, path in MODULES if starts_a_program(path)}
    assert found == set(STARTS_PROGRAMS)


@pytest.mark.parametrize(
    "line",
    [
        "import subprocess",
        "def f():\n    from subprocess import run",
        "import os\nos.posix_spawnp('git', [], {})",
        "import os\nos.system('git')",
        "import os\nos.execvp('git', [])",
        "import asyncio\nasyncio.create_subprocess_exec('git')",
    ],
)
def test_a_planted_program_is_seen(tmp_path: Path, line: str) -> None:
    module = tmp_path / "planted.py"
    module.write_text(line + "\n", encoding="utf-8")
    assert starts_a_program(module)


# Modules of the static tools that open files themselves, and which.
OPENS_FILES = {
    "lint_plugin/reading.py": "all files of a repository",
    "lint_plugin/git/process.py": "the output of git, and its figures in /proc",
    "lint_plugin/registry.py": "rules",
    "lint_plugin/baseline.py": "writes",
    "lint_plugin/cache.py": "writes",
    "lint_plugin/history/store.py": "writes",
    "lint_plugin/hooks/settings_file.py": "writes",
    "codemods/files.py": "writes",
    "remediation/files.py": "writes",
    "remediation/report.py": "an inventory that the user names",
    "remediation/dotenv/age.py": "an identity that the user names",
    "remediation/dotenv/backup.py": "backups, in the user's state folder",
    "remediation/dependency/requirement.py": "metadata of an installed package",
}
_OPENERS = {"open", "read_bytes", "read_text", "fdopen"}


def opens_files(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "open":
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _OPENERS:
            # `Migration.open`, `client.open`: methods of ours.
            owner = ast.unparse(node.func.value)
            if node.func.attr != "open" or owner in {"os", "io", "codecs"} or "path" in owner:
                return True
    return False


def test_files_of_a_repository_are_read_in_one_place() -> None:
    parts = {"lint_plugin", "codemods", "remediation"}
    found = {
        path.relative_to(ROOT).as_posix()
        for part, path in MODULES
        if part in parts and opens_files(path)
    }
    assert found == set(OPENS_FILES)


@pytest.mark.parametrize(
    "line", ["open('x')", "path.read_text()", "Path('x').read_bytes()", "os.open('x', 0)"]
)
def test_a_planted_open_is_seen(tmp_path: Path, line: str) -> None:
    module = tmp_path / "planted.py"
    module.write_text(line + "\n", encoding="utf-8")
    assert opens_files(module)
