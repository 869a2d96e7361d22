"""Where copies lie: `$XDG_STATE_HOME/hushflake/last-known`, in files for their owner alone."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .. import regular

MAX_BYTES = 1 << 25
SUFFIX = ".copy"
_LOCK = ".lock"


def folder() -> Path:
    """The folder, of this user alone; it may be missing."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111
    return Path(state, "hushflake", "last-known")


def make() -> Path:
    """Make the folder.

    Raises:
        OSError: It cannot be made, or belongs to somebody else.
    """
    path = folder()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, "is no folder", str(path))
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise PermissionError(1, "belongs to somebody else", str(path))
    if found.st_mode & 0o077:
        path.chmod(0o700)
    return path


def read(path: Path) -> bytes | None:
    """The bytes of a copy; None where there is none.

    Raises:
        OSError: It cannot be read, or anybody else could have written it.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o022:
        raise PermissionError(1, "others could have written it", str(path))
    data, wrong = regular.read(path, MAX_BYTES)
    if wrong:
        raise OSError(5, wrong, str(path))
    return data


def write(path: Path, data: bytes) -> None:
    """Put a copy into its place, in one step.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def locked() -> Iterator[Path]:
    """Hold the folder against other processes of this user, which keep copies of the same places.

    Raises:
        OSError: See `make`.
    """
    path = make()
    descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            import fcntl
        except ImportError:  # there is no such lock; the last one to write wins
            yield path
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        os.close(descriptor)


def copies() -> list[Path]:
    """All copies."""
    path = folder()
    if not path.is_dir():
        return []
    return sorted(each for each in path.iterdir() if each.name.endswith(SUFFIX))
