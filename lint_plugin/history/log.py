"""The commits of a repository and what each changes, as `git log --raw` lists them.

Each commit is compared with its first parent, merges too: whoever knows what the first parent
holds then knows what each commit holds. Numbers stand for commits, paths and versions: a history
has hundreds of thousands of them.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..errors import LintError, LintFailureError
from ..git.blobs import AS_STORED
from ..git.calls import run, talk

_COMMAND = (
    *("log", "--reverse", "--date-order", "--root", "--raw", "-z", "--no-abbrev", "--no-renames"),
    *("--diff-merges=first-parent", "--no-ext-diff", "--no-textconv", "--no-relative"),
    *("--ignore-submodules=all", "--no-show-signature", "--no-notes", "-O" + os.devnull),
    "--format=%x01%H%x00%P%x00%at",
)
_REGULAR = "100"
NONE, OUTSIDE = -1, -2


class Version(NamedTuple):
    """A version of a file: an object, looked at under a path."""

    number: int
    path: str
    id: str


class Log:
    """Commits, in an order in which parents come first, and their changes.

    Attributes:
        ids: The ids of the commits, as bytes.
        dates: When each was authored, in seconds since 1970.
        parents: The number of the first parent: `NONE`, or `OUTSIDE` of what was asked for.
        starts: Where the changes of each begin in the next three, and where the last ones end.
        changed: The number of the path.
        old: The number of its version in the first parent, -1 if there is none.
        new: Its version in the commit, -1 if there is none.
        paths: The paths, by number.
    """

    def __init__(self, role: Callable[[str], str | None]) -> None:
        """Begin.

        Args:
            role: Says what a path means for the rules, and None if it is not looked at.
        """
        self.ids: list[bytes] = []
        self.dates = array("q")
        self.parents = array("i")
        self.starts = array("l", [0])
        self.changed, self.old, self.new = array("i"), array("i"), array("i")
        self.paths: list[str] = []
        self._role = role
        self._numbers: dict[bytes, int] = {}
        # Path -> its number and that of its role, or None.
        self._known: dict[str, tuple[int, int] | None] = {}
        self._roles: dict[str, int] = {}
        # (id, role) -> number of a version.
        self._versions: dict[tuple[bytes, int], int] = {}

    @property
    def versions(self) -> int:
        """How many versions there are."""
        return len(self._versions)

    def number_of(self, commit: str) -> int:
        """Return the number of a commit, or `OUTSIDE`."""
        return self._numbers.get(_packed(commit), OUTSIDE)

    def version_of(self, name: str, path: int) -> int:
        """Return the number of a version of a path, -1 if it was not met."""
        known = self._known[self.paths[path]]
        return self._versions.get((_packed(name), known[1]), -1) if known else -1

    def read(self, top: str, revisions: Sequence[str]) -> Iterator[Version]:
        """Read the log; yield each version of a file when it comes up first.

        Raises:
            LintFailureError: Git failed.
        """
        try:
            git = talk(top, *_COMMAND, *revisions, "--", variables=AS_STORED)
        except OSError as error:
            raise LintFailureError(f"git cannot be started: {error.strerror}") from None
        try:
            yield from self._parsed(git.parts(b"\0"))
            code = git.finish().code
        except BaseException:
            git.end()
            raise
        if code:
            raise LintFailureError(
                f"{top}: git log ended early: an object is missing or damaged, and nothing was "
                "fetched; `git fsck` says which, and `git fetch --refetch` completes a partial "
                "clone (git 2.31 or newer is needed)"
            )

    def _parsed(self, fields: Iterator[bytes]) -> Iterator[Version]:
        is_first = True
        for field in fields:
            told = field.lstrip(b"\n")
            if told.startswith(b"\x01"):
                if not is_first:
                    self.starts.append(len(self.changed))
                is_first = False
                self._begin(told[1:], next(fields, b""), next(fields, b""))
            elif told.startswith(b":"):
                yield from self._change(told[1:], os.fsdecode(next(fields, b"")))
            elif told:
                raise LintFailureError("git log answered something else than commits")
        if not is_first:
            self.starts.append(len(self.changed))

    def _begin(self, commit: bytes, parents: bytes, date: bytes) -> None:
        packed = bytes.fromhex(commit.decode("ascii"))
        first = parents.split(b" ")[0].decode("ascii")
        parent = NONE if not first else self._numbers.get(bytes.fromhex(first), OUTSIDE)
        self._numbers[packed] = len(self.ids)
        self.ids.append(packed)
        self.parents.append(parent)
        seconds = int(date) if date.lstrip(b"-").isdigit() and len(date) < 19 else 0
        self.dates.append(seconds)

    def _change(self, told: bytes, path: str) -> Iterator[Version]:
        if path not in self._known:
            self._known[path] = self._looked_at(path)
        known = self._known[path]
        if known is None:
            return
        number, role = known
        before, after, old, new = told.decode("ascii").split(" ")[:4]
        fresh: list[Version] = []
        # What lies before the commits that were asked for is looked at too: it is no news.
        old_number = self._version(before, old, role, path, fresh)
        new_number = self._version(after, new, role, path, fresh)
        self.changed.append(number)
        self.old.append(old_number)
        self.new.append(new_number)
        yield from fresh

    def _version(self, mode: str, name: str, role: int, path: str, fresh: list[Version]) -> int:
        """Return the number of a version, -1 for what is no file."""
        if not mode.startswith(_REGULAR):
            return -1
        key = (bytes.fromhex(name), role)
        number = self._versions.get(key, -1)
        if number < 0:
            number = self._versions[key] = len(self._versions)
            fresh.append(Version(number, path, name))
        return number

    def _looked_at(self, path: str) -> tuple[int, int] | None:
        role = self._role(path)
        if role is None:
            return None
        self.paths.append(path)
        return len(self.paths) - 1, self._roles.setdefault(role, len(self._roles))


def revisions(top: str, named: str) -> list[str]:
    """Return the revisions to ask git for: those that are named, or all that references reach.

    Args:
        top: The top of the repository.
        named: A revision or a range (gitrevisions(7)), or several between spaces.

    Raises:
        LintError: There is no such revision.
    """
    if not named:
        return ["--all"]
    words = named.split()
    asked = ["--end-of-options", *words]
    done = run(top, "rev-list", "--max-count=1", *asked, "--")
    if done.code or not words or any(word.startswith("-") for word in words):
        raise LintError(
            f"{named}: is not a revision or range of this repository; write main..HEAD, for "
            "example, and paths behind --"
        )
    return asked


def _packed(commit: str) -> bytes:
    return bytes.fromhex(commit)
