"""Data files as rows. One file a format; the folder is the registry.

A reader module has `SUFFIXES`, the file endings that it takes, and `read(path)`, which yields
`Record`s in the order of the file.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from ..errors import InputError
from .record import Record

Reader = Callable[[Path], Iterator[Record]]


@cache
def readers() -> dict[str, Reader]:
    """Return the readers by file ending (`.csv`)."""
    found: dict[str, Reader] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for suffix in getattr(module, "SUFFIXES", ()):
            found[suffix] = module.read
    return found


def read_records(path: Path) -> Iterator[Record]:
    """Yield the rows of a data file, whatever its format.

    Raises:
        InputError: No such file, a format that is not known, or text that is not of the format.
    """
    reader = readers().get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(readers()))
        raise InputError(
            path, 1, f"no reader for {path.suffix or 'a file without ending'}; {known}"
        )
    if not path.is_file():
        raise InputError(path, 1, "no such file")
    try:
        yield from reader(path)
    except UnicodeDecodeError as error:
        raise InputError(
            path, 1, f"byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None


__all__ = ["Record", "read_records", "readers"]
