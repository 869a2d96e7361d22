"""What a rule reports."""

from typing import NamedTuple

ERROR, NOTE = "error", "note"


class Finding(NamedTuple):
    """A place that a rule reports. It never holds a value of a literal.

    Lines and columns count from 1, columns in characters; the end is exclusive.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    fixable: bool = False
    # "error", or "note" for what weighs less: made-up credentials in tests.
    severity: str = ERROR
    end_line: int = 0
    end_column: int = 0
    # For a baseline that survives moved lines: qualified name around it, and the name at fault.
    scope: str = ""
    target: str = ""


class Skipped(NamedTuple):
    """A file that was not checked, or not entirely, and why."""

    path: str
    line: int
    column: int
    kind: str
    message: str
    # True for a failure of the machine (cannot be read): the run then ends with exit code 3.
    failed: bool = False


class Result(NamedTuple):
    """What came of one file."""

    findings: tuple[Finding, ...] = ()
    skipped: Skipped | None = None
