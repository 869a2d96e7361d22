"""What `check` says of the repair of a finding: the transform that makes it, and the command."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.registry import selection
from hushflake.lint_plugin.settings import Policy, Settings

from .conftest import Done

WORD = "hunter" + "2x"
TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
URL = f"postgresql://app:{WORD}@db.acme.io/main"
# Source -> what each finding is fixed by.
FIXES = {
    "import os\nA = os.getenv('A')\n": ["environment_reads"],
    "import os\nos.environ['A'] = '1'\n": [],
    f"password = '{WORD}'\n": ["hardcoded_secrets"],
    f"import os\np = os.getenv('DB_PASSWORD', '{WORD}')\n": [
        "environment_reads", "hardcoded_secrets",
    ],
    f"url = f'{URL}/{{x}}'\n": ["hardcoded_secrets"],
    f"# password = '{WORD}'\npass\n": [""],
    f"url = '{URL}/%s' % x\n": [""],
    f"def f():\n    '''{TOKEN}'''\n": [""],
    f"match token:\n    case '{TOKEN}':\n        pass\n": [""],
    f"def f(token: '{TOKEN}'): ...\n": [""],
    # The codemod hands no credential to an accessor, also one in two halves; nor what is put
    # into a store.
    f"import os\nA = os.getenv('{TOKEN[:4]}' + '{TOKEN[4:]}')\n": ["", ""],
    "import os, keyring\nkeyring.set_password('a', 'b', os.getenv('DB_PASSWORD'))\n": [""],
}  # fmt: skip


@pytest.mark.parametrize(("source", "fixes"), FIXES.items(), ids=range(len(FIXES)))
def test_a_finding_names_the_transform_that_changes_it(source: str, fixes: list[str]) -> None:
    settings = Settings(root="/repository")
    checker = Checker(settings, selection())
    result = checker.check_bytes(source.encode(), "/repository/app.py")
    assert [finding.fix for finding in result.findings] == fixes
    # It does so, and nothing else.
    for name in ("environment_reads", "hardcoded_secrets"):
        rewriter = Rewriter(chosen(only=[name]), Policy(settings), KeyNames())
        outcome = rewriter.rewrite(source.encode(), "/repository/app.py")
        done = sum(edit.action == "rewritten" for edit in outcome.edits)
        assert done == fixes.count(name), name


def test_files_that_nothing_is_moved_out_of() -> None:
    source = f"password = '{WORD}'\n".encode()
    settings = Settings(root="/repository", accessor="core.settings")
    for path in ("setup.py", "core/settings.py", "stub.pyi"):
        result = Checker(settings, selection()).check_bytes(source, f"/repository/{path}")
        assert [finding.fix for finding in result.findings] == [""], path
    off = settings._replace(require_function="")
    result = Checker(off, selection()).check_bytes(source, "/repository/app.py")
    assert [finding.fix for finding in result.findings] == [""]


def test_a_notebook_and_a_script_too() -> None:
    cell = {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
        "source": f"password = '{WORD}'",
    }  # fmt: skip
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    script = f"#!/usr/bin/env python3\npassword = '{WORD}'\n"
    checker = Checker(Settings(root="/repository"), selection())
    for name, text in (("a.ipynb", notebook), ("script", script)):
        result = checker.check_bytes(text.encode(), f"/repository/{name}")
        assert [finding.fix for finding in result.findings] == ["hardcoded_secrets"], name


def test_the_command_is_printed(check: Callable[..., Done], project: Path) -> None:
    assert "hardcoded_secrets" not in check().stdout
    (project / "a b.py").write_text(f"password = '{WORD}'\n", encoding="utf-8")
    (project / "z.py").write_text(f"url = '{URL}'\n", encoding="utf-8")
    command = "  hushflake codemod --only hardcoded_secrets --to TARGET --write 'a b.py' z.py"
    assert check("a b.py", "app.py", "z.py").stdout.splitlines()[-1] == command
    # A store that is configured is named.
    (project / "pyproject.toml").write_text(
        "[tool.hushflake.config]\nesc = 'acme/shop/dev'\n", encoding="utf-8"
    )
    assert "--to esc:acme/shop/dev --write z.py" in check("z.py").stdout
    document = json.loads(check("--format", "json", "z.py", "app.py").stdout)
    assert [(each["code"], each["fixable"], each["fix"]) for each in document["findings"]] == [
        ("HSF101", True, "environment_reads"),
        ("HSF304", False, "hardcoded_secrets"),
    ]
    # Of notes there is none, as they are no reason to do anything.
    (project / "test_a.py").write_text(f"password = '{WORD}'\n", encoding="utf-8")
    assert "hardcoded_secrets" not in check("test_a.py").stdout


def test_flake8_names_the_command(project: Path) -> None:
    (project / "app.py").write_text(f"password = '{WORD}'\n# {TOKEN}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "app.py"], cwd=project, capture_output=True, text=True
    )
    first, second = done.stdout.splitlines()
    assert first.endswith("from hushflake.config (hushflake codemod --only hardcoded_secrets)")
    assert "codemod" not in second
