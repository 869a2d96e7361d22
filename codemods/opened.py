"""A file as transforms see it: one source, and the way back from its changes to bytes."""

import codecs
from collections.abc import Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Source
from hushflake.lint_plugin.analysis.source import try_decode

from .errors import CodemodError
from .patch import Splice


class NotWrittenError(CodemodError):
    """The changes to a source cannot be written into its file as they must."""


class Place(NamedTuple):
    """Where something stands, for a person. Line and column count in the cell, if there is one."""

    line: int
    column: int
    cell: int = 0


class Opened:
    """A file of Python alone.

    Attributes:
        source: The source.
        names: Names that are used where the source does not show it: no import of them goes.
        changes: Offsets at which the environment may change besides what the source shows.
        message: What a reader should know of the file, such as which part does not parse.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names: frozenset[str] = frozenset()
        self.changes: Sequence[int] = ()
        self.message = ""

    def place(self, offset: int) -> Place:
        """Return where an offset of the source stands."""
        return Place(*self.source.position(offset))

    def place_in_file(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset of the source in the file itself."""
        return self.source.position(offset)

    def written(self, data: bytes, stages: Sequence[Sequence[Splice]], new: bytes) -> bytes:
        """Return the bytes of the changed file.

        Args:
            data: Its old bytes.
            stages: The changes to the source, of one transform after the other.
            new: The source with all of them.

        Raises:
            NotWrittenError: It cannot be done byte for byte.
        """
        del stages
        try:
            return encode(data, self.source, new)
        except (UnicodeError, ValueError):
            raise NotWrittenError(
                f"cannot be written back as {self.source.encoding} byte for byte; the file is left"
            ) from None


def encode(data: bytes, old: Source, new: bytes) -> bytes:
    """Return a changed source in the encoding and with the mark of its file.

    Args:
        data: The bytes of the old file.
        old: Its source.
        new: The new source in UTF-8.

    Raises:
        UnicodeError: Something cannot be written in that encoding.
        ValueError: Bytes outside the changes would differ, or the new file read otherwise.
    """
    if old.encoding == "utf-8":
        written = old.bom + new
    elif codecs.encode(old.utf8.decode("utf-8"), old.encoding) != data:
        raise ValueError("the encoding does not give the same bytes back")
    else:
        written = codecs.encode(new.decode("utf-8"), old.encoding)
    # A comment that is on one of the first two lines only now may have become a cookie.
    if try_decode(written) != (new, old.encoding, old.bom):
        raise ValueError("the new file would be read in another encoding")
    return written
