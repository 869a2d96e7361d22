"""Read and replace files: whole, at once, with their mode, through links."""

import os
import stat
import tempfile

from .errors import CodemodFailureError


def read(path: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        CodemodFailureError: It cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise CodemodFailureError(f"{path}: cannot be read: {error.strerror}") from None


def replace(path: str, data: bytes, expected: bytes) -> None:
    """Put `data` in the place of a file, so that any moment sees the old file or the new one.

    Args:
        path: The file itself, not a link to it.
        data: Its new bytes.
        expected: The bytes it must still have: who wrote it meanwhile keeps what they wrote.

    Raises:
        CodemodFailureError: It was changed meanwhile, is read-only, or cannot be written.
    """
    try:
        status = os.stat(path)
        # A rename would replace a read-only file just as well; its owner said otherwise.
        if not status.st_mode & stat.S_IWUSR:
            raise CodemodFailureError(f"{path}: is read-only")
        if read(path) != expected:
            raise CodemodFailureError(f"{path}: was changed while it was being rewritten")
        _replace(path, data, status)
    except OSError as error:
        raise CodemodFailureError(f"{path}: cannot be written: {error.strerror}") from None


def _replace(path: str, data: bytes, status: os.stat_result) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".hushflake-", dir=os.path.dirname(path) or ".")
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
                os.fchown(stream.fileno(), status.st_uid, status.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(status.st_mode))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def sync() -> None:
    """Ask the system to put what a run has written onto the disk, once for all files."""
    os.sync()
