"""Tokens of callers: made here, known to the server by their hash alone."""

import contextlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from .callers import Caller, entries_of, parse_callers
from .errors import ServeError


@dataclass(frozen=True)
class NewCaller:
    """A caller and its token; nobody but it may ever see the token again."""

    caller: Caller
    token: str

    @property
    def entry(self) -> dict[str, Any]:
        """The caller as it stands in the callers file."""
        return self.caller.to_plain()


def new_caller(name: str, role: str | None) -> NewCaller:
    """Make a caller with a token of 256 random bits."""
    token = secrets.token_urlsafe(32)
    return NewCaller(Caller(name, sha256(token.encode()).hexdigest(), role), token)


def write_token(path: Path, token: str) -> None:
    """Write a token into a new file that its owner alone may read.

    Raises:
        ServeError: The file is there already, or cannot be made.
    """
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ServeError(f"{path} is there already; name another file") from None
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}") from None
    with os.fdopen(made, "w", encoding="utf-8") as file:
        file.write(token + "\n")


def add_caller(path: Path, caller: Caller, project: Path | None) -> None:
    """Add a caller to the file of callers, as a whole or not at all; a missing file is made.

    Args:
        path: The file of callers.
        caller: Whom to add.
        project: The folder of the schema project; a file in it must be its owner's alone.

    Raises:
        ServeError: Not such a file, a link, somebody else's, open to others, or the name is taken.
    """
    items: list[dict[str, Any]] = []
    mode = 0o600
    if os.path.lexists(path):
        mode = _require_own(path, project)
        items = entries_of(path)
    everyone = [*items, caller.to_plain()]
    parse_callers(path, {"callers": everyone})  # refuses what the server would refuse
    text = json.dumps({"callers": everyone}, indent=2, ensure_ascii=False) + "\n"
    try:
        _replace(path, text, mode)
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}") from None


def _require_own(path: Path, project: Path | None) -> int:
    """Return the mode of an existing file that may be rewritten."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise ServeError(f"{path} is not a regular file; name the file itself")
    mode = stat.S_IMODE(found.st_mode)
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise ServeError(f"{path} belongs to another user; name a file of your own")
    is_inside = project is not None and path.resolve().is_relative_to(project.resolve())
    if mode & (0o077 if is_inside else 0o022):
        raise ServeError(f"{path} is open to other users: chmod 600 {path}")
    return mode


def _replace(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(made, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
