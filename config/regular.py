"""Reading a file of a repository: a regular one alone, without waiting, up to a size."""

import os
import stat
from pathlib import Path

MAX_BYTES = 1 << 20  # of a pyproject.toml, and of what else a person writes
# A pipe would wait for a writer for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)


def read(path: Path, limit: int) -> tuple[bytes, str]:
    """The bytes of a file, and why it cannot be used: one of them is empty.

    Raises:
        OSError: It cannot be read.
    """
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b"", "not a regular file"
        data = file.read(limit + 1)
    return (data, "") if len(data) <= limit else (b"", f"larger than {limit >> 20} MB")
