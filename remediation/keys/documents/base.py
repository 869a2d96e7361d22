"""What a document is, and the mark by which ours are known.

The mark holds a digest of the document as it was written. With another digest it was edited since.
"""

import hashlib
import re
from typing import NamedTuple, Protocol

from ..table import Table

MARK = re.compile(r"hushflake config codegen, format 1, ([0-9a-f]{16})")
_BLANK = "hushflake config codegen, format 1, " + "0" * 16


class Style(NamedTuple):
    """How the repository formats its sources. `width`: of the longest line."""

    width: int = 88


class Document(Protocol):
    """A module of this folder."""

    # The name of the document on the command line and in `[tool.hushflake.generated]`.
    NAME: str

    def render(self, table: Table, style: Style) -> str:
        """Return the document, with `BLANK` where its mark belongs."""
        ...

    def normal(self, text: str) -> object:
        """Return what a document says, without what a formatter may change."""
        ...

    def part(self, text: str) -> tuple[int, int]:
        """Return where the document begins and ends in the text of its file.

        Raises:
            ValueError: The file has no place for it; the message says how to make one.
        """
        ...


def blank() -> str:
    """The mark of a document that is being made."""
    return _BLANK


def whole(text: str) -> tuple[int, int]:
    """Return the place of a document that is a file of its own.

    Raises:
        ValueError: It is not ours.
    """
    if not MARK.search(text[:2000]):
        raise ValueError("was not written by `hushflake config codegen`")
    return 0, len(text)


def marked(document: Document, text: str) -> str:
    """Return a new document with its mark."""
    return MARK.sub(f"{_BLANK[:-16]}{digest(document, text)}", text, count=1)


def digest(document: Document, text: str) -> str:
    """Return the digest of a document, whatever its mark says."""
    normal = repr(document.normal(MARK.sub(_BLANK, text)))
    return hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def is_edited(document: Document, text: str) -> bool:
    """Say whether a document of ours was changed since it was written."""
    found = MARK.search(text)
    return found is not None and found[1] != digest(document, text)
