"""Undoes one failed statement of an open transaction: DuckDB has no savepoints.

What a transaction ran is kept. When a statement fails after DuckDB has begun it, the whole is rolled
back and everything before the statement runs again: the table locks of the session keep others from
writing in between. Where that could give other rows than before (numbers of a sequence, random
values, tables that others changed meanwhile), the transaction stays aborted.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import duckdb

from .storage import State, state_of

_VARIES = re.compile(r"\b(?:nextval|uuid|random|hush_random|setseed)\s*\(", re.IGNORECASE)
# Parameters of a transaction are held up to so many characters.
_MOST = 64_000_000


@dataclass(frozen=True)
class _Entry:
    sql: str
    parameters: dict[str, Any] | None
    reads: dict[int, State]
    rows: tuple[str, Any] | None = None


@dataclass
class Journal:
    """What an open transaction ran, as long as it can run again."""

    entries: list[_Entry] = field(default_factory=list)
    _size: int = 0
    _lost: bool = False

    def note(
        self,
        sql: str,
        parameters: dict[str, Any] | None,
        reads: dict[int, State],
        rows: tuple[str, Any] | None = None,
    ) -> None:
        """Keep a statement.

        Args:
            sql: DuckDB's.
            parameters: Of the statement.
            reads: States of the tables that it reads and others may write.
            rows: A name under which it reads rows, and the Arrow table that holds them.
        """
        self._size += rows[1].nbytes if rows else 0
        self._size += len(sql) + sum(
            len(value) if isinstance(value, str) else 16 for value in (parameters or {}).values()
        )
        self._lost = self._lost or self._size > _MOST or _VARIES.search(sql) is not None
        if self._lost:
            self.entries.clear()
        else:
            self.entries.append(_Entry(sql, dict(parameters) if parameters else None, reads, rows))

    def lose(self) -> None:
        """Forget what ran: it would not give the same again."""
        self._lost = True
        self.entries.clear()

    def run_again(self, cursor: duckdb.DuckDBPyConnection) -> bool:
        """Run everything in a new transaction; tell whether it is as it was."""
        if self._lost:
            return False
        try:
            cursor.begin()
            for table, state in self._first_reads().items():
                if state_of(cursor, table) != state:
                    return False
            for entry in self.entries:
                if entry.rows is not None:
                    cursor.register(*entry.rows)
                cursor.execute(entry.sql, entry.parameters)
        except duckdb.Error:
            return False
        return True

    def _first_reads(self) -> dict[int, State]:
        found: dict[int, State] = {}
        for entry in reversed(self.entries):
            found |= entry.reads
        return found

    def forget(self, place: int) -> None:
        """Lose what came after `place`."""
        del self.entries[place:]

    def clear(self) -> None:
        """Begin anew."""
        self.entries.clear()
        self._size, self._lost = 0, False
