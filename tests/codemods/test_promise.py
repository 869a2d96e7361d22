"""One promise of two commands: what the codemod leaves, `check` reports, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Edit, Rewriter
from hushflake.codemods.transforms import all_transforms
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.finding import Finding
from hushflake.lint_plugin.registry import selection
from hushflake.lint_plugin.settings import Policy, Settings

CASES = Path(__file__).parent / "cases" / "environment_reads"
CODES = selection(select=["HSF1"])
# What is left because the settings say so is no finding, nor is a read that must stay one of the
# environment, for libraries to find the key there.
CONFIGURED = frozenset(
    {"platform-key", "form-disabled", "accessor", "bootstrap", "feeds-environment"}
)


def look(data: bytes) -> tuple[tuple[Edit, ...], tuple[Finding, ...]]:
    """Return what both say of a source."""
    reads = [known for known in all_transforms() if known.name == "environment_reads"]
    settings = Settings()
    edits = Rewriter(reads, Policy(settings), KeyNames()).rewrite(data, "module.py").edits
    return edits, tuple(
        Checker(settings, CODES, noqa=False).check_bytes(data, "module.py").findings
    )


def is_plain(edit: Edit) -> bool:
    """Say whether an edit is about a name for the environment that is only read from.

    Of such a name the reads are the findings.
    """
    return edit.form == "rebinding" and edit.reason in ("", "rebinding")


def places(found: Iterable[Edit | Finding]) -> list[tuple[int, int]]:
    return sorted((each.line, each.column) for each in found)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.py")), ids=lambda path: path.name)
def test_both_see_the_same(case: Path) -> None:
    edits, findings = look(case.read_bytes())
    told = [edit for edit in edits if edit.reason not in CONFIGURED and not is_plain(edit)]
    # An import is a finding where no use of its name is one; the codemod lists uses alone.
    found = [finding for finding in findings if finding.code != "HSF103"]
    assert places(told) == places(found)
    fixable = set(places(finding for finding in found if finding.fixable))
    assert set(places(edit for edit in told if edit.action == "rewritten")) <= fixable


def test_a_read_whose_source_is_printed_is_not_fixable() -> None:
    edits, findings = look(b"import os\nprint(f\"{os.getenv('A')=}\", f\"{os.getenv('B')}\")\n")
    assert [edit.reason for edit in edits] == ["f-string", ""]
    assert [finding.fixable for finding in findings] == [False, True]


def test_reads_in_a_file_that_patches_them_are_not_fixable() -> None:
    patch = b"import os\nfrom unittest import mock\nmock.patch('os.getenv').start()\n"
    edits, findings = look(patch + b"os.getenv('A')\nos.environ['B']\n")
    assert [edit.reason for edit in edits] == ["patched", "patched"]
    assert [finding.fixable for finding in findings] == [False, False]
