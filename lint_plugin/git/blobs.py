"""Contents of objects of git, through one `git cat-file --batch` for all of them.

Replacements (`git replace`) and grafts are not followed: what is looked at is what is stored, not
what the repository would have us see in its place. A missing object is never fetched.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..errors import LintFailureError
from ..reading import LARGEST_SOURCE
from .calls import talk

if TYPE_CHECKING:
    from .talk import Conversation

# Variables of every call that looks at objects; git(1).
AS_STORED: Mapping[str, str] = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull}
MISSING, TOO_LARGE = "missing", "too-large"
# Ids that are asked for at once: they fit into a pipe.
_AT_ONCE = 40
_DAMAGED = (
    "{}: git cat-file answered something else than an object; `git fsck` says what is wrong with "
    "the repository"
)


class Blob(NamedTuple):
    """An object: its bytes, or why there are none (`MISSING`, `TOO_LARGE`)."""

    data: bytes
    problem: str = ""


class Blobs:
    """The objects of one repository. To be closed, or used in a `with` statement."""

    def __init__(self, folder: str, limit: int = LARGEST_SOURCE) -> None:
        """Prepare to read.

        Args:
            folder: That of the work tree.
            limit: The largest object that is read, in bytes.
        """
        self._folder = folder
        self._limit = limit
        self._git: Conversation | None = None
        # The objects that are here, once it is known that some are not.
        self._present: set[bytes] | None = None

    def __enter__(self) -> "Blobs":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End git."""
        if self._git is not None:
            self._git.end()
            self._git = None

    def read(self, ids: Sequence[str]) -> Iterator[Blob]:
        """Yield the object of each id, in their order.

        Raises:
            LintFailureError: Git is not there, stood still, or does not know the repository.
        """
        at = 0
        while at < len(ids):
            if self._present is not None and bytes.fromhex(ids[at]) not in self._present:
                at += 1
                yield Blob(b"", MISSING)
                continue
            asked = list(self._here(ids[at : at + _AT_ONCE]))
            git = self._asked("".join(f"{each}\n" for each in asked).encode())
            for _ in asked:
                blob = self._next(git)
                if blob is None:
                    # Git ended: it wanted to fetch a missing object. So ask which ones are here.
                    self.close()
                    self._present = self._all()
                    break
                at += 1
                yield blob
                if blob.problem == TOO_LARGE:
                    # Rather than read it to its end: ask a new process for what follows.
                    self.close()
                    break

    def _here(self, ids: Sequence[str]) -> Iterator[str]:
        """Yield the ids up to the first one that is known to be missing."""
        for each in ids:
            if self._present is not None and bytes.fromhex(each) not in self._present:
                return
            yield each

    def _all(self) -> set[bytes]:
        """Return the ids of all objects of a partial clone; the listing fetches none.

        Raises:
            LintFailureError: They were asked for before, or git failed.
        """
        if self._present is not None:
            raise LintFailureError(_DAMAGED.format(self._folder))
        listing = ("cat-file", "--batch-check=%(objectname)", "--batch-all-objects", "--unordered")
        git = talk(self._folder, *listing, variables=AS_STORED)
        try:
            found = {bytes.fromhex(line.decode("ascii")) for line in git.parts(b"\n") if line}
        finally:
            git.end()
        return found

    def _asked(self, question: bytes) -> "Conversation":
        if self._git is None:
            try:
                self._git = talk(self._folder, "cat-file", "--batch", variables=AS_STORED)
            except OSError as error:
                raise LintFailureError(f"git cannot be started: {error.strerror}") from None
        self._git.say(question)
        return self._git

    def _next(self, git: "Conversation") -> Blob | None:
        """Return what git answers; None where it ended."""
        line = git.until(b"\n")
        if not line:
            return None
        head = line.split(b" ")
        if head[-1] in (b"missing", b"ambiguous"):
            return Blob(b"", MISSING)
        if len(head) != 3 or not head[2].isdigit():
            raise LintFailureError(_DAMAGED.format(self._folder))
        size = int(head[2])
        if size > self._limit or head[1] != b"blob":
            return Blob(b"", TOO_LARGE)
        data = git.exactly(size)
        git.exactly(1)
        return Blob(data)
