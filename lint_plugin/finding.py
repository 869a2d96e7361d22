"""What a rule reports."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .analysis.source import ParseFailure

ERROR, NOTE = "error", "note"
# The kind of a `Skipped` for a library that is not installed: true of the machine, not of the file.
MISSING_EXTRA = "missing-extra"


class Finding(NamedTuple):
    """A place that a rule reports. It never holds a value of a literal.

    Lines and columns count from 1, columns in characters; the end is exclusive. In a notebook they
    count in a cell, as a person sees them; `in_file` then has the place in the file itself.
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
    # The cell of a notebook, from 1, and the place in its file; 0 in all other files.
    cell: int = 0
    file_line: int = 0
    file_column: int = 0
    file_end_line: int = 0
    file_end_column: int = 0
    # Of the credential, with a key of this user's; filled where a report asks for it.
    fingerprint: str = ""
    # The transform of `hushflake codemod` that changes the place, "" for none.
    fix: str = ""

    @property
    def place(self) -> str:
        """Where it is, for a person: `3:14`, or `cell 2:3:14`."""
        cell = f"cell {self.cell}:" if self.cell else ""
        return f"{cell}{self.line}:{self.column}"

    @property
    def spot(self) -> "Spot":
        """What tells its place from others."""
        return self.path, self.cell, self.line, self.column

    @property
    def in_file(self) -> tuple[int, int, int, int]:
        """Line, column, end line and end column in the file."""
        if self.file_line:
            return self.file_line, self.file_column, self.file_end_line, self.file_end_column
        return self.line, self.column, self.end_line, self.end_column


# Path, cell, line and column.
Spot = tuple[str, int, int, int]


class Skipped(NamedTuple):
    """A file that was not checked, or not entirely, and why."""

    path: str
    line: int
    column: int
    kind: str
    message: str
    # True for a failure of the machine (cannot be read): the run then ends with exit code 3.
    failed: bool = False


def skipped(path: str, failure: "ParseFailure") -> Skipped:
    """Return that a file was skipped because it cannot be parsed."""
    return Skipped(path, failure.line, failure.column, failure.kind, failure.message)


class Result(NamedTuple):
    """What came of one file."""

    findings: tuple[Finding, ...] = ()
    skipped: Skipped | None = None
