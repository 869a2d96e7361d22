"""What can be wrong with a schema project. Each error carries its facts and prints itself.

SchemaError                  exit code 2: the user's mistake
├── DefinitionError         all mistakes of all files, reported in one run
├── ProjectNotFoundError
└── BadNameError               not an identifier; located by whoever knows the file
"""

from collections.abc import Iterable
from typing import NamedTuple


class Position(NamedTuple):
    """Where a definition stands; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class SchemaError(Exception):
    """A mistake in a schema project: what is wrong, where, and what would be right."""

    exit_code = 2

    def __init__(self, message: str, remedy: str = "", at: Position | None = None) -> None:
        super().__init__(message, remedy, at)
        self.message = message
        self.remedy = remedy
        self.at = at

    def __str__(self) -> str:
        place = f"{self.at}: " if self.at else ""
        return f"{place}{self.message}" + (f"; {self.remedy}" if self.remedy else "")


class BadNameError(SchemaError):
    """Text that is no identifier."""


class ProjectNotFoundError(SchemaError):
    """No `hushflake.yaml` where one was asked for, or a file of the project is missing."""


class DefinitionError(SchemaError):
    """Every mistake that was found, in the order of files and lines."""

    def __init__(self, errors: Iterable[SchemaError]) -> None:
        by_text = {str(error): error for error in errors}
        order = sorted(by_text.values(), key=lambda e: (e.at or Position("", 0, 0), str(e)))
        self.errors = tuple(order)
        super().__init__(f"{len(self.errors)} mistakes")

    def __str__(self) -> str:
        lines = [str(error) for error in self.errors]
        count = len(lines)
        return "\n".join([*lines, f"{count} mistake{'s' * (count != 1)} found"])
