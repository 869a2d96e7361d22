"""Reading files of a repository: regular ones alone, and never more than a bound.

A pipe in the place of a file would be waited for without end, a device read without end, and
opening some devices does something by itself.
"""

import errno
import os
import stat
from typing import NamedTuple

# The longest Python files in use are generated tables of a few megabytes.
LARGEST_SOURCE = 16 << 20
# Settings, ignore files and what else is written by hand.
LARGEST_TEXT = 1 << 20
# What this program writes itself: baselines, caches, inventories.
LARGEST_DATA = 256 << 20
# A pipe that takes the place of the file meanwhile is opened without waiting.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_CHUNK = 1 << 24


class IrregularError(OSError):
    """A pipe, a device, a socket or a folder in the place of a file."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.EINVAL, "is not a regular file", path)


class TooLargeError(OSError):
    """A file that is larger than may be read."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__(errno.EFBIG, f"is larger than {limit >> 20} MB", path)


class Content(NamedTuple):
    """The bytes of a file, and its status at the time when they were read."""

    data: bytes
    found: os.stat_result


def read(path: str, limit: int = LARGEST_SOURCE, *, follow: bool = True) -> bytes:
    """Return the bytes of a regular file. See `read_with_status`."""
    return read_with_status(path, limit, follow=follow).data


def read_with_status(path: str, limit: int = LARGEST_SOURCE, *, follow: bool = True) -> Content:
    """Return the bytes of a regular file, and its status.

    Args:
        path: The file.
        limit: The most that is read, in bytes.
        follow: Whether `path` may be a link to the file.

    Raises:
        IrregularError: It is something else than a file.
        TooLargeError: It is larger than `limit`.
        OSError: It cannot be read.
    """
    _require_regular(path, os.stat(path, follow_symlinks=follow))
    handle = os.open(path, _FLAGS if follow else _FLAGS | os.O_NOFOLLOW)
    try:
        # Asked before reading: a later change then shows.
        found = os.fstat(handle)
        _require_regular(path, found)
        if found.st_size > limit:
            raise TooLargeError(path, limit)
        data = os.read(handle, min(found.st_size, limit) + 1)
        chunk = data
        # Files of the system say no size; others may grow.
        while chunk and len(data) <= limit:
            chunk = os.read(handle, min(limit + 1 - len(data), _CHUNK))
            data += chunk
        if len(data) > limit:
            raise TooLargeError(path, limit)
        return Content(data, found)
    finally:
        os.close(handle)


def first_bytes(path: str, size: int) -> bytes:
    """Return at most `size` bytes from the start of a regular file.

    Raises:
        IrregularError: It is something else than a file.
        OSError: It cannot be read.
    """
    handle = os.open(path, _FLAGS)
    try:
        _require_regular(path, os.fstat(handle))
        return os.read(handle, size)
    finally:
        os.close(handle)


def _require_regular(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise IrregularError(path)


def is_inside(path: str, root: str) -> bool:
    """Say whether a path lies in a folder, with all links on the way followed."""
    real, folder = os.path.realpath(path), os.path.realpath(root)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)


def is_virtual_environment(folder: str) -> bool:
    """Say whether a folder is a virtual environment, and not source beside a `pyvenv.cfg`.

    A real one names the Python that made it and holds one (PEP 405).
    """
    programs = (os.path.join("bin", "python"), os.path.join("Scripts", "python.exe"))
    try:
        settings = read(os.path.join(folder, "pyvenv.cfg"), LARGEST_TEXT)
    except OSError:
        return False
    names_home = any(
        line.partition(b"=")[0].strip().lower() == b"home" and b"=" in line
        for line in settings.splitlines()
    )
    return names_home and any(os.path.lexists(os.path.join(folder, name)) for name in programs)
