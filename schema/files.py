"""How a file of a project is read: inside the project, a file indeed, and not without end.

A project may come from anywhere. A link in it may lead to a secret of this machine, to a device
that never ends or to a pipe that nobody writes to; none of them is read.
"""

import os
import stat
from pathlib import Path
from typing import Final

from .errors import Position, SchemaError

MAX_BYTES: Final = 64 * 1024 * 1024
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def read_text(
    path: Path, name: str | None = None, root: Path | None = None, limit: int = MAX_BYTES
) -> str:
    """The text of a regular file.

    Args:
        path: The file.
        name: How an error names it; the path when None.
        root: The folder that it must lie in, links followed; None: a person named the file.
        limit: At most so many bytes.

    Raises:
        SchemaError: It lies elsewhere, is no regular file, is too large, cannot be read, or is not
            UTF-8.
    """
    shown = name or path.as_posix()
    at = Position(shown, 1, 1)
    if root is not None and not is_inside(path, root):
        raise SchemaError(
            "this is a link out of the project", "put the file itself into the project", at
        )
    try:
        content = _read(path, limit)
    except OSError as error:
        message = f"it cannot be read: {error.strerror}"
        raise SchemaError(message, "look at its rights", at) from None
    if content is None:
        raise SchemaError("this is not a regular file", "put a file of text in its place", at)
    if len(content) > limit:
        raise SchemaError(f"it is larger than {_size(limit)}", "split it", at)
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SchemaError(f"not UTF-8 text: {error.reason}", "save it as UTF-8", at) from None


def is_inside(path: Path, root: Path) -> bool:
    """Whether a path, every link in it followed, lies in a folder."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a circle of links
        return False


def _read(path: Path, limit: int) -> bytes | None:
    """At most `limit` bytes and one more; None when it is no regular file."""
    if not stat.S_ISREG(path.stat().st_mode):
        return None  # not even opened: some devices do something by that
    descriptor = os.open(path, _FLAGS)
    with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read(limit + 1)


def _size(limit: int) -> str:
    return f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} KB"
