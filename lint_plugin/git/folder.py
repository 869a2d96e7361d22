"""The folder in which git keeps a repository, looked at before git is called.

Git reads its own files without asking what they are: a pipe keeps it waiting, and a link to a
device fills its memory.
"""

import os
import stat
from collections.abc import Iterator

from ..reading import LARGEST_TEXT, read

# What nearly every call reads; gitrepository-layout(5).
_FILES = (
    *("HEAD", "config", "config.worktree", "index", "commondir", "packed-refs", "shallow"),
    *(os.path.join("info", "exclude"), os.path.join("info", "attributes")),
    *(os.path.join("info", "sparse-checkout"), os.path.join("objects", "info", "alternates")),
)
# What no call of ours writes, and what people link.
_ONLY_READ = frozenset({"annex", "description", "hooks", "info", "lfs", "modules", "worktrees"})
_TREES = ("refs", "logs", "reftable")


def holder(folder: str) -> str:
    """Return the nearest folder upward with a `.git` of its own, or nothing."""
    folder = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def irregular(folder: str) -> str:
    """Return a path of git's own that is not a regular file where git reads one, or nothing.

    Args:
        folder: It holds the `.git`, a folder or a file that names one.
    """
    try:
        place = place_of(folder)
    except OSError:
        return os.path.join(folder, ".git")
    paths = (os.path.join(place, name) for name in _FILES)
    return next((path for path in paths if not _is_regular_or_absent(path)), "")


def leads_out(folder: str, work_tree: str = "") -> str:
    """Return a path of git's own by which it would write into another place, or nothing.

    Git follows links where it writes its index, references, logs and messages, and writes into
    the repository that `.git` or `commondir` names. A linked work tree and a submodule lie
    elsewhere, in a folder that names them in turn.

    Args:
        folder: It holds the `.git`.
        work_tree: The setting `core.worktree`.

    Raises:
        OSError: Something in it cannot be read.
    """
    folder = os.path.realpath(folder)
    place = os.path.realpath(place_of(folder))
    common = _named_by(place, "commondir") or place
    if not _lies_in(place, folder):
        entry = _named_by(place, "gitdir", follow=False)
        names_us = os.path.realpath(os.path.dirname(entry)) == folder if entry else False
        if work_tree and not names_us:
            names_us = os.path.realpath(os.path.join(place, work_tree)) == folder
        if not names_us:
            return os.path.join(folder, ".git")
    if common != place and common != os.path.dirname(os.path.dirname(place)):
        return os.path.join(place, "commondir")
    homes = (folder, place, common)
    for path in _written(place) if common == place else (*_written(place), *_written(common)):
        if os.path.islink(path) and not any(_lies_in(os.path.realpath(path), h) for h in homes):
            return path
    return ""


def place_of(folder: str) -> str:
    """Return the folder in which git keeps the repository of a work tree.

    Args:
        folder: It holds the `.git`, a folder or a file that names one.

    Raises:
        OSError: That file cannot be read.
    """
    place = os.path.join(folder, ".git")
    if os.path.isdir(place):
        return place
    line = read(place, LARGEST_TEXT).partition(b"\n")[0]
    return os.path.join(folder, os.fsdecode(line.removeprefix(b"gitdir:").strip()))


def _named_by(place: str, name: str, *, follow: bool = True) -> str:
    """Return the path that a file of one line names, or nothing where there is no such file."""
    path = os.path.join(place, name)
    if not os.path.lexists(path):
        return ""
    line = os.fsdecode(read(path, LARGEST_TEXT).partition(b"\n")[0].strip())
    named = os.path.join(place, line)
    return os.path.realpath(named) if follow else named


def _written(place: str) -> Iterator[str]:
    """Yield what git may write, or write into, when a commit is made."""
    with os.scandir(place) as entries:
        yield from (entry.path for entry in entries if entry.name not in _ONLY_READ)
    for name in _TREES:
        for top, folders, files in os.walk(os.path.join(place, name)):
            yield from (os.path.join(top, inner) for inner in (*folders, *files))
    objects = os.path.join(place, "objects")
    if os.path.isdir(objects):
        with os.scandir(objects) as entries:
            yield from (entry.path for entry in entries)


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_regular_or_absent(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True
