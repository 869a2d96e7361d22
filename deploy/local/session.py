"""One connection: its context, its transaction, and how it finds objects."""

import contextlib
import copy
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import duckdb

from . import limits
from .catalogue import ACCOUNT_ID, Change, Object
from .errors import SqlError, missing, not_allowed
from .names import Name
from .privileges import Privileges
from .replay import Journal
from .storage import state_of

if TYPE_CHECKING:
    from .engine import Engine
    from .wire import Result

_KEPT_RESULTS = 32
# What 0 means, in seconds: seven days.
_LONGEST = 604_800.0
_TASK_TIMEOUT = 3600.0
# Version in which the shape of answers follows Snowflake's documentation; clients log it.
SERVER_VERSION = "9.40.0"


class Session:
    """The state of one connection. A statement at a time: callers hold `lock`."""

    def __init__(self, engine: "Engine", user: Object, role: Object) -> None:
        self.engine = engine
        self.id = uuid.uuid4().int >> 75
        self.key = uuid.uuid4().hex
        self.lock = threading.Lock()
        self.cursor = engine.database.cursor()
        self.user = user
        self.role: Object = role
        self.secondary = False
        self.database: str | None = None
        self.schema: str | None = None
        self.warehouse: str | None = None
        self.parameters: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}
        self.explicit = False
        self.writing = False
        self.aborted = False
        self.partial = False
        self.journal = Journal()
        self.query_id = ""
        self.last_query_id = ""
        self.results: OrderedDict[str, Result] = OrderedDict()
        self.offsets: dict[int, dict[int, int]] = {}
        self.stream_bounds: dict[int, dict[int, int]] = {}
        self.depth = 0
        # Only the columns of a result are asked for: nothing is to happen.
        self.describing = False
        self.privileges = Privileges(engine.catalogue)
        self.transaction_id = 0
        engine.sessions[self.id] = self
        self.task: Object | None = None
        self.task_result: str | None = None

    # --- roles ------------------------------------------------------------------------------------

    @property
    def roles(self) -> list[int]:
        """Ids of the roles whose privileges count."""
        found = [self.role.id]
        if self.secondary:
            found += [
                grant.parent
                for grant in self.engine.catalogue.of_kind("GRANT")
                if grant.body.get("grantee") == self.user.id and grant.parent
            ]
        return found

    def require(self, privilege: str, on: Object | None, shown: str | None = None) -> None:
        """Fail unless the session's roles hold `privilege` on an object, or on the account."""
        if on is None:
            if not self.privileges.has(self.roles, privilege, None):
                raise not_allowed("account", "LOCAL", privilege)
            return
        self.privileges.require(self.roles, privilege, on, shown or self.full_name(on))

    def require_ownership(self, on: Object) -> None:
        """Fail unless one of the session's roles owns an object."""
        self.require("OWNERSHIP", on)

    def may_see(self, on: Object) -> bool:
        """Tell whether SHOW lists an object."""
        return self.privileges.has_any(self.roles, on)

    def require_warehouse(self) -> None:
        """Fail unless a warehouse is chosen that the role may use (000606)."""
        if self.task is not None and "WAREHOUSE" not in self.task.body.get("properties", {}):
            return
        found = (
            self.engine.catalogue.find("WAREHOUSE", ACCOUNT_ID, self.warehouse)
            if self.warehouse
            else None
        )
        if found is None or not any(
            self.privileges.has(self.roles, privilege, found)
            for privilege in ("USAGE", "OWNERSHIP")
        ):
            raise SqlError(
                "No active warehouse selected in the current session. Select an active warehouse "
                "with the 'use warehouse' command.",
                606,
                "57P03",
            )

    # --- names ------------------------------------------------------------------------------------

    def full_name(self, item: Object) -> str:
        """Return the qualified name of an object as messages and SHOW write it."""
        from .names import spell

        return ".".join(spell(part) for part in self.engine.catalogue.path(item))

    def current_database(self, verb: str = "This operation") -> Object:
        """Return the database in use.

        Raises:
            SqlError: None is in use, or it is gone.
        """
        if self.database is None:
            raise SqlError(
                f"Cannot perform {verb}. This session does not have a current database. "
                "Call 'USE DATABASE', or use a qualified name.",
                90105,
                "22000",
            )
        return self.find_database(self.database)

    @contextlib.contextmanager
    def within(self, schema_id: int) -> Iterator[None]:
        """Resolve names as a view in a schema does: in its own database and schema.

        https://docs.snowflake.com/en/sql-reference/name-resolution
        """
        before = (self.database, self.schema)
        schema = self.engine.catalogue.get(schema_id)
        assert schema is not None
        self.database, self.schema = self.engine.catalogue.path(schema)
        try:
            yield
        finally:
            self.database, self.schema = before

    def find_database(self, name: str) -> Object:
        """Return a database that the role may use."""
        found = self.engine.catalogue.find("DATABASE", ACCOUNT_ID, name)
        if found is None or not self.may_see(found):
            raise missing("DATABASE", name)
        return found

    def find_schema(
        self, database: str | None, schema: str | None, verb: str = "This operation"
    ) -> Object:
        """Return the schema of a qualified name, filling in the session's own."""
        holder = self.find_database(database) if database else self.current_database(verb)
        if schema is None and database is None:
            schema = self.schema
            if schema is None:
                raise SqlError(
                    f"Cannot perform {verb}. This session does not have a current schema. "
                    "Call 'USE SCHEMA', or use a qualified name.",
                    90106,
                    "22000",
                )
        found = self.engine.catalogue.find("SCHEMA", holder.id, schema or "PUBLIC")
        if found is None or not self.may_see(found):
            shown = Name(None, holder.name, schema or "PUBLIC")
            raise missing("SCHEMA", str(shown))
        return found

    def find(self, kind: str, name: Name, *, verb: str = "This operation") -> Object:
        """Return an object in a schema, by the name that a statement gives it.

        Raises:
            SqlError: It does not exist, or the role may not see it.
        """
        try:
            schema = self.find_schema(name.database, name.schema, verb)
        except SqlError as error:
            if error.code == 2003 and (name.database or name.schema):
                raise missing(kind, str(name)) from None
            raise
        found = self.engine.catalogue.find(kind, schema.id, name.last)
        if found is None or not self._reachable(found, schema):
            raise missing(kind, str(name))
        return found

    def find_account(self, kind: str, name: Name | str) -> Object:
        """Return an object of the account: a role, a warehouse, a resource monitor."""
        last = name if isinstance(name, str) else name.last
        found = self.engine.catalogue.find(kind, ACCOUNT_ID, last)
        if found is None or (kind not in {"ROLE", "USER"} and not self.may_see(found)):
            raise missing(kind, str(name))
        return found

    def _reachable(self, item: Object, schema: Object) -> bool:
        database = self.engine.catalogue.get(schema.parent)
        assert database is not None
        return (
            (
                self.privileges.has(self.roles, "USAGE", database)
                or bool(database.body.get("system"))
            )
            and (
                self.privileges.has(self.roles, "USAGE", schema)
                or bool(schema.body.get("system"))
                or self.may_see(item)
            )
            and self.may_see(item)
        )

    def timeout(self) -> float:
        """Return the seconds that a statement may take: the least that session or warehouse say.

        A task's own limit comes before both.
        https://docs.snowflake.com/en/sql-reference/parameters#statement-timeout-in-seconds
        """
        limits = [float(self.parameter("STATEMENT_TIMEOUT_IN_SECONDS"))]
        if self.task is not None:
            held = self.task.body.get("properties", {})
            own = float(held.get("USER_TASK_TIMEOUT_MS", 0)) / 1000
            if own:
                return own
            limits += [float(held.get("STATEMENT_TIMEOUT_IN_SECONDS", 0)), _TASK_TIMEOUT]
        if self.warehouse:
            found = self.engine.catalogue.find("WAREHOUSE", ACCOUNT_ID, self.warehouse)
            held = found.body.get("properties", {}) if found is not None else {}
            limits.append(float(held.get("STATEMENT_TIMEOUT_IN_SECONDS", 0)))
        return min((limit for limit in limits if limit), default=_LONGEST)

    def parameter(self, name: str) -> Any:
        """Return a session parameter, or what it is by default."""
        return self.parameters.get(name, PARAMETERS.get(name))

    # --- transactions -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def ddl(self) -> Iterator[Change]:
        """Change the catalogue: commits what is open, and is a transaction of its own."""
        self.commit()
        with self.engine.change(self.owner, self.cursor) as change:
            yield change

    @property
    def owner(self) -> str:
        """The role that owns what this session creates."""
        return self.role.name

    def lock_objects(self, objects: Iterable[int]) -> None:
        """Take the locks of objects until the transaction ends."""
        timeout = float(self.parameter("LOCK_TIMEOUT"))
        self.engine.locks.acquire(self.key, objects, timeout)

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
            yield
            if not self.in_transaction:
                self.commit()
        except BaseException:
            if self.in_transaction:
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
        if not self.in_transaction:
            return self.cursor.execute(sql, parameters)
        states = {
            table: state_of(self.cursor, table)
            for table in reads
            if not self.engine.locks.holds(self.key, table)
        }
        done = self.cursor.execute(sql, parameters)
        self.journal.note(sql, parameters, states)
        return done

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
    def in_transaction(self) -> bool:
        """Whether statements wait for a COMMIT."""
        return self.explicit or not self.parameter("AUTOCOMMIT")

    def begin(self) -> None:
        """Start a transaction; a second BEGIN changes nothing, as in Snowflake."""
        if not self.explicit:
            self.explicit = True
            self.transaction_id = self.engine.next_version()

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
        self.transaction_id = 0
        self.offsets.clear()
        self.stream_bounds.clear()
        self.journal.clear()
        self.engine.locks.release(self.key)

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        self.rollback()
        self.cursor.close()

    def keep(self, query_id: str, result: "Result") -> None:
        """Remember a result for RESULT_SCAN."""
        self.results[query_id] = result
        while len(self.results) > _KEPT_RESULTS:
            self.results.popitem(last=False)


PARAMETERS: dict[str, Any] = {
    "AUTOCOMMIT": True,
    "TIMEZONE": "UTC",
    "QUERY_TAG": "",
    "LOCK_TIMEOUT": 60,
    "STATEMENT_TIMEOUT_IN_SECONDS": 172800,
    "MULTI_STATEMENT_COUNT": 1,
    "ERROR_ON_NONDETERMINISTIC_MERGE": True,
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "WEEK_START": 0,
    "WEEK_OF_YEAR_POLICY": 0,
    "ROWS_PER_RESULTSET": 0,
    "USE_CACHED_RESULT": True,
}


def aborted() -> SqlError:
    """Return the error of a transaction in which a statement failed."""
    return SqlError(
        "The transaction was aborted by the statement that failed in it and can only be rolled "
        "back: its earlier statements cannot run again alike (on Snowflake only the failed one "
        "would be undone).",
        90236,
        "25000",
    )
