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
from hushflake.codemods.run import run
from hushflake.codemods.transform import chosen
from hushflake.lint_plugin.analysis import Index, ParseFailure, accesses, parse, prefilter
from hushflake.lint_plugin.settings import Policy, Settings

ROOT = Path(__file__).parent.parent.parent


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "reads"), [("LITELLM", 1200), ("MLFLOW", 300), ("OPEN_WEBUI", 900)]
)
def test_a_release(tmp_path: Path, name: str, reads: int) -> None:
    module = releases()
    tree = module.unpack(getattr(module, name), tmp_path / "tree")
    expected = count_accesses(tree)
    transforms = chosen(only=["environment_reads"])
    rewriter = Rewriter(transforms, Policy(Settings(root=str(tree))), KeyNames())
    result = run([str(tree)], rewriter, write=True, jobs=2)
    figures = summary(result)
    assert figures["problems"] == 0
    assert figures["rewritten"] > reads
    # Every access is told, and every one that is left has a reason that is documented.
    edits = [edit for outcome in result.outcomes for edit in outcome.edits]
    assert len(edits) == expected
    assert {edit.reason for edit in edits if edit.action == "left"} <= set(REASONS)
    for outcome in result.outcomes:
        if outcome.status == "changed":
            compile(Path(outcome.path).read_bytes(), outcome.path, "exec", dont_inherit=True)
    again = run([str(tree)], rewriter, write=True, jobs=2)
    assert summary(again)["changed"] == summary(again)["rewritten"] == 0
    shutil.rmtree(tree)
