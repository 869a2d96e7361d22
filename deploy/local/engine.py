"""The stack itself: its DuckDB file, its catalogue, its locks and its clock."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import duckdb

from . import bootstrap, functions, limits
from .catalogue import Catalogue, Change, now
from .embedder import Embedder
from .embedder_changes import note_embedder
from .history import History
from .housekeeping import tidy
from .locks import Locks
from .opening import lock, open_database
from .texts.answer import Texts
from .vectors.nearest import Vectors

FORMAT = 1
_SCHEMA = f"""
CREATE SCHEMA IF NOT EXISTS hush;
CREATE SCHEMA IF NOT EXISTS data;
CREATE TABLE IF NOT EXISTS hush.state (key VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS hush.objects (
    id BIGINT, kind VARCHAR, parent BIGINT, name VARCHAR, body VARCHAR, created BIGINT, dropped BIGINT
);
CREATE TABLE IF NOT EXISTS hush.stream_offsets (stream BIGINT, base BIGINT, version BIGINT);
CREATE TABLE IF NOT EXISTS hush.task_runs (
    run BIGINT, task BIGINT, root BIGINT, graph BIGINT, state VARCHAR, scheduled BIGINT,
    started BIGINT, ended BIGINT, query_id VARCHAR, code VARCHAR, message VARCHAR,
    result VARCHAR, source VARCHAR
);
ALTER TABLE hush.task_runs ADD COLUMN IF NOT EXISTS attempt BIGINT;
CREATE SEQUENCE IF NOT EXISTS hush.row_id;
CREATE SEQUENCE IF NOT EXISTS hush.run_id;
INSERT INTO hush.state SELECT 'format', '{FORMAT}'
    WHERE NOT EXISTS (SELECT 1 FROM hush.state WHERE key = 'format');
"""


class Engine:
    """Everything that the sessions of a stack share.

    Args:
        path: The DuckDB file; made when missing. None keeps everything in memory.
        settings: The stack's settings: `embedder`; `vectors` (`exact`, `index` or `off`) and
            `vectors_least_rows`, from which on matrices answer.

    Raises:
        LocalStackError: The file cannot be opened, or holds what hushflake did not make.
    """

    def __init__(self, path: Path | None, settings: dict[str, Any] | None = None) -> None:
        self.settings = settings or {}
        self.database = open_database(path)
        self.database.begin()
        self.database.execute(_SCHEMA)
        self.database.commit()
        self.embedder = Embedder(str(self.settings.get("embedder", "default")))
        functions.install(self.database, self.embedder)
        lock(self.database)
        self.locks = Locks()
        self.watch = limits.Watch()
        self.sessions: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self.ddl_lock = threading.RLock()
        self._version_lock = threading.Lock()
        self.catalogue = Catalogue(
            self.database.execute(
                "SELECT id, kind, parent, name, body, created, dropped FROM hush.objects"
            ).fetchall()
        )
        self._version = self._last_version()
        tidy(self.database, self.catalogue)
        self.embedder_since = note_embedder(self)
        self.clock_offset = 0
        self.history = History(None)
        self.vectors = Vectors(self, path.parent / "vectors" if path is not None else None)
        self.texts = Texts(self)
        with self.change("ACCOUNTADMIN") as change:
            bootstrap.fill(change)

    def _last_version(self) -> int:
        """Return the greatest version in use: a clock that was set back must not repeat one."""
        greatest = 0
        tables = [*self.catalogue.of_kind("TABLE"), *self.catalogue.of_kind("DYNAMIC TABLE")]
        for table in tables:
            rows = self.database.execute(
                f'SELECT max("$from"), (SELECT max("$to") FROM data."h{table.id}") '
                f'FROM data."t{table.id}"'
            ).fetchall()
            greatest = max([greatest, *(value for value in rows[0] if value is not None)])
        return greatest

    def next_version(self) -> int:
        """Return a number greater than every earlier one: microseconds where that is possible."""
        with self._version_lock:
            self._version = max(self._version + 1, now())
            return self._version

    def time(self) -> int:
        """Return the time of the tasks' clock in microseconds; tests may move it."""
        return now() + self.clock_offset

    @contextlib.contextmanager
    def change(
        self, owner: str, cursor: duckdb.DuckDBPyConnection | None = None
    ) -> Iterator[Change]:
        """Run a change of the catalogue in a transaction of its own.

        Args:
            owner: The role that owns what is added.
            cursor: Runs the transaction, so that the caller can change data in it.
        """
        with limits.holding(self.ddl_lock):
            cursor = cursor or self.database.cursor()
            change = Change(self.catalogue, owner)
            cursor.begin()
            try:
                yield change
                self.write(cursor, change)
                with limits.shielded():
                    cursor.commit()
            except BaseException:
                with limits.shielded(), contextlib.suppress(duckdb.Error):
                    cursor.rollback()
                raise
            if change.pending:
                altered = self._altered(change)
                change.commit()
                for table in altered:
                    self.vectors.forget(table)
                    self.texts.forget(table)

    def _altered(self, change: Change) -> list[int]:
        """Return the tables whose columns a change replaces."""
        return [
            key
            for key, item in change.pending.items()
            if (old := self.catalogue.get(key)) is not None
            and (item is None or item.body.get("columns") is not old.body.get("columns"))
        ]

    def write(self, cursor: duckdb.DuckDBPyConnection, change: Change) -> None:
        """Write the rows of a change, without committing."""
        if not change.pending:
            return
        cursor.execute(
            "DELETE FROM hush.objects WHERE id IN (SELECT unnest(?::BIGINT[]))",
            [list(change.pending)],
        )
        rows = change.rows()
        if rows:
            # One parameter for all rows: a row by row insert is ten times slower.
            cursor.execute(
                "INSERT INTO hush.objects SELECT unnest(from_json(?, "
                '\'[{"id":"BIGINT","kind":"VARCHAR","parent":"BIGINT","name":"VARCHAR",'
                '"body":"VARCHAR","created":"BIGINT","dropped":"BIGINT"}]\'), recursive := true)',
                [
                    json.dumps(
                        [
                            dict(
                                zip(
                                    ("id", "kind", "parent", "name", "body", "created", "dropped"),
                                    row,
                                    strict=True,
                                )
                            )
                            for row in rows
                        ]
                    )
                ],
            )

    def close(self) -> None:
        """Write everything to the file and give it free."""
        self.watch.close()
        self.vectors.close()
        with contextlib.suppress(duckdb.Error):
            self.database.execute("CHECKPOINT")
        self.database.close()
