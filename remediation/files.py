"""Reading and writing files without losing any: bounded reads, atomic and exclusive writes."""

import contextlib
import glob
import os
import re
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from hushflake.lint_plugin import reading

from .errors import RemediationError, RemediationFailureError


def require_inside(path: Path, folder: Path) -> None:
    """Refuse to write where a link leads out of a folder of ours.

    Raises:
        RemediationError: It does.
    """
    if not reading.is_inside(str(path), str(folder)):
        raise RemediationError(f"{path}: a link leads out of {folder}; remove it")


def failure(path: Path | str, action: str, error: OSError) -> RemediationFailureError:
    """Return the error a user reads when `path` could not be used."""
    return RemediationFailureError(f"{path}: cannot be {action}: {error.strerror or 'I/O error'}")


def read_regular(path: Path, limit: int) -> bytes | None:
    """Return the content of a regular file, or None when it is larger than `limit` bytes.

    A symbolic link is not followed.

    Raises:
        OSError: It cannot be opened, or is no regular file.
    """
    try:
        return reading.read(str(path), limit, follow=False)
    except reading.TooLargeError:
        return None


# What an interrupted write of ours leaves: half a file, of which the whole is elsewhere.
TEMPORARY = re.compile(r"\.env\..+\.[0-9a-f]{8}\.tmp")


def _temporary(path: Path) -> Path:
    # Begins like a .env file, whose ignore entries take it in: should the machine stop here,
    # nothing of it is offered to git.
    return path.with_name(f".env.{path.name}.{secrets.token_hex(4)}.tmp")


def sweep(path: Path) -> None:
    """Remove what interrupted writes of `path` left beside it."""
    for left in path.parent.glob(f".env.{glob.escape(path.name)}.{'[0-9a-f]' * 8}.tmp"):
        with contextlib.suppress(OSError):
            left.unlink()


def write_atomically(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace `path` by `data`: a reader, or a kill, meets the old file or the new one.

    Args:
        path: The file; it need not exist.
        data: Its new content.
        mode: Its permissions; those it has, or 0644 under the umask, when None.

    Raises:
        RemediationFailureError: The folder or the file cannot be written.
    """
    temporary = _temporary(path)
    try:
        if mode is None:
            mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        _write_new(temporary, data, 0o666 if mode is None else 0o600)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise failure(path, "written", error) from None


def write_exclusively(
    path: Path, data: bytes, mode: int = 0o600, mtime_ns: int | None = None
) -> None:
    """Create `path` with `data` on the disk itself. Whatever is there already stays.

    The permissions are those of `mode` from the first moment, whatever the umask. The name
    appears only when all of the content is there, with its time if one is given.

    Raises:
        FileExistsError: There is something of that name.
        RemediationFailureError: The folder cannot be written.
    """
    temporary = _temporary(path)
    try:
        _write_new(temporary, data, 0o600)
        temporary.chmod(mode)
        if mtime_ns is not None:
            os.utime(temporary, ns=(mtime_ns, mtime_ns))
        # A link, and not a rename: it fails when the name is taken.
        try:
            os.link(temporary, path, follow_symlinks=False)
        except PermissionError:
            _rename_to_free_name(temporary, path)
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise failure(path, "written", error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def create(path: Path) -> BinaryIO:
    """Return a new file, open for writing, that nobody else reads.

    Raises:
        FileExistsError: There is something of that name, a link included.
        OSError: It cannot be made.
    """
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _rename_to_free_name(temporary: Path, path: Path) -> None:
    """For file systems without hard links: a name taken at the very moment would be lost."""
    if path.exists() or path.is_symlink():
        raise FileExistsError
    temporary.rename(path)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk itself."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
