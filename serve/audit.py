"""One line a call: who asked for what, how it ended. Never what was answered.

Requests that were refused before they became a call have a line too. Whoever may not sign in could
fill a disk with them: beyond a few in a minute they are counted, and the count is one line.
"""

import json
import os
import stat
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from hushflake.terminal.escape import visible

from .errors import ServeError

_LONGEST: Final = 200
_MOST_REFUSALS: Final = 10
_WINDOW: Final = 60.0  # seconds


class Audit:
    """Appends JSON lines to a file; each is whole, also when several threads write.

    Args:
        path: The file; made for its owner alone.
        window: Seconds in which at most ten refused requests have lines of their own.

    Raises:
        ServeError: No such file can be made, or it is none: a pipe would be waited for.
    """

    def __init__(self, path: Path, window: float = _WINDOW) -> None:
        self._file: IO[str] = os.fdopen(_opened(path), "a", encoding="utf-8")
        self._lock = threading.RLock()
        self._window = window
        self._refused = 0
        self._counted: Counter[str] = Counter()
        self._timer: threading.Timer | None = None

    def add(
        self,
        caller: str,
        tool: str,
        arguments: dict[str, Any],
        outcome: str,
        seconds: float,
        *,
        failure: str = "",
    ) -> None:
        """Write one call; long arguments are cut.

        Args:
            failure: The id of the line in the server's log that says more.
        """
        line = {
            "at": datetime.now(UTC).isoformat(),
            "caller": caller,
            "tool": tool,
            "arguments": {_short(name): _short(value) for name, value in arguments.items()},
            "outcome": outcome,
            "seconds": round(seconds, 4),
        }
        if failure:
            line["failure"] = failure
        with self._lock:
            if not self._file.closed:
                self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
                self._file.flush()

    def refused(self, caller: str, status: int, why: str, facts: dict[str, Any]) -> None:
        """Note a request that was refused before it became a call.

        Args:
            caller: Its name if it signed in, else `unknown`.
            status: The HTTP status that it got.
            why: In a few words.
            facts: Where it came from; texts are cut.
        """
        with self._lock:
            if self._timer is None:
                self._timer = threading.Timer(self._window, self._summarise)
                self._timer.daemon = True
                self._timer.start()
            self._refused += 1
            if self._refused > _MOST_REFUSALS:
                self._counted[str(status)] += 1
                return
            self.add(caller, "http", facts, f"refused: {status} {why}", 0.0)

    def _summarise(self) -> None:
        """Write what was only counted, and count anew."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._refused = 0
            counted, self._counted = self._counted, Counter()
            if total := counted.total():
                said = f"refused: {total:,} more refused calls in {self._window:.0f} s"
                statuses = dict(sorted(counted.items()))
                self.add("unknown", "http", {"statuses": statuses}, said, self._window)

    def close(self) -> None:
        """Write what is left, and close the file."""
        with self._lock:
            self._summarise()
            self._file.close()


def _opened(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Questions stand in it: they are nobody else's business.
        made = os.open(path, flags, 0o600)
    except OSError as error:
        raise ServeError(f"{path}: {error.strerror}; --audit FILE names another file") from None
    if not stat.S_ISREG(os.fstat(made).st_mode):
        os.close(made)
        raise ServeError(f"{path} is not a regular file; --audit FILE names another file")
    return made


def _short(value: Any) -> Any:
    """Cut a value, and spell out what could steer the terminal of whoever reads the file."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    if len(text) > _LONGEST:
        return visible(text[:_LONGEST]) + "…"
    return visible(text) if isinstance(value, str) else value
