"""Audit files: JSON lines, each bound to the one before it, one chain a process.

Every line carries `prev`, the mark of the line before, and `mark`, the HMAC-SHA-256 over the rest
of the line. Whoever lacks the key can neither change a line nor leave one out in the middle;
without a key the marks are plain SHA-256 and show accidents only, and the file says so.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

FORMAT = "hushflake.audit/1"
BEGIN = "0" * 64
OPENED, CLOSED, CONTINUED = "audit.open", "audit.close", "audit.continued"


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes that a mark is computed over: sorted names, no blanks, ASCII."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def marked(record: Mapping[str, Any], key: bytes | None) -> str:
    """The mark of a record without its own `mark`."""
    data = canonical({name: value for name, value in record.items() if name != "mark"})
    if key is None:
        return hashlib.sha256(data).hexdigest()
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def key_id(key: bytes) -> str:
    """Tells keys apart without telling anything about them."""
    return hmac.new(key, b"hushflake audit key id", hashlib.sha256).hexdigest()[:16]
