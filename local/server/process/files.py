"""Files on disk: complete or not there."""

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file that a reader sees whole or not at all, however many write it at once.

    Each writer has a temporary file of its own: two threads, or two processes, that shared one
    would take it from each other.

    Args:
        path: The file; its folder exists.
        data: The whole content.
        mode: Its permissions.

    Raises:
        OSError: It cannot be written; what was there still is.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
