"""Who may call over HTTP, and which role of the account each works with.

The file is JSON, with hashes instead of tokens; `role` may be left out:

    {"callers": [{"name": "chat", "token_sha256": "…", "role": "KNOWLEDGE_ANALYST"}]}
"""

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .errors import ServeError

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class Caller:
    """One caller.

    Attributes:
        name: For the audit.
        token_sha256: Of its bearer token, hexadecimal.
        role: Role of the account; None: the session's own.
    """

    name: str
    token_sha256: str
    role: str | None = None

    def to_plain(self) -> dict[str, Any]:
        """The caller as it stands in the file."""
        plain = {"name": self.name, "token_sha256": self.token_sha256, "role": self.role}
        return {name: value for name, value in plain.items() if value is not None}


LOCAL = Caller("local", "")
"""The caller over stdio: whoever started the process."""


def read_callers(path: Path) -> tuple[Caller, ...]:
    """Read the file of callers.

    Raises:
        ServeError: No such file, not of the form above, or other users may write to it.
    """
    return parse_callers(path, {"callers": entries_of(path)})


def entries_of(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a file of callers, unchecked.

    Raises:
        ServeError: Not a regular file of JSON, or other users may write to it.
    """
    try:
        # A pipe would be waited for.
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(opened, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ServeError(f"{path} is not a regular file")
            if mode & 0o022:
                raise ServeError(
                    f"other users may write to {path} and let themselves in: chmod 600 {path}"
                )
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ServeError(f"{path} is larger than {_MOST_BYTES} bytes")
        items = json.loads(content.decode("utf-8"))["callers"]
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _not_callers(path) from None
    if not isinstance(items, list):
        raise _not_callers(path)
    return items


def parse_callers(path: Path, document: Mapping[str, Any]) -> tuple[Caller, ...]:
    """Return the callers of a document.

    Raises:
        ServeError: An entry is none, there are none, or two have the same name or token.
    """
    try:
        callers = tuple(_caller(item) for item in document["callers"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _not_callers(path) from None
    if not callers:
        raise ServeError(f"{path}:1:1: there are no callers; nobody could call")
    for what in ("name", "token_sha256"):
        # Two of one name would share a session and its role; two of one token cannot be told apart.
        values = [getattr(caller, what) for caller in callers]
        if len(set(values)) < len(values):
            raise ServeError(f"{path}:1:1: two callers have the same {what}; each needs its own")
    return callers


def _not_callers(path: Path) -> ServeError:
    return ServeError(
        f'{path}:1:1: not a file of callers; write {{"callers": [{{"name": "chat", '
        '"token_sha256": 64 hexadecimal digits, "role": "ROLE"}]}, the role if it has one; '
        "hushflake mcp token prints an entry"
    )


def _caller(item: Mapping[str, Any]) -> Caller:
    """Read one caller; a value that does not fit raises ValueError."""
    name, digest, role = item["name"], item["token_sha256"], item.get("role")
    if not (isinstance(name, str) and name.strip() and isinstance(role, str | None)):
        raise ValueError
    if set(item) - {"name", "token_sha256", "role"} or not _SHA256.fullmatch(str(digest).lower()):
        raise ValueError
    return Caller(name, digest.lower(), role)


def caller_of(token: str, callers: tuple[Caller, ...]) -> Caller | None:
    """Return the caller that a bearer token belongs to."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    # All are compared, each in constant time: the answer's time tells nothing.
    found = None
    for caller in callers:
        if hmac.compare_digest(digest, caller.token_sha256):
            found = caller
    return found
