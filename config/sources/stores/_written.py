"""Edits of a file that holds secrets: a .env text, and putting a whole file in its place."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ...errors import ConfigSourceError
from ..base import StaleSourceError
from ..dotenv import spans

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def line(key: str, value: str) -> str:
    """A line of a .env file that reads back as this value."""
    return f"{key}={quoted(value)}\n"


def quoted(value: str) -> str:
    """A value as it stands in a .env file."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def with_values(text: str, values: Mapping[str, str], place: str) -> str:
    """A .env text with these values in it: what is there is replaced, the rest stands below."""
    done: list[str] = []
    at, left = 0, dict(values)
    for key, _value, begin, end in spans(text, place):
        if key in values:
            done.append(text[at:begin])
            if key in left:
                done.append(line(key, left.pop(key)))
            at = end
    rest = text[at:]
    ended = "" if not rest or rest.endswith("\n") or not left else "\n"
    return "".join([*done, rest, ended, *(line(key, value) for key, value in left.items())])


def replace(path: Path, before: bytes, after: bytes, store: str) -> None:
    """Put new bytes in the place of a file, in one step.

    Raises:
        StaleSourceError: The file is not what it was; nothing was written.
        ConfigSourceError: It cannot be written.
    """
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        mode = path.stat().st_mode & 0o7777
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(descriptor)
        temporary.chmod(mode)
        if path.read_bytes() != before:
            raise StaleSourceError(
                f"{store}: somebody else changed it in between; nothing was written. Repeat the "
                "command"
            )
        temporary.replace(path)
    except OSError as error:
        raise ConfigSourceError(f"{store}: cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
