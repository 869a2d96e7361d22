"""What a run of `check` came to: the value that every reporter tells."""

from collections.abc import Mapping
from typing import NamedTuple

from .finding import ERROR, Finding, Skipped, Spot
from .known.sought import Sought

# What is left without being at fault.
_NO_FAULT = frozenset({"link", "cython", "other-language"})


class Outcome(NamedTuple):
    """The findings of a run.

    Attributes:
        findings: In order of paths as they were walked, then of places.
        skipped: Files that were not checked, and why.
        files: How many files were looked at.
        excerpts: Place of a finding -> the masked line and the column in it; filled where a
            display of source was asked for.
        in_baseline: How many findings a baseline holds; they are not among `findings`.
        stale: How many entries of the baseline nothing matched.
        sought: What known values were looked for, where they were.
        passed_over: How much was not looked at, by kind; `skipped` is counted among it.
        test_files: Those of the files with findings that are tests.
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()
    files: int = 0
    excerpts: Mapping[Spot, tuple[str, int]] = {}
    in_baseline: int = 0
    stale: int = 0
    passed_over: Mapping[str, int] = {}
    sought: Sought | None = None
    test_files: frozenset[str] = frozenset()

    def tally(self, severity: str) -> tuple[int, int]:
        """Return how many findings weigh so much, and how many of them are in test files."""
        found = [
            each.path in self.test_files for each in self.findings if each.severity == severity
        ]
        return len(found), sum(found)

    def exit_code(self, *, strict: bool = False) -> int:
        """Return 3 for a file that could not be read, 1 for errors found, else 0.

        `strict`: a file that does not parse is a failure too.
        """
        if any(each.failed or (strict and each.kind not in _NO_FAULT) for each in self.skipped):
            return 3
        return int(any(finding.severity == ERROR for finding in self.findings))
