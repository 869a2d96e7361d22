"""Real releases from the package index, rewritten whole. Downloaded once into `build/`, pinned."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hushflake.codemods.keys import KeyNames
from hushflake.codemods.report import REASONS, summary
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.run import Result, run
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin.analysis import (
    FORMS,
    Index,
    ParseFailure,
    accesses,
    parse,
    prefilter,
)
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.registry import selection
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.walk import walk

ROOT = Path(__file__).parent.parent.parent
# What is left because the settings say so is no finding, nor is a read that must stay one of the
# environment, for libraries to find the key there.
CONFIGURED = frozenset(
    {"platform-key", "form-disabled", "accessor", "bootstrap", "feeds-environment"}
)


def releases() -> ModuleType:
    path = ROOT / "benchmarks" / "releases.py"
    spec = importlib.util.spec_from_file_location("releases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["releases"] = module
    spec.loader.exec_module(module)
    return module


def count_accesses(tree: Path) -> int:
    """Count the accesses of a tree by the analysis alone, one file after the other."""
    count = 0
    for path in tree.rglob("*.py"):
        data = path.read_bytes()
        if prefilter(data):
            source = parse(data)
            if not isinstance(source, ParseFailure):
                index = Index(source)
                count += sum(access.form != "import" for access in accesses(index))
                index.release()
    return count


def left(result: Result) -> list[tuple[str, str, str]]:
    """Return what a run left, wherever the lines have moved to."""
    return sorted(
        (outcome.path, edit.form, edit.key or "")
        for outcome in result.outcomes
        for edit in outcome.edits
        if edit.action == "left"
    )


def found_by_check(tree: Path, settings: Settings) -> list[tuple[str, int, int]]:
    """Return the places of what `check --select HSF1` reports, comments aside that silence it.

    Without imports: one is a finding where no use of its name is, and the codemod lists uses.
    """
    # How a test sets the environment is for another transform.
    codes = selection(select=["HSF1"]) - {"HSF109"}
    checker = Checker(settings, codes, noqa=False)
    return sorted(
        (file.path, finding.line, finding.column)
        for file in walk([str(tree)]).files
        for finding in checker.check_bytes(Path(file.target).read_bytes(), file.path).findings
        if finding.code != "HSF103"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "reads"), [("LITELLM", 1200), ("MLFLOW", 300), ("OPEN_WEBUI", 900)]
)
def test_a_release(tmp_path: Path, name: str, reads: int) -> None:
    module = releases()
    tree = module.unpack(getattr(module, name), tmp_path / "tree")
    expected = count_accesses(tree)
    transforms = chosen(only=["environment_reads"])
    settings = Settings(root=str(tree))
    rewriter = Rewriter(transforms, Policy(settings), KeyNames())
    result = run([str(tree)], rewriter, write=True, jobs=2)
    figures = summary(result)
    assert figures["problems"] == 0
    assert figures["rewritten"] > reads
    # Every access is told, and every one that is left has a reason that is documented.
    edits = [edit for outcome in result.outcomes for edit in outcome.edits]
    assert sum(edit.form in FORMS for edit in edits) == expected
    assert {edit.reason for edit in edits if edit.action == "left"} <= set(REASONS)
    for outcome in result.outcomes:
        if outcome.status == "changed":
            compile(Path(outcome.path).read_bytes(), outcome.path, "exec", dont_inherit=True)
    again = run([str(tree)], rewriter, write=True, jobs=2)
    assert summary(again)["changed"] == summary(again)["rewritten"] == 0
    # The promise of both commands: what was left, and that alone, is what `check` reports, but
    # for what the settings keep: their keys, whatever is done with them, and forms and files.
    assert left(again) == left(result)
    assert found_by_check(tree, settings) == sorted(
        (outcome.path, edit.line, edit.column)
        for outcome in again.outcomes
        for edit in outcome.edits
        if edit.reason not in CONFIGURED and not (edit.key and rewriter.policy.keeps(edit.key))
    )
    shutil.rmtree(tree)
