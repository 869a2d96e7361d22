"""What a .env file says, and where it can be read in two ways. Values never print themselves."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Assignment:
    """One `KEY=value`. `value` is None for a key that stands alone.

    `value` is before interpolation; `uses` are the names it would take in by interpolation.
    """

    key: str
    value: str | None = field(repr=False)
    line: int
    column: int = 1
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A place that two readers may understand differently. It holds no value.

    Args:
        line: From 1.
        column: From 1.
        key: The key meant, "" when none can be told.
        text: What is wrong, and what would be right.
    """

    line: int
    column: int
    key: str
    text: str


@dataclass(frozen=True)
class Parsed:
    """A file as one loader reads it: all assignments in order, duplicates included."""

    assignments: tuple[Assignment, ...]
    problems: tuple[Problem, ...] = ()

    def values(self) -> dict[str, str | None]:
        """Return what the loader would hold: the last assignment of a key wins."""
        return {one.key: one.value for one in self.assignments}


class Loader(Protocol):
    """A module of `loaders/`: how one library reads a .env file."""

    # What the library is called, and the modules that show that a code base uses it.
    NAME: str
    MODULES: tuple[str, ...]

    def parse(self, text: str) -> Parsed:
        """Read the text of a file, as it is after universal newlines."""
        ...
