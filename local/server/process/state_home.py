"""The user's state directory: what a checkout cannot carry.

https://specifications.freedesktop.org/basedir-spec/latest/ (XDG_STATE_HOME)
"""

import os
import stat
from pathlib import Path

from ...language.errors import LocalStackError


def state_home() -> Path:
    """Return hushflake's folder of state, made for its user alone when missing.

    Raises:
        LocalStackError: It cannot be made, or others could have written in it.
    """
    given = os.environ.get("XDG_STATE_HOME", "")
    # The specification: a relative path is to be ignored.
    base = Path(given) if os.path.isabs(given) else Path.home() / ".local" / "state"  # noqa: PTH117
    return own_folder(base / "hushflake")


def own_folder(path: Path) -> Path:
    """Make a private folder with its parents, and return it.

    Raises:
        LocalStackError: It cannot be made, or is not this user's alone to write.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LocalStackError(
            f"{path}: cannot make the folder for the state of local stacks: {error.strerror}; "
            "XDG_STATE_HOME names another place for it"
        ) from None
    problem = what_is_wrong(path, folder=True)
    if problem is not None:
        raise LocalStackError(f"{path}: {problem}")
    return path


def what_is_wrong(path: Path, *, folder: bool) -> str | None:
    """Return why a file or folder is not the user's own, None when it is, or is not there.

    Args:
        path: Looked at itself: a link is not followed.
        folder: Whether it must be a folder, or else a regular file.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"cannot be examined: {error.strerror}"
    if stat.S_ISLNK(found.st_mode):
        return "is a symbolic link; remove it"
    if folder and not stat.S_ISDIR(found.st_mode):
        return "is not a folder; remove it"
    if not folder and not stat.S_ISREG(found.st_mode):
        return "is not a regular file; remove it"
    if found.st_uid != os.geteuid():
        return f"belongs to another user (uid {found.st_uid})"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"can be written by other users; run `chmod go-w {path}`"
    return None
