"""What can go wrong in this part.

RemediationError              one base; `exit_code` 2, the user's mistake
├── GitStateError             the repository is in a state that needs the user first
├── AmbiguityError            a .env file, or two, say something that can be read in two ways
├── ConflictError             a key exists in the target, or a file on disk, with another value
├── WorseError                a try or the tests found what was right before; `exit_code` 1
└── RemediationFailureError   `exit_code` 3: a file, git or a source failed underway
    └── GitError              git itself failed

None of them ever carries a value.
"""

from collections.abc import Sequence


class RemediationError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 2


class GitStateError(RemediationError):
    """The repository must be put into another state first: dirty, detached, not a repository."""


class _ListedError(RemediationError):
    """A mistake that has several places: one line each below the headline."""

    def __init__(self, headline: str, places: Sequence[str]) -> None:
        super().__init__("\n  ".join([headline, *places]))
        self.places = tuple(places)


class AmbiguityError(_ListedError):
    """What a file says depends on who reads it: the user must decide."""


class ConflictError(_ListedError):
    """Something of the same name is already there, and differs."""


class WorseError(_ListedError):
    """Something that worked before the rewrite does not work after it: one line each."""

    exit_code = 1


class RemediationFailureError(RemediationError):
    """Something outside failed: a file could not be read or written, a source did not answer."""

    exit_code = 3


class GitError(RemediationFailureError):
    """A git command failed. The message is git's own first line."""
