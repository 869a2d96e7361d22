"""The stack itself: its DuckDB file, its catalogue, its locks and its clock."""

import contextlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import duckdb

from . import bootstrap, limits
from . import install as functions
from .catalogue import Catalogue, Change, now
from .formats import FORMAT, bring_up_to_date
from .housekeeping import tidy
from .locks import Locks
from .opening import lock, open_database
from .stage_files import Stages

T = TypeVar("T")
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
CREATE TABLE IF NOT EXISTS hush.loads (
    "table" BIGINT, stage BIGINT, path VARCHAR, digest VARCHAR, shown VARCHAR, size BIGINT,
    loaded BIGINT, query_id VARCHAR, status VARCHAR, parsed BIGINT, rows BIGINT, errors BIGINT,
    message VARCHAR, line BIGINT, character BIGINT, "column" VARCHAR
);
CREATE SEQUENCE IF NOT EXISTS hush.row_id;
CREATE SEQUENCE IF NOT EXISTS hush.run_id;
INSERT INTO hush.state SELECT 'format', '{FORMAT}'
    WHERE NOT EXISTS (SELECT 1 FROM hush.state WHERE key = 'format');
"""


class Engine:
    """Everything that the sessions of a stack share.

    Args:
        path: The DuckDB file; made when missing. None keeps everything in memory.
        settings: The stack's settings, for whoever reads them.
        extensions: Each makes functions known to DuckDB before its configuration is locked.

    Raises:
        LocalStackError: The file cannot be opened, or holds what hushflake did not make.
    """

    def __init__(
        self,
        path: Path | None,
        settings: dict[str, Any] | None = None,
        extensions: Iterable[Callable[[duckdb.DuckDBPyConnection], None]] = (),
    ) -> None:
        self.settings = settings or {}
        # Where files may lie beside the stack's own; None when there is none.
        self.folder = path.parent if path is not None else None
        # By class, which may be an abstract one: hence no `type`.
        self._parts: dict[Callable[..., Any], Any] = {}
        # Called with the id of a table whose columns a change replaced.
        self.on_altered: list[Callable[[int], None]] = []
        self.on_close: list[Callable[[], None]] = []
        self.database = open_database(path)
        self.database.begin()
        self.database.execute(_SCHEMA)
        self.database.commit()
        functions.install(self.database)
        for extend in extensions:
            extend(self.database)
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
        bring_up_to_date(self.database, self.catalogue)
        self._version = self._last_version()
        self.stages = Stages(path.parent / "stages" if path is not None else None)
        self.on_close.append(self.stages.close)
        # What the latest loads of files were asked to do, by their query ids.
        self.loads: OrderedDict[str, Any] = OrderedDict()
        tidy(self.database, self.catalogue, self.stages)
        self.clock_offset = 0
        with self.change("ACCOUNTADMIN") as change:
            bootstrap.fill(change)

    def add(self, kind: Callable[..., Any], part: object) -> None:
        """Give the stack a part that rooms above this one make, such as its embedder."""
        self._parts[kind] = part

    def has(self, kind: Callable[..., Any]) -> bool:
        """Tell whether the stack was given a part of that type."""
        return kind in self._parts

    def part(self, kind: Callable[..., T]) -> T:
        """Return the part of that type that the stack was given."""
        found: T = self._parts[kind]
        return found

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
                    for forget in self.on_altered:
                        forget(table)

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
        for close in self.on_close:
            close()
        with contextlib.suppress(duckdb.Error):
            self.database.execute("CHECKPOINT")
        self.database.close()
