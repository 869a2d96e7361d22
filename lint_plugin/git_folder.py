"""The folder in which git keeps a repository, looked at before git is called.

Git reads its own files without asking what they are: a pipe keeps it waiting, and a link to a
device fills its memory.
"""

import os
import stat

from .reading import LARGEST_TEXT, read

# What nearly every call reads; gitrepository-layout(5).
_FILES = (
    *("HEAD", "config", "config.worktree", "index", "commondir", "packed-refs", "shallow"),
    *(os.path.join("info", "exclude"), os.path.join("info", "attributes")),
    *(os.path.join("info", "sparse-checkout"), os.path.join("objects", "info", "alternates")),
)


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
    """Return a path of git's own that is no regular file where git reads one, or nothing.

    Args:
        folder: It holds the `.git`, a folder or a file that names one.
    """
    place = os.path.join(folder, ".git")
    try:
        if not os.path.isdir(place):
            line = read(place, LARGEST_TEXT).partition(b"\n")[0]
            place = os.path.join(folder, os.fsdecode(line.removeprefix(b"gitdir:").strip()))
    except OSError:
        return place
    paths = (os.path.join(place, name) for name in _FILES)
    return next((path for path in paths if not _is_regular_or_absent(path)), "")


def _is_regular_or_absent(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True
