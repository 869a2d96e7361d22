"""Clients that people use, in their own environments, against the local stack over HTTP."""

import re
from pathlib import Path

import pytest

from . import page
from .environment import LOCKS, locked
from .result import Result, judge
from .running import run
from .suite import Failing, Suite, all_suites

SUITES = all_suites()


QUICK = [name for name, suite in SUITES.items() if suite.quick]


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_quick_client(name: str) -> None:
    _passes(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SUITES.keys() - QUICK))
def test_a_client(name: str) -> None:
    _passes(name)


def _passes(name: str) -> None:
    result = run(SUITES[name])
    assert result.problems == []
    # What came out is a result, not an empty run.
    assert result.passed


@pytest.mark.parametrize("name", SUITES)
def test_what_is_declared_says_enough(name: str) -> None:
    suite = SUITES[name]
    lock = LOCKS / f"{suite.environment}.txt"
    assert suite.passes > 0
    for package in (*suite.shown, *filter(None, [suite.release])):
        assert locked(lock, package)
    assert (Path(__file__).parent / "own" / name).is_dir() is not bool(suite.release)
    for one in suite.failing:
        assert one.place in ("stack", "client", "place")
        assert one.why
        assert one.tests


@pytest.mark.parametrize("path", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_lock_names_hashes_and_no_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    for requirement in re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE):
        assert "--hash=sha256:" in locked(path, requirement)


SUITE = Suite(
    name="x",
    title="X",
    environment="dbt",
    passes=2,
    shown=[],
    failing=[Failing("no such thing", ["t.py::a[1-?]", "t.py::b*"])],
)


def outcomes(**named: str) -> dict[str, tuple[str, str]]:
    return {f"t.py::{name}": (outcome, "told") for name, outcome in named.items()}


def test_a_declared_failure_is_no_problem() -> None:
    result = judge(SUITE, outcomes(b1="failed", b2="error", c="passed", d="passed", e="skipped"), 1)
    assert result.problems == []
    assert (result.passed, result.ran, result.skipped) == (2, 4, 1)
    assert result.classes(SUITE) == {"no such thing": 2}


def test_what_differs_from_the_declaration_is_told() -> None:
    result = judge(SUITE, outcomes(b1="passed", c="failed"), 1)
    assert result.problems == [
        "fails, and is not declared: t.py::c: told",
        "1 pass, 2 are declared",
    ]
    assert result.notes == [
        "passes, and is declared to fail: t.py::b1",
        "no failure is left of: no such thing",
    ]


def test_only_a_star_is_a_pattern_in_the_name_of_a_test() -> None:
    assert SUITE.reason("t.py::a[1-?]")
    assert not SUITE.reason("t.py::a[1-2]")
    assert not SUITE.reason("t.py::a1")


def test_the_page_has_every_suite() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    lines = text.partition(page.START)[2].partition(page.END)[0].splitlines()
    for suite in SUITES.values():
        assert len([line for line in lines if line.startswith(f"| {suite.title} |")]) == 1


def test_a_suite_without_a_result_keeps_its_line(tmp_path: Path) -> None:
    name, suite = next(iter(SUITES.items()))
    kept = f"| {suite.title} | as before | | |"
    assert kept in page.table(tmp_path, [kept])
    Result(name, passed=3, failed={"t.py::x": "told"}).write(tmp_path)
    (line,) = [line for line in page.table(tmp_path, [kept]) if suite.title in line]
    assert line.endswith("| 3 of 4 | not explained (1) |")
