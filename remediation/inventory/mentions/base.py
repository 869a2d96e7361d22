"""What a reader of a kind of file yields."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, Protocol

# set: gives the key a value; taken: takes it from around it; secret: from a store of secrets.
How = Literal["set", "taken", "secret"]


class Mention(NamedTuple):
    """A key named in a file that is not Python."""

    key: str
    line: int
    how: How


class UnreadableError(Exception):
    """The file is not of the format that its name promises: a template, or broken."""


class Reader(Protocol):
    """A module of this folder."""

    # What the kind of file is called.
    KIND: str

    def reads(self, path: str) -> bool:
        """Say by its relative path whether a file is of this kind."""
        ...

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield what a file names.

        Raises:
            UnreadableError: It cannot be parsed.
        """
        ...
