"""Who may call over HTTP, and which role of the account each works with.

The file is JSON, with hashes instead of tokens; `role` may be left out:

    {"callers": [{"name": "chat", "token_sha256": "…", "role": "KNOWLEDGE_ANALYST"}]}
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .errors import ServeError

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


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


LOCAL = Caller("local", "")
"""The caller over stdio: whoever started the process."""


def read_callers(path: Path) -> tuple[Caller, ...]:
    """Read the file of callers.

    Raises:
        ServeError: No such file, or not of the form above.
    """
    try:
        items = json.loads(path.read_text("utf-8"))["callers"]
        callers = tuple(_caller(item) for item in items)
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ServeError(
            f'{path}:1:1: not a file of callers; write {{"callers": [{{"name": "chat", '
            '"token_sha256": 64 hexadecimal digits, "role": "ROLE"}]}, the role if it has one'
        ) from None
    if not callers:
        raise ServeError(f"{path}:1:1: there are no callers; nobody could call")
    for what in ("name", "token_sha256"):
        # Two of one name would share a session and its role; two of one token cannot be told apart.
        values = [getattr(caller, what) for caller in callers]
        if len(set(values)) < len(values):
            raise ServeError(f"{path}:1:1: two callers have the same {what}; each needs its own")
    return callers


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
