"""Read and replace files: whole, at once, with their mode.

A new file is written beside the old one, put onto the disk, and renamed: at any moment, also
after a power failure, a reader finds the old file or the new one. Files go to the disk in
batches, because waiting for each would cost more than rewriting it.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from hushflake.lint_plugin import reading

from .errors import CodemodFailureError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_BATCH = 64
_WAITING = 8


class Change(NamedTuple):
    """A file to replace.

    Attributes:
        path: The file itself, not a link to it.
        data: Its new bytes.
        expected: The bytes it must still have: who wrote it meanwhile keeps what they wrote.
    """

    path: str
    data: bytes
    expected: bytes


class _Staged(NamedTuple):
    change: Change
    temporary: str


def read(path: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        TooLargeError: It is larger than any source is.
        CodemodFailureError: It cannot be read.
    """
    try:
        return reading.read(path)
    except reading.TooLargeError:
        raise
    except OSError as error:
        raise CodemodFailureError(f"{path}: cannot be read: {error.strerror}") from None


def replace_all(changes: Iterable[Change]) -> dict[str, str]:
    """Replace files, each whole or not at all.

    Returns:
        Path -> why, of those that could not be: changed meanwhile, read-only, no room.
    """
    # Here, because a run that only reports has no need of threads.
    from concurrent.futures import ThreadPoolExecutor

    failed: dict[str, str] = {}
    rest = iter(changes)
    with ThreadPoolExecutor(_WAITING) as pool:
        while batch := list(islice(rest, _BATCH)):
            _replace_batch(batch, pool, failed)
    return failed


def _replace_batch(
    batch: Sequence[Change], pool: "ThreadPoolExecutor", failed: dict[str, str]
) -> None:
    staged: list[_Staged] = []
    try:
        for change in batch:
            try:
                staged.append(_Staged(change, _stage(change)))
            except (OSError, CodemodFailureError) as error:
                failed[change.path] = _why(error)
        synced = list(pool.map(_put_onto_disk, (each.temporary for each in staged)))
        for each, problem in zip(staged, synced, strict=True):
            try:
                if problem is not None:
                    raise problem
                if read(each.change.path) != each.change.expected:
                    raise CodemodFailureError("was changed while it was being rewritten")
                os.replace(each.temporary, each.change.path)
            except (OSError, CodemodFailureError) as error:
                failed[each.change.path] = _why(error)
    finally:
        for leftover in _existing(each.temporary for each in staged):
            os.unlink(leftover)


def _stage(change: Change) -> str:
    """Write the new bytes beside the old file, with its mode and owner; return their path."""
    import tempfile

    status = os.stat(change.path)
    # A rename would replace a read-only file just as well; its owner said otherwise.
    if not status.st_mode & stat.S_IWUSR:
        raise CodemodFailureError("is read-only")
    folder = os.path.dirname(change.path) or "."
    handle, temporary = tempfile.mkstemp(prefix=".hushflake-", dir=folder)
    try:
        with open(handle, "wb") as stream:
            stream.write(change.data)
            if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
                os.fchown(stream.fileno(), status.st_uid, status.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(status.st_mode))
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _put_onto_disk(path: str) -> OSError | None:
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        return error
    return None


def _existing(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if os.path.lexists(path))


def _why(error: OSError | CodemodFailureError) -> str:
    if isinstance(error, OSError):
        return f"cannot be written: {error.strerror}"
    return str(error)
