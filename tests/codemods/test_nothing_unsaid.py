"""What `check` still finds after a run, the run has reported as left, with a reason."""

from pathlib import Path

import pytest

from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Outcome, Rewriter
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.settings import Policy, Settings

SETTINGS = Settings(root="/project")
REWRITER = Rewriter(chosen(), Policy(SETTINGS), KeyNames())
CHECKER = Checker(SETTINGS, registry.selection(["HSF1"]))
CASES = Path(__file__).parent / "cases"

KEPT_IMPORTS = [
    "try:\n    from os import environ\nexcept ImportError:\n    environ = None\n",
    "try:\n    from os import environ\n    A = environ['A']\nfinally:\n    pass\n",
    "with suppress(ImportError):\n    from os import environ\nA = environ['A']\n",
    "match x:\n    case 1:\n        from os import environ\n        A = environ['A']\n",
    "from os import environ\nA = environ['A']\ndel environ\n",
    "from os import getenv\n__all__ = ['getenv']\n",
    "from os import getenv  # for others\nA = getenv('A')\n",
    "from os import environ, getenv\nA = environ['A']\n",
    "def f():\n    for x in y:\n        from os import environ as e\n        e['A']\n",
]


def rewritten(source: str) -> Outcome:
    outcome = REWRITER.rewrite(source.encode(), "/project/module.py")
    assert outcome.status in ("changed", "unchanged"), outcome.message
    return outcome


def assert_all_said(source: str) -> None:
    """Hold the findings in a rewritten source against what a run over it leaves."""
    after = (rewritten(source).new or source.encode()).decode()
    again = rewritten(after)
    assert again.new is None
    left = {edit.line for edit in again.edits if edit.action == "left" and edit.reason}
    findings = CHECKER.check_bytes(after.encode(), "/project/module.py").findings
    assert {finding.line for finding in findings} <= left, after


@pytest.mark.parametrize("source", KEPT_IMPORTS)
def test_an_import_that_stays_is_reported(source: str) -> None:
    assert_all_said(source)
    edits = rewritten(source).edits
    assert [edit.reason for edit in edits if edit.form == "import" and edit.action == "left"]


def test_an_import_that_goes_or_is_used_is_not() -> None:
    for source in (
        "from os import environ\nA = environ['A']\n",
        "from os import environ, path\nA = environ['A'], path\n",
        "from os import environ\nrun(env=environ)\n",
        "from os import environ\nA = environ['HOME']\n",
    ):
        assert "import" not in {edit.form for edit in rewritten(source).edits}
        assert_all_said(source)


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.before.py")), ids=lambda path: path.stem)
def test_of_every_case_all_is_said(path: Path) -> None:
    if path.parent.name == "environment_reads":
        assert_all_said(path.read_text(encoding="utf-8"))
