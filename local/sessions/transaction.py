"""A session's transaction: what it wrote, which locks it holds, how a failed statement is undone."""

import contextlib
import copy
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb

from ..engine import limits
from ..engine.catalogue import Change
from ..engine.engine import Engine
from ..engine.replay import Journal
from ..engine.storage import state_of
from ..language.errors import SqlError
from .identity import Identity
from .parameters import VARIABLES_OF, engine_variables
from .settings import Settings


class Transaction:
    """The transaction of a session: one that is open, or one for each statement.

    Attributes:
        cursor: Runs what the session reads and writes.
        id: Its number, 0 outside a transaction.
        writing: Whether DuckDB's transaction has begun.
        aborted: Whether only ROLLBACK is accepted.
        offsets: New offsets of the streams that were read by DML, for each of their tables.
        stream_bounds: The versions up to which this transaction reads streams.
    """

    def __init__(self, engine: Engine, key: str, identity: Identity, settings: Settings) -> None:
        self._engine = engine
        self._key = key
        self._identity = identity
        self._settings = settings
        self.cursor = engine.database.cursor()
        self.id = 0
        self.explicit = False
        self.writing = False
        self.aborted = False
        self.partial = False
        self.journal = Journal()
        self.offsets: dict[int, dict[int, int]] = {}
        self.stream_bounds: dict[int, dict[int, int]] = {}

    @contextlib.contextmanager
    def ddl(self) -> Iterator[Change]:
        """Change the catalogue: commits what is open, and is a transaction of its own."""
        self.commit()
        with self._engine.change(self._identity.owner, self.cursor) as change:
            yield change

    def change_parameters(self, changes: dict[str, Any]) -> None:
        """Set session parameters; None forgets what was set."""
        parameters = self._settings.parameters
        for name, value in changes.items():
            if value is None:
                parameters.pop(name, None)
            else:
                parameters[name] = value
        if changes.keys().isdisjoint(VARIABLES_OF):
            return
        if self.is_open:
            # What ran so far would run otherwise now.
            self.journal.lose()
        for name, value in engine_variables(parameters).items():
            quoted = "'" + value.replace("'", "''") + "'" if value else "NULL"
            self.cursor.execute(f"SET VARIABLE {name} = {quoted}")

    def lock_objects(self, objects: Iterable[int]) -> None:
        """Take the locks of objects until the transaction ends."""
        timeout = float(self._settings.parameter("LOCK_TIMEOUT"))
        self._engine.locks.acquire(self._key, objects, timeout)

    @contextlib.contextmanager
    def write(self, objects: Iterable[int]) -> Iterator[None]:
        """Run DML: in the open transaction, or in one of its own that commits at the end."""
        if self.aborted:
            raise aborted()
        self.lock_objects(objects)
        offsets = copy.deepcopy(self.offsets), copy.deepcopy(self.stream_bounds)
        place = len(self.journal.entries)
        try:
            if not self.writing:
                self.cursor.begin()
                self.writing = True
                self.id = self.id or self._engine.next_version()
            yield
            if not self.is_open:
                self.commit()
        except BaseException:
            if self.is_open:
                self.offsets, self.stream_bounds = offsets
                self.journal.forget(place)
                self.recover()
            else:
                self.rollback()
            raise
        finally:
            self.partial = False

    def run(
        self, sql: str, parameters: dict[str, Any] | None = None, reads: Iterable[int] = ()
    ) -> duckdb.DuckDBPyConnection:
        """Run a part of a writing statement, so that it can run again when a later one fails.

        Args:
            sql: DuckDB's.
            parameters: Of the statement.
            reads: Ids of the tables that it reads.
        """
        self.partial = True
        if not self.is_open:
            return self.cursor.execute(sql, parameters)
        states = {
            table: state_of(self.cursor, table)
            for table in reads
            if not self._engine.locks.holds(self._key, table)
        }
        done = self.cursor.execute(sql, parameters)
        self.journal.note(sql, parameters, states)
        return done

    def run_with(self, rows: tuple[str, Any], sql: str, parameters: dict[str, Any] | None) -> None:
        """Run a part of a writing statement that reads rows of an Arrow table.

        Args:
            rows: The name that the statement gives the table, and the table.
            sql: DuckDB's.
            parameters: Of the statement.
        """
        self.partial = True
        self.cursor.register(*rows)
        try:
            self.cursor.execute(sql, parameters)
        finally:
            # After an error the name goes with the transaction.
            with contextlib.suppress(duckdb.Error):
                self.cursor.unregister(rows[0])
        if self.is_open:
            self.journal.note(sql, parameters, {}, rows)

    def recover(self) -> None:
        """Undo what a failed statement began in the open transaction, and nothing else."""
        with limits.shielded():
            if not self.partial and self.usable():
                return
            with contextlib.suppress(duckdb.Error):
                self.cursor.rollback()
            self.aborted = not self.journal.run_again(self.cursor)

    def usable(self) -> bool:
        """Tell whether DuckDB goes on with the open transaction after an error."""
        try:
            self.cursor.execute("SELECT 1").fetchall()
        except duckdb.Error:
            return False
        return True

    @property
    def is_open(self) -> bool:
        """Whether statements wait for a COMMIT."""
        return self.explicit or not self._settings.parameter("AUTOCOMMIT")

    def begin(self) -> None:
        """Start a transaction; a second BEGIN changes nothing, as in Snowflake."""
        if not self.explicit:
            self.explicit = True
            self.id = self._engine.next_version()

    def commit(self) -> None:
        """Make what was written visible to everybody, stream offsets included."""
        if self.aborted:
            self.rollback()
            raise aborted()
        try:
            if self.writing:
                for stream, bases in self.offsets.items():
                    for base, version in bases.items():
                        self.cursor.execute(
                            "UPDATE hush.stream_offsets SET version = ? WHERE stream = ? AND base = ?",
                            [version, stream, base],
                        )
                with limits.shielded():
                    self.cursor.commit()
        except BaseException:
            with limits.shielded(), contextlib.suppress(duckdb.Error):
                self.cursor.rollback()
            raise
        finally:
            self._finish()

    def rollback(self) -> None:
        """Undo what was written."""
        try:
            if self.writing:
                with limits.shielded(), contextlib.suppress(duckdb.Error):
                    self.cursor.rollback()
        finally:
            self._finish()

    def _finish(self) -> None:
        self.explicit = self.writing = self.aborted = False
        self.id = 0
        self.offsets.clear()
        self.stream_bounds.clear()
        self.journal.clear()
        self._engine.locks.release(self._key)


def aborted() -> SqlError:
    """Return the error of a transaction in which a statement failed."""
    return SqlError(
        "The transaction was aborted by the statement that failed in it and can only be rolled "
        "back: its earlier statements cannot run again alike (on Snowflake only the failed one "
        "would be undone).",
        90236,
        "25000",
    )
