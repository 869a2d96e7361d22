"""Who may call over HTTP, and which role of the account each works with.

The file is JSON, with hashes instead of tokens; `role` may be left out:

    {"callers": [{"name": "chat", "token_sha256": "…", "role": "KNOWLEDGE_ANALYST"}]}
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path

from .errors import ServeError


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
        document = json.loads(path.read_text("utf-8"))
        callers = tuple(
            Caller(str(item["name"]), str(item["token_sha256"]).lower(), item.get("role"))
            for item in document["callers"]
        )
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ServeError(
            f'{path}:1:1: not a file of callers; write {{"callers": [{{"name": …, '
            '"token_sha256": …}]}'
        ) from None
    if not callers or any(len(caller.token_sha256) != 64 for caller in callers):
        raise ServeError(f"{path}:1:1: every caller needs a name and the SHA-256 of its token")
    return callers


def caller_of(token: str, callers: tuple[Caller, ...]) -> Caller | None:
    """Return the caller that a bearer token belongs to."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    # All are compared, each in constant time: the answer's time tells nothing.
    found = None
    for caller in callers:
        if hmac.compare_digest(digest, caller.token_sha256):
            found = caller
    return found
