"""The changes to one source: bytes to splice, and what the new tree must then look like."""

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

# Compares an old and a new node, knowing the intended changes below them.
Same = Callable[[ast.AST, ast.AST], bool]
# Says whether a new node is what was intended in the place of an old one.
Expectation = Callable[[ast.AST, Same], bool]


class Splice(NamedTuple):
    """Bytes `start` to `end` of the source become `text`."""

    start: int
    end: int
    text: bytes


class Record(NamedTuple):
    """A place that a transform rewrote or left, as the report tells it.

    `offset` is that in the source which the transform saw; line and column come later.
    """

    offset: int
    form: str
    key: str | None
    action: str
    reason: str


class Patch:
    """What one transform wants of one source.

    Attributes:
        splices: Changes to the bytes; they do not overlap.
        records: What the report tells.
        expected: Old node (by id) -> what must stand in its place.
        removed: Old statements (by id) that must be gone.
        added: Statements that must have appeared, as `ast.dump` writes them.
    """

    def __init__(self) -> None:
        self.splices: list[Splice] = []
        self.records: list[Record] = []
        self.expected: dict[int, Expectation] = {}
        self.removed: set[int] = set()
        self.added: list[str] = []

    def splice(self, start: int, end: int, text: bytes) -> None:
        """Replace the bytes from `start` to `end`."""
        self.splices.append(Splice(start, end, text))

    def sorted_splices(self) -> list[Splice]:
        """Return the splices in order; an insertion goes before a change at the same place."""
        return sorted(self.splices, key=lambda splice: (splice.start, splice.end))


def apply(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Return `data` with sorted splices applied.

    Raises:
        ValueError: Two splices overlap.
    """
    pieces: list[bytes] = []
    at = 0
    for splice in splices:
        if splice.start < at:
            raise ValueError("two changes overlap")
        pieces += [data[at : splice.start], splice.text]
        at = splice.end
    pieces.append(data[at:])
    return b"".join(pieces)


def shifted(offset: int, splices: Sequence[Splice]) -> int:
    """Return where an offset outside every splice lies after they are applied."""
    return offset + sum(
        len(splice.text) - (splice.end - splice.start) for splice in splices if splice.end <= offset
    )


def unshifted(offset: int, splices: Sequence[Splice]) -> int:
    """Return where an offset in the result lay before sorted splices were applied."""
    moved = 0
    for splice in splices:
        begin = splice.start + moved
        if offset < begin:
            break
        if offset < begin + len(splice.text):
            return splice.start
        moved += len(splice.text) - (splice.end - splice.start)
    return offset - moved
