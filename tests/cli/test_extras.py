"""What is missing is said before a command runs, with one line that installs all of it."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from hushflake.cli import extras
from hushflake.cli.main import main
from hushflake.cli.table import COMMANDS, extras_of

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENTRIES = [(name, entry) for group in COMMANDS.values() for name, entry in group.items()]
NEEDY = {
    "codemod": ["codemod"],
    "inventory": ["inventory"],
    "dotenv": ["dotenv", "retire"],
    "migrate": ["migrate", "--dry-run"],
    "schema": ["schema", "validate"],
    "rollback": ["rollback", "1"],
    "capture": ["capture", "out.json"],
    "stack": ["stack", "status"],
    "load": ["load"],
    "sync": ["sync", "notion"],
    "search": ["search", "question"],
    "related": ["related", "CUSTOMERS", "1"],
    "ask": ["ask", "question"],
    "sql": ["sql", "SELECT 1"],
    "completion": ["completion", "bash"],
}


def names(requirements: list[str]) -> tuple[set[str], set[str]]:
    """Split requirements into names of distributions and extras of ours."""
    found = [re.match(r"([\w.-]+)(?:\[([\w,]+)\])?", each) for each in requirements]
    pairs = [(match[1], match[2] or "") for match in found if match]
    inner = {one for name, more in pairs if name == "hushflake" for one in more.split(",")}
    return {name.lower() for name, _ in pairs if name != "hushflake"}, inner


@pytest.mark.parametrize("extra", extras.MODULES)
def test_modules_are_those_of_the_packages(extra: str) -> None:
    distributions, inner = names(PROJECT["optional-dependencies"][extra])
    known = packages_distributions()
    brought = {
        name.lower()
        for module in extras.MODULES[extra]
        for name in (known.get(module) or known[module.partition(".")[0]])
    }
    assert distributions <= brought
    assert set(extras.CONTAINED.get(extra, ())) == inner


def test_every_extra_but_those_for_programmers_is_known() -> None:
    assert set(PROJECT["optional-dependencies"]) - set(extras.MODULES) == {
        "all", "bench", "dev", "test",
    }  # fmt: skip


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the base install."""
    monkeypatch.setattr(extras, "_is_installed", lambda name: False)


@pytest.mark.parametrize(
    ("line", "install"),
    [
        (["codemod"], "hushflake[codemod]"),
        (["inventory"], "hushflake[remediation]"),
        (["dotenv", "retire"], "hushflake[remediation]"),
        (["dotenv", "retire", "--to", "keyring:velo"], "hushflake[remediation,keyring]"),
        (["dotenv", "retire", "--to", "esc:a/b/c"], "hushflake[remediation,esc]"),
        (["migrate", "--dry-run"], "hushflake[remediation]"),
        (["schema", "validate"], "hushflake[schema]"),
        (["plan"], "hushflake[local]"),
        (["plan", "--stack", "dev"], "hushflake[snowflake]"),
        (["load", "x.csv"], "hushflake[local]"),
        (["search", "q"], "hushflake[local]"),
        (["mcp"], "hushflake[mcp,local]"),
        (["mcp", "--stack", "dev"], "hushflake[mcp]"),
        (["sync", "notion"], "hushflake[notion,local]"),
        (["stack", "start"], "hushflake[local]"),
        (["cost"], "hushflake[schema]"),
        (["config", "set", "A", "b", "--to", "esc:a/b/c"], "hushflake[esc]"),
        (["config", "set", "A", "b", "--to", "vault:secret/a"], "hushflake[vault]"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_one_line_installs_all(
    line: list[str], install: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line) == 2
    printed = capsys.readouterr().err
    assert printed.count("pip install") == 1
    assert f"pip install '{install}'" in printed


@pytest.mark.usefixtures("bare")
def test_a_configured_store_needs_its_own_extra_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUSHFLAKE_STORES", "vault:secret/a")
    assert main(["config", "set", "A", "b"]) == 2
    assert "pip install 'hushflake[vault]'" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_without_third_parties_every_command_works_or_says_what_it_needs(
    name: str, entry: object, tmp_path: Path
) -> None:
    """The real imports, in a process where nothing but click can be imported."""
    program = f"""
import sys
from importlib.machinery import PathFinder
ALLOWED = ("hushflake", "click")
class Blocked(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target)
        origin = spec and (spec.origin or next(iter(spec.submodule_search_locations or [""]), ""))
        ours = name.partition(".")[0] in ALLOWED
        return None if origin and "site-packages" in str(origin) and not ours else spec
sys.meta_path[sys.meta_path.index(PathFinder)] = Blocked
from hushflake.cli.main import main
sys.exit(main({NEEDY.get(name, [name])!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    needed = extras_of([name], {"stack": "local"})
    assert "internal error" not in done.stderr
    if needed:
        assert done.returncode == 2, done.stderr
        assert done.stderr.count("pip install") == 1
    else:
        assert done.returncode in (0, 1, 2), done.stderr
        assert "pip install" not in done.stderr
