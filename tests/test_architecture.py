"""Arrows point down: a part may import only the parts listed after its name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from import_graph import circle

ROOT = Path(__file__).parent.parent
MAY_IMPORT: dict[str, set[str]] = {
    "terminal": set(),
    "config": set(),
    "lint_plugin": {"config"},
    "schema": set(),
    "templates": set(),
    "codemods": {"lint_plugin"},
    "remediation": {"codemods", "lint_plugin", "templates", "config"},
    "local": set(),
    "deploy": {"local", "templates", "schema", "config"},
    "sync": {"deploy", "schema", "config"},
    "knowledge": {"sync", "deploy", "schema", "config"},
    "serve": {"knowledge"},
}
MAY_IMPORT["cli"] = set(MAY_IMPORT)
# Every part prints; an application's run-time library does not.
for part in MAY_IMPORT.keys() - {"config", "local", "terminal"}:
    MAY_IMPORT[part].add("terminal")
# Third parties that one place alone may touch, and where.
CONFINED = {
    "libcst": ("codemods",),
    "duckdb": ("local", "knowledge/readers/parquet.py"),
    "starlette": ("local",),
    "uvicorn": ("local", "serve/run.py", "serve/connections.py"),
    "pygls": ("remediation/editor",),
    "snowflake": ("deploy", "local/pytest_plugin.py"),
    "jinja2": ("templates",),
    "sqlglot": ("schema/importer", "schema/query_warnings.py", "local"),
    "lsprotocol": ("remediation/editor",),
    "notion_client": ("sync/notion",),
    "httpx": ("sync/notion",),
}


@cache
def nodes(path: Path) -> list[ast.Import | ast.ImportFrom | ast.Call | ast.Attribute]:
    """What the tests look at in a module; asked for by many of them, so parsed once."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    kinds = ast.Import | ast.ImportFrom | ast.Call | ast.Attribute
    return [node for node in tree if isinstance(node, kinds)]


def imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """The import statements of a module."""
    return [node for node in nodes(path) if isinstance(node, ast.Import | ast.ImportFrom)]


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


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_arrows_point_down(part: str) -> None:
    # A part reaches itself by relative imports only.
    wrong = {}
    for path in (path for name, path in MODULES if name == part):
        depth = len(path.relative_to(ROOT).parent.parts)
        if beyond := parts_reached(path, depth) - MAY_IMPORT[part]:
            wrong[path.relative_to(ROOT).as_posix()] = beyond
    assert not wrong


# The rooms of the local stack, the lowest first: a room imports itself and those before it.
LOCAL_ROOMS = (
    "language", "engine", "access", "sessions", "sql", "cortex", "objects", "statements", "server",
)  # fmt: skip


def rooms_reached(path: Path) -> set[str]:
    """The rooms of the local stack that a module in one of them imports."""
    package = path.relative_to(ROOT / "local").parent.parts
    found = set()
    for node in imports(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            names = [alias.name for alias in node.names] if not node.module else [node.module]
            found |= {(*above, *name.split("."))[0] for name in names}
    return found


@pytest.mark.parametrize("room", LOCAL_ROOMS)
def test_rooms_import_only_those_below(room: str) -> None:
    allowed = {*LOCAL_ROOMS[: LOCAL_ROOMS.index(room) + 1]}
    wrong = {}
    for path in sorted((ROOT / "local" / room).rglob("*.py")):
        if beyond := rooms_reached(path) - allowed:
            wrong[path.relative_to(ROOT).as_posix()] = beyond
    assert not wrong


def test_every_folder_of_the_local_stack_is_a_room() -> None:
    folders = {path.parent.name for path in (ROOT / "local").glob("*/__init__.py")}
    assert folders == set(LOCAL_ROOMS)


def test_the_linter_takes_the_model_of_a_key_and_nothing_else() -> None:
    """The run-time library is no linter's business; a declared key is, and a bound on TOML."""
    for path in sorted((ROOT / "lint_plugin").rglob("*.py")):
        taken = {name for name in reached(path, 99) if name.startswith("hushflake.config")}
        both = ("hushflake.config.declared.", "hushflake.config.bounded_toml")
        assert all(name.startswith(both) for name in taken), path


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


# Parts in which what a registry loads imports the registry.
WITH_REGISTRIES_IN_CIRCLES = {"local"}


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_no_modules_import_each_other(part: str) -> None:
    found = circle(ROOT / part, f"hushflake.{part}")
    assert not found, " imports ".join(found)


@pytest.mark.parametrize("part", sorted(MAY_IMPORT.keys() - WITH_REGISTRIES_IN_CIRCLES))
def test_no_module_imports_the_registry_that_loads_it(part: str) -> None:
    assert not circle(ROOT / part, f"hushflake.{part}", registries=True)


@pytest.mark.parametrize(
    "back",
    [
        "from . import first",
        "from .first import something",
        "import hushflake.planted.first",
        "def f():\n    from .first import something",
        "if TYPE_CHECKING:\n    from .first import Something",
        "import_module('.first', __package__)",
        "import_module(f'{__package__}.first')",
        "importlib.import_module('hushflake.planted.first')",
    ],
)
def test_a_circle_is_seen(tmp_path: Path, back: str) -> None:
    package = "hushflake.planted"
    (tmp_path / "first.py").write_text("from .below import third\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "third.py").write_text("from ..other import a\n", encoding="utf-8")
    assert not circle(tmp_path, package)
    (tmp_path / "other.py").write_text(f"{back}\n", encoding="utf-8")
    found = {name.rpartition(".")[2] for name in circle(tmp_path, package)}
    assert found == {"first", "third", "other"}


def test_a_registry_in_a_circle_is_seen(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text(
        "[import_module(f'{__name__}.{name}') for name in names]\n", encoding="utf-8"
    )
    (tmp_path / "one.py").write_text("from . import registered\n", encoding="utf-8")
    assert not circle(tmp_path, "planted")
    assert circle(tmp_path, "planted", registries=True) == ["planted", "planted.one", "planted"]


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
    calls = {ast.unparse(node.func) for node in nodes(path) if isinstance(node, ast.Call)}
    rich = {name for name in reached(path, 99) if name.partition(".")[0] == "rich"}
    return calls & PRINTING | rich


def test_one_part_prints() -> None:
    """Foreign text reaches a terminal through `hushflake.terminal` alone, which escapes it."""
    allowed = {"cli/output.py": {"click.confirm", "click.prompt"}}
    wrong = {}
    for part, path in MODULES:
        name = path.relative_to(ROOT).as_posix()
        if part not in ("terminal", "config") and (ways := prints(path) - allowed.get(name, set())):
            wrong[name] = ways
    assert not wrong


@pytest.mark.parametrize("line", ["print('x')", "import rich", "import sys\nsys.stdout.write('x')"])
def test_a_planted_print_is_seen(tmp_path: Path, line: str) -> None:
    module = tmp_path / "planted.py"
    module.write_text(line + "\n", encoding="utf-8")
    assert prints(module)


# What starts a program, and why it may. The static tools call git in `lint_plugin/git/process.py`
# alone, where it runs nothing that a repository names.
STARTS_PROGRAMS = {
    "lint_plugin/git/process.py": "git",
    "config/exporting/child.py": "the program of `config run`",
    "local/server/process/process.py": "the local stack",
    "local/engine/python/functions.py": "functions in Python, where the user turned them on",
    "remediation/trying/process.py": "the project's code, with `migrate --try` alone",
}
_STARTERS = ("posix_spawn", "exec", "spawn", "popen", "system", "startfile")


def starts_a_program(path: Path) -> bool:
    """Whether a module imports what starts programs, or calls a function of `os` that does."""
    if any(name.split(".")[0] in {"subprocess", "pty"} for name in reached(path, 99)):
        return True
    called = (node for node in nodes(path) if isinstance(node, ast.Attribute))
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


# Who reads TOML that a repository does not hold.
READS_TOML = {
    "cli/stack_clients.py",  # of the user's home
    "config/bounded_toml.py",
    "deploy/credentials.py",  # of the user's home
    "lint_plugin/entries/toml_file.py",  # one string
    "remediation/dependency/kinds/pipfile.py",  # one value, which it wrote
    "remediation/dependency/kinds/pyproject.py",  # the same
}


def test_toml_of_a_repository_is_read_in_bounded_time() -> None:
    """`tomllib` takes a time that grows with the square of a key; see `bounded_toml`."""
    found = {
        path.relative_to(ROOT).as_posix()
        for _, path in MODULES
        if "tomllib.load" in path.read_text(encoding="utf-8")
    }
    assert found == READS_TOML


# Modules of the static tools that open files themselves, and which.
# The engine of the sync, which any two sides can use; these two put one pair of them together.
_PUTS_SIDES_TOGETHER = {"opening.py", "conflicts.py"}
_A_SIDE = re.compile(r"^\s*from (?:\.|hushflake\.sync\.)(?:notion|account|folder)\b", re.MULTILINE)


def test_the_engine_of_the_sync_knows_neither_side() -> None:
    modules = (ROOT / "sync").glob("*.py")
    knowing = {path.name for path in modules if _A_SIDE.search(path.read_text("utf-8"))}
    assert knowing == _PUTS_SIDES_TOGETHER


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
    for node in nodes(path):
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
