"""What a kind of declaration is asked."""

import re
from typing import Literal, Protocol

from ..requirement import Requirement

# strong: lists what the application needs; weak: could, and counts where nothing else does;
# none: is no list of dependencies.
Strength = Literal["strong", "weak", "none"]

_DECLARED = re.compile(
    r"(?<![\w./-])hushflake(?=\s*(?:$|[\[<>=!~;@#'\",\s]))"
    r"|/hushflake(?:\.git)?(?=[@#'\"\s]|$)|(?<![\w-])hushflake-\d|#egg=hushflake\b",
    re.MULTILINE | re.IGNORECASE,
)


class NotPlainError(Exception):
    """The file is not written as this kind is edited. `str()` says what to add by hand."""


class Kind(Protocol):
    """A module of this folder. Texts keep their line ends: LF or CRLF."""

    # What the kind is called.
    KIND: str
    # Paths below the folder of a project, as `fnmatch` patterns. Of those in a folder below it
    # the first that is there counts, and only beside no other.
    PATTERNS: tuple[str, ...]

    def strength(self, text: str, /) -> Strength:
        """Say whether a file is a list of what the application needs."""
        ...

    def declares(self, text: str) -> bool:
        """Say whether hushflake is in the list."""
        ...

    def edited(self, text: str, requirement: Requirement, /) -> str:
        """Return the text with the requirement added, and everything else as it was.

        Raises:
            NotPlainError: It must be added by hand.
        """
        ...


def names_it(text: str) -> bool:
    """Say whether a text names hushflake as a requirement."""
    return _DECLARED.search(text) is not None


def line_end(text: str) -> str:
    """Return the line end of a text."""
    return "\r\n" if "\r\n" in text else "\n"
