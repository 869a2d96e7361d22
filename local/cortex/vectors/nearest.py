"""Answers the marked parts of a query: candidates from a matrix, the rest from DuckDB.

All statements of an answer see one state of the data: they run in one transaction (`parts.py`). A matrix follows
committed states forward only; a transaction that wrote to a table, or that sees an older state than
the matrix holds, is answered by DuckDB alone.
"""

import contextlib
import json
import logging
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from ...engine.storage import state_of
from ...sql.context import Context
from ...sql.described import bind_aside
from ...sql.parameters import used_parameters
from .matrix import Ids, Matrix
from .scores import Floats
from .shape import Nearest

if TYPE_CHECKING:
    from ...engine.engine import Engine
    from ...sessions.session import Session

_log = logging.getLogger("hushflake.local")
# DuckDB alone is as fast for fewer rows.
LEAST_ROWS = 2_000


@dataclass
class _Held:
    """A matrix with its lock, and the columns of the table when it was made."""

    matrix: Matrix
    columns: list[dict[str, Any]]
    lock: threading.Lock = field(default_factory=threading.Lock)
    answers: int = 0


class Vectors:
    """The matrices of a stack.

    Args:
        engine: Whose tables they are of.
        folder: Where their files lie; None turns them off.
    """

    def __init__(self, engine: "Engine", folder: Path | None) -> None:
        self._engine = engine
        self._folder = folder or Path(os.devnull)
        self._lock = threading.Lock()
        self._held: dict[tuple[int, str], _Held] = {}
        self.mode = str(engine.settings.get("vectors", "exact")) if folder is not None else "off"
        self.least_rows = int(engine.settings.get("vectors_least_rows", LEAST_ROWS))

    def forget(self, table: int) -> None:
        """Lose what is held of a table whose columns change."""
        with self._lock:
            self._forget(table)

    def _forget(self, table: int) -> None:
        for key in [key for key in self._held if key[0] == table]:
            del self._held[key]
        for path in self._folder.glob(f"t{table}-*"):
            path.unlink(missing_ok=True)

    def _is_gone(self, table: int) -> bool:
        item = self._engine.catalogue.get(table)
        return item is None or item.dropped is not None

    def close(self) -> None:
        """Save every matrix for the next start; those of tables that are gone lose their files."""
        with self._lock:
            for held in self._held.values():
                with held.lock, contextlib.suppress(OSError):
                    held.matrix.save()
            self._held.clear()
            for path in self._folder.glob("t*-*"):
                if self._is_gone(int(path.name[1:].partition("-")[0])):
                    path.unlink(missing_ok=True)

    def details(self) -> list[dict[str, Any]]:
        """Return what `stack status` tells of the matrices."""
        found = []
        with self._lock:
            for (table, column), held in self._held.items():
                item = self._engine.catalogue.get(table)
                name = ".".join(self._engine.catalogue.path(item)) if item else str(table)
                found.append(
                    {
                        "table": name,
                        "column": column,
                        "rows": len(held.matrix),
                        "answers": held.answers,
                        "has_index": held.matrix.codes is not None,
                    }
                )
        return found

    def find(self, table: int, column: str) -> _Held | None:
        """Return the matrix of a column of FLOAT vectors; made empty when there is none."""
        item = self._engine.catalogue.get(table)
        if item is None or item.dropped is not None:
            return None
        columns = item.body["columns"]
        with self._lock:
            held = self._held.get((table, column))
            # Any change of the columns makes a new list, and may have replaced the vectors.
            if held is not None and held.columns is columns:
                return held
            kind: dict[str, Any] = next((c["type"] for c in columns if c["name"] == column), {})
            if kind.get("base") != "VECTOR" or kind.get("element") != "FLOAT":
                return None
            place = next(n for n, c in enumerate(columns) if c["name"] == column)
            if held is not None:
                self._forget(table)
            for other in {key[0] for key in self._held if self._is_gone(key[0])}:
                self._forget(other)
            path = self._folder / f"t{table}-{place}"
            matrix = Matrix(path, table, column, int(kind["length"]))
            held = _Held(matrix, columns)
            self._held[table, column] = held
            return held


def condition(session: "Session", part: Nearest, context: Context) -> str | None:
    """Return the condition that fills the mark of a part; None when DuckDB has to look at all."""
    found = _candidates(session, session.engine.part(Vectors), part, context)
    if found is None:
        return None
    name = f"p{len(context.parameters) + 1}"
    context.parameters[name] = found.tolist()
    return f'"$rid" IN (SELECT unnest(CAST(${name} AS BIGINT[])))'


def _candidates(
    session: "Session", vectors: Vectors, part: Nearest, context: Context
) -> Ids | None:
    """Return the `$rid` of rows that the answer is among; None when DuckDB has to look at all."""
    cursor = session.transaction.cursor
    held = vectors.find(part.table, part.column)
    if held is None:
        return None
    state = state_of(cursor, part.table)
    if state[0] < vectors.least_rows:
        return None
    vector, count = _vector(session, part, context), _wanted(session, part, context)
    if vector is None or len(vector) != held.matrix.dimension or count < 1:
        return None
    allowed = _allowed(session, part, context)
    with held.lock:
        if held.matrix.state != state:
            newer = held.matrix.state is not None and max(held.matrix.state[1:]) > max(state[1:])
            if session.transaction.writing or newer:
                return None
            try:
                held.matrix.follow(cursor, state)
            except BaseException as error:
                # Half of a change is worse than none of the vectors.
                vectors.forget(part.table)
                if isinstance(error, OSError | MemoryError):
                    _log.warning("no room for the vectors of table %s: %s", part.table, error)
                    return None
                raise
        chosen = held.matrix.candidates(
            part.function,
            vector,
            count,
            descending=part.descending,
            nulls=None if part.skips_nulls else part.nulls_first,
            allowed=allowed,
            approximate=vectors.mode == "index",
        )
        held.answers += chosen is not None
        return chosen


def _vector(session: "Session", part: Nearest, context: Context) -> Floats | None:
    """Return the vector asked for; None when it is none."""
    found: Any = None
    if part.text is not None:
        # The usual way to bind a vector is read here: DuckDB takes some milliseconds for it.
        with contextlib.suppress(ValueError, TypeError):
            found = np.array(json.loads(str(context.parameters[part.text])), dtype=np.float32)
    if found is None:
        # All rows are fetched, so that the next statement may run.
        ((value,),) = _run(session, f"SELECT {part.vector}", context).fetchall()
        if value is None or None in value:
            return None
        found = np.array(value, dtype=np.float32)
    return found if found.ndim == 1 else None


def _wanted(session: "Session", part: Nearest, context: Context) -> int:
    if part.wanted.isdigit():
        return int(part.wanted)
    ((value,),) = _run(session, f"SELECT {part.wanted}", context).fetchall()
    return int(value) if value is not None else 0


def _allowed(session: "Session", part: Nearest, context: Context) -> Ids | None:
    if part.allowed is None:
        return None
    held = _run(session, part.allowed, context).fetchnumpy()
    return np.ascontiguousarray(held["$rid"], dtype=np.int64)


def _run(session: "Session", sql: str, context: Context) -> duckdb.DuckDBPyConnection:
    if session.transaction.writing:
        bind_aside(session, sql, context)
    return session.transaction.cursor.execute(sql, used_parameters(sql, context) or None)
