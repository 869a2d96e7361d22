"""A run over a tree: notebooks, scripts and stubs beside modules."""

import json
from pathlib import Path

import pytest

from hushflake.codemods.prepare import rewriter
from hushflake.codemods.run import Result, run
from hushflake.lint_plugin.session import Request, check
from hushflake.lint_plugin.settings import load

READ = "import os\n\nURL = os.getenv('URL')\n"
WRITTEN = "from hushflake.config import get_config_value\n\nURL = get_config_value('URL')\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    for name in ("module.py", "SConstruct", "stub.pyi", "cython.pyx", "notes.txt"):
        (tmp_path / name).write_text(READ, encoding="utf-8")
    for name in ("tool", "a.b"):
        (tmp_path / name).write_text(f"#!/usr/bin/env python3\n{READ}", encoding="utf-8")
    cells = [{"cell_type": "code", "source": READ.splitlines(keepends=True)}]
    notebook = json.dumps({"cells": cells, "nbformat": 4})
    (tmp_path / "nb.ipynb").write_text(notebook, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*paths: str, write: bool = False) -> Result:
    return run(paths or (".",), rewriter(load(paths or (".",))), write=write)


def test_what_can_be_rewritten_is(tree: Path) -> None:
    before = {path.name: path.read_bytes() for path in tree.iterdir()}
    changed = {"module.py", "SConstruct", "tool", "nb.ipynb"}
    result = ran(write=True)
    assert {o.path for o in result.outcomes if o.new} == changed
    after = {path.name: path.read_bytes() for path in tree.iterdir()}
    assert {name for name in before if before[name] != after[name]} == changed
    assert after["SConstruct"].decode() == WRITTEN
    assert after["tool"].decode() == f"#!/usr/bin/env python3\n{WRITTEN}"
    cell = json.loads(after["nb.ipynb"])["cells"][0]
    assert "".join(cell["source"]) == WRITTEN
    left = [(e.path, e.reason) for o in result.outcomes for e in o.edits if e.action == "left"]
    assert left == [("stub.pyi", "stub")]
    again = ran(write=True)
    assert not [o.path for o in again.outcomes if o.new]


def test_check_promises_no_more_than_that(tree: Path) -> None:
    fixable = {finding.path for finding in check(Request()).findings if finding.fixable}
    assert fixable == {o.path for o in ran().outcomes if o.new}
    assert (tree / "stub.pyi").exists()


@pytest.mark.usefixtures("tree")
def test_files_that_are_named() -> None:
    result = ran("nb.ipynb", "cython.pyx", "tool")
    assert {o.path for o in result.outcomes if o.new} == {"nb.ipynb", "tool"}
    assert result.left == {"kind": 1}


def test_kinds_that_the_settings_leave_out(tree: Path) -> None:
    (tree / "pyproject.toml").write_text(
        '[tool.hushflake]\nfiles = ["!notebook"]\n', encoding="utf-8"
    )
    assert "nb.ipynb" not in {outcome.path for outcome in ran().outcomes}


def test_a_notebook_takes_names_of_modules(tree: Path) -> None:
    """`from module import os` in a notebook or a script keeps the import of a module."""
    cells = [{"cell_type": "code", "source": "x = 1\nfrom module import os\nos.getcwd()"}]
    (tree / "nb.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    ran("module.py", write=True)
    assert (tree / "module.py").read_text(encoding="utf-8").startswith("import os\n")
