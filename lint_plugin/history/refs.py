"""Where what was found is now: HEAD, branches, tags and all other references."""

import os
from collections.abc import Iterable, Mapping

from ..errors import LintFailureError
from ..git.blobs import AS_STORED
from ..git.calls import run, talk
from ..git.folder import place_of
from .log import Log
from .model import Refs
from .timeline import Key

_KINDS = (
    ("refs/heads/", "branches"),
    ("refs/remotes/", "branches"),
    ("refs/tags/", "tags"),
    ("refs/", "others"),
)
# As many names as anybody reads, a credential and a kind of reference.
_MOST = 100
# Of the references that name one commit so many are looked at; the others are counted.
_MOST_OF_A_COMMIT = 4 * _MOST
# Thousands of references times thousands of credentials are looked at as far as this goes.
_MOST_WORK = 20_000_000


def head_of(top: str) -> str:
    """Return the id of the commit at HEAD, or nothing where there is none."""
    done = run(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return "" if done.code else done.output.decode("ascii", "replace").strip()


def tips(top: str, log: Log) -> dict[int, list[str]]:
    """Return the number of a commit -> the references that name it, as far as the log has it.

    Raises:
        LintFailureError: Git failed.
    """
    named = "--format=%(objectname) %(*objectname) %(refname)"
    found: dict[int, list[str]] = {}
    git = talk(top, "for-each-ref", named, variables=AS_STORED)
    try:
        for line in git.parts(b"\n"):
            parts = os.fsdecode(line).split(" ", 2)
            if len(parts) == 3 and not parts[2].startswith("refs/replace/"):
                number = log.number_of(parts[1] or parts[0])
                if number >= 0:
                    found.setdefault(number, []).append(parts[2])
        code = git.finish().code
    except BaseException:
        git.end()
        raise
    if code:
        raise LintFailureError(f"{top}: git for-each-ref failed; `git fsck` says why")
    return found


class Names:
    """The references that hold what was found, and what HEAD holds.

    Attributes:
        at_head: What the commit at HEAD holds, if it was looked at.
        is_whole: Whether all references were looked at.
    """

    def __init__(self, named: Mapping[int, Iterable[str]], head: int) -> None:
        """Begin.

        Args:
            named: Number of a commit -> the references that name it.
            head: The number of the commit at HEAD.
        """
        self.at_head: frozenset[Key] = frozenset()
        self.is_whole = True
        self._named, self._head = named, head
        self._found: dict[Key, dict[str, list[str]]] = {}
        self._more: dict[Key, int] = {}
        self._work = 0

    def visit(self, commit: int, held: Iterable[Key]) -> None:
        """Note what a commit holds."""
        names = list(self._named.get(commit, ()))
        if self._work > _MOST_WORK and commit != self._head:
            self.is_whole = False
            return
        keys = frozenset(held)
        self._work += len(keys) * (len(names) + 1)
        if commit == self._head:
            self.at_head = keys
        for key in keys:
            for name in names[:_MOST_OF_A_COMMIT]:
                self._add(key, name)
            more = len(names) - _MOST_OF_A_COMMIT
            if more > 0:
                self._more[key] = self._more.get(key, 0) + more

    def _add(self, key: Key, name: str) -> None:
        beginning, kind = next(each for each in _KINDS if name.startswith(each[0]))
        listed = self._found.setdefault(key, {}).setdefault(kind, [])
        if len(listed) < _MOST:
            listed.append(name.removeprefix(beginning if kind != "others" else "refs/"))
        else:
            self._more[key] = self._more.get(key, 0) + 1

    def of(self, key: Key) -> Refs:
        """Return the references that hold a credential."""
        found = {kind: tuple(sorted(names)) for kind, names in self._found.get(key, {}).items()}
        return Refs(**found, more=self._more.get(key, 0))


def files_at(top: str, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Return the ids of those paths that a commit holds as files.

    Raises:
        LintFailureError: Git failed.
    """
    wanted, found = set(paths), dict[str, str]()
    git = talk(top, "ls-tree", "-r", "-z", "--full-tree", commit, variables=AS_STORED)
    try:
        for entry in git.parts(b"\0"):
            told, _, path = entry.partition(b"\t")
            fields = told.decode("ascii", "replace").split(" ")
            name = os.fsdecode(path)
            if name in wanted and fields[0].startswith("100"):
                found[name] = fields[2]
        git.finish()
    except BaseException:
        git.end()
        raise
    return found


def notes(top: str) -> list[str]:
    """Return what a reader should know of a repository: what of its history is not here."""
    found = []
    try:
        place = place_of(top)
        common = os.path.join(place, "..", "..") if _is_linked(place) else place
        if os.path.exists(os.path.join(common, "shallow")):
            found.append(
                "this is a shallow clone: what came before is not here, and first commits may be "
                "older; `git fetch --unshallow` completes it"
            )
        if os.path.exists(os.path.join(common, "objects", "info", "alternates")):
            found.append("this clone borrows objects from another folder (objects/info/alternates)")
    except OSError:
        pass
    return found


def _is_linked(place: str) -> bool:
    return os.path.exists(os.path.join(place, "commondir"))
