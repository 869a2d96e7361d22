"""One line a call: who asked for what, how it ended. Never what was answered."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

_LONGEST = 200


class Audit:
    """Appends JSON lines to a file; each is whole, also when several threads write."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Questions stand in it: they are nobody else's business.
        made = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._file: IO[str] = os.fdopen(made, "a", encoding="utf-8")
        self._lock = threading.Lock()

    def add(
        self, caller: str, tool: str, arguments: dict[str, Any], outcome: str, seconds: float
    ) -> None:
        """Write one call; long arguments are cut."""
        line = {
            "at": datetime.now(UTC).isoformat(),
            "caller": caller,
            "tool": tool,
            "arguments": {name: _short(value) for name, value in arguments.items()},
            "outcome": outcome,
            "seconds": round(seconds, 4),
        }
        with self._lock:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    if len(text) > _LONGEST:
        return text[:_LONGEST] + "…"
    return value
