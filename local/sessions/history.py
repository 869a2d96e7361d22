"""The log of statements: what ran, for whom, how long; one JSON line each, nothing bound in it."""

import contextlib
import json
import re
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..language.errors import SqlError
from .session import Session

_KEPT = 10_000
_ROTATED = 20_000_000
# https://docs.snowflake.com/en/sql-reference/functions/query_history (QUERY_TEXT)
_LONGEST_TEXT = 100_000


# Passwords and values of secrets stand in the text of CREATE and ALTER.
_PASSWORD = re.compile(
    r"(\b(?:PASSWORD|SECRET_STRING|OAUTH_REFRESH_TOKEN)\s*=\s*)'(?:[^'\\]|''|\\.)*'?",
    re.IGNORECASE,
)


def without_secrets(sql: str) -> str:
    """Return the text of a statement with the passwords in it left out."""
    return _PASSWORD.sub(r"\1'********'", sql)


@dataclass(frozen=True)
class Record:
    """A statement that ran."""

    query_id: str
    text: str
    session: int
    user: str
    role: str
    warehouse: str | None
    database: str | None
    schema: str | None
    tag: str
    started: float
    seconds: float
    status: str
    code: str | None
    message: str | None
    rows: int

    @classmethod
    def of(
        cls,
        session: Session,
        query_id: str,
        sql: str,
        started: float,
        error: SqlError | None,
        rows: int,
    ) -> "Record":
        """Return the record of a statement that has just ended."""
        return cls(
            query_id,
            without_secrets(sql)[:_LONGEST_TEXT],
            session.id,
            session.identity.user.name,
            session.identity.role.name,
            session.place.warehouse,
            session.place.database,
            session.place.schema,
            str(session.settings.parameter("QUERY_TAG") or ""),
            started,
            round(time.time() - started, 6),
            "SUCCESS" if error is None else "FAILED_WITH_ERROR",
            None if error is None else f"{error.code:06d}",
            None if error is None else error.message,
            rows,
        )


class History:
    """The latest statements, in memory and in a file that the next server reads.

    Args:
        path: The log; None keeps it in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._records: deque[Record] = deque(maxlen=_KEPT)
        self._running: dict[str, Record] = {}
        self._path = path
        if path is not None and path.exists():
            with path.open(encoding="utf-8") as file:
                for line in deque(file, maxlen=_KEPT):
                    # The last line may be half written when the server was killed.
                    with contextlib.suppress(ValueError, TypeError):
                        self._records.append(Record(**json.loads(line)))
        self._file = path.open("a", encoding="utf-8") if path is not None else None

    def begin(self, record: Record) -> Record:
        """Remember a statement that has just begun, until `end`."""
        running = replace(record, status="RUNNING")
        with self._lock:
            self._running[running.query_id] = running
        return running

    def end(self, record: Record) -> None:
        """Forget that a statement runs."""
        with self._lock:
            self._running.pop(record.query_id, None)

    def add(self, record: Record) -> None:
        """Remember a statement."""
        with self._lock:
            self._records.append(record)
            if self._file is None or self._path is None:
                return
            self._file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            self._file.flush()
            if self._file.tell() > _ROTATED:
                self._file.close()
                self._path.replace(self._path.with_suffix(".1.jsonl"))
                self._file = self._path.open("a", encoding="utf-8")

    def latest(self) -> list[Record]:
        """Return the records, the oldest first; those that still run come last."""
        with self._lock:
            return [*self._records, *self._running.values()]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
