"""Which files are looked at, and as what."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.lint_plugin.errors import SettingsError
from hushflake.lint_plugin.kinds.table import Kinds, all_kinds, of_file, of_name, of_start
from hushflake.lint_plugin.session import Request, check
from hushflake.lint_plugin.walk import walk

ROOT = Path(__file__).parents[2]
READ = "import os\nprint(os.getenv('URL'))\n"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("#!/usr/bin/env python3", "python"),
        ("#!/usr/bin/env python", "python"),
        ("#! /usr/bin/python3.12 -u", "python"),
        ("#!/usr/local/bin/python3.14t", "python"),
        ("#!/usr/bin/env -S uv run --script", "python"),
        ("#!/usr/bin/env -S uv run --script --quiet", "python"),
        ("#!/usr/bin/env -S PYTHONPATH=. python3 -I", "python"),
        ("#!/usr/bin/pypy3", "python"),
        ("#!/bin/sh", "shell"),
        ("#!/usr/bin/env bash", "shell"),
        ("#!/usr/bin/env -S", None),
        ("#!", None),
        ("import os", None),
    ],
)
def test_the_first_line_of_a_script(line: str, kind: str | None) -> None:
    found = of_start(line.encode() + b"\nimport os\n")
    assert (found.name if found else None) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/b.pyi", "stub"),
        ("SConstruct", "python"),
        ("x/wscript", "python"),
        ("a.pyx", "cython"),
        ("a.txt", None),
        (".pyi", None),
        ("pyi", None),
    ],
)
def test_the_name_of_a_file(path: str, kind: str | None) -> None:
    found = of_name(path)
    assert (found.name if found else None) == kind


def test_what_nothing_tells_is_python() -> None:
    assert of_file("notes.txt", b"").name == "python"
    assert of_file("<stdin>", b"").name == "python"


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        ([], {"python", "stub", "cython"}),
        (["python"], {"python"}),
        (["!stub"], {"python", "cython"}),
        (["code", "!cython"], {"python", "stub"}),
        (["default"], {"python", "stub"}),
    ],
)
def test_the_setting(files: list[str], chosen: set[str]) -> None:
    assert chosen <= Kinds(files).chosen
    left_out = {entry[1:] for entry in files if entry.startswith("!")}
    assert left_out.isdisjoint(Kinds(files).chosen)


def test_an_unknown_kind() -> None:
    with pytest.raises(SettingsError, match=r"unknown kind of files 'ruby'.*python"):
        Kinds(["ruby"])


def test_a_folder_run_finds_them(tmp_path: Path) -> None:
    for name in ("a.py", "b.pyi", "SConstruct", "c.txt", "LICENSE"):
        (tmp_path / name).write_text(READ, encoding="utf-8")
    (tmp_path / "tool").write_text(f"#!/usr/bin/env python3\n{READ}", encoding="utf-8")
    (tmp_path / "shell").write_text("#!/bin/sh\n", encoding="utf-8")
    found = {finding.path for finding in check(Request((str(tmp_path),))).findings}
    assert {Path(path).name for path in found} == {"a.py", "b.pyi", "SConstruct", "tool"}
    # Who asks for no kinds, as the codemod's questions about imports, gets modules alone.
    assert [Path(file.path).name for file in walk([str(tmp_path)]).files] == ["a.py"]


def test_a_named_file_that_the_settings_leave_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.hushflake]\nfiles = ["!stub"]\n', encoding="utf-8"
    )
    stub = tmp_path / "a.pyi"
    stub.write_text(READ, encoding="utf-8")
    outcome = check(Request((str(stub),)))
    assert not outcome.findings
    assert outcome.passed_over == {"kind": 1}


def test_cython_is_explained_and_its_text_searched(tmp_path: Path) -> None:
    token = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
    (tmp_path / "a.pyx").write_text(f"cdef str T = '{token}'\n", encoding="utf-8")
    outcome = check(Request((str(tmp_path),)))
    assert [finding.code for finding in outcome.findings] == ["HSF302"]
    assert [each.kind for each in outcome.skipped] == ["cython"]


def test_the_page_lists_every_kind() -> None:
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- kinds -->\n(.*?)<!-- /kinds -->", page, re.DOTALL)
    rows = ["| kind | group | files |", "|---|---|---|"]
    for name, kind in sorted(all_kinds().items()):
        files = [f"`*{suffix}`" for suffix in kind.suffixes]
        files += [f"`{each}`" for each in kind.names]
        files += [f"`{each}*`" for each in kind.beginnings]
        if kind.programs:
            files.append("scripts of " + ", ".join(f"`{each}`" for each in kind.programs))
        off = "" if kind.default else " (off by default)"
        rows.append(f"| `{name}` | `{kind.group}` | {', '.join(files)}{off} |")
    assert block is not None
    assert block[1].splitlines() == rows


def test_kinds_are_cheap_to_import() -> None:
    """A run that the cache answers imports neither rules nor parsers."""
    program = (
        "import sys\nfrom hushflake.lint_plugin.kinds.table import all_kinds, of_name\n"
        "assert 'hushflake.lint_plugin.kinds.stub' not in sys.modules\nall_kinds()\n"
        "print([name for name in sys.modules if name in ('ast', 'json', 'yaml', 'tokenize')\n"
        "or (name.startswith('hushflake.lint_plugin.') and '.analysis' in name)])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
