"""A session with an account: run a statement, read rows, say plainly what went wrong.

    with connect(project, "dev") as session:
        for row in session.query("SHOW TABLES IN ACCOUNT"):
            print(row["name"])

The real Snowflake connector (4.8 and 5.x) speaks to the account and to the local stack alike.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from hushflake.schema.names import Identifier, literal
from hushflake.schema.project import Project

from . import loopback
from .connector import opened
from .credentials import is_interactive
from .errors import ConnectError, DeployError, MistakeError, StatementError
from .faults import ENDED_CODES, Masker, statement_error
from .spares import Spares

_T = TypeVar("_T")
Row = dict[str, Any]
"""One row: column name as the server spells it (SHOW: lower case; SELECT: upper case) -> value."""

Trace = Callable[[str], None]
"""Receives every statement before it is sent; secrets are never in it."""

_TRIES = 4
_FIRST_PAUSE = 0.25  # seconds; doubled by every try
_QUIET_SECONDS = 600.0  # without a statement; a local stack ends itself after longer ones


@dataclass(frozen=True)
class Result:
    """What a statement left behind.

    Attributes:
        rows: The rows of the answer; DDL answers with one row `status`.
        changed: Rows changed by DML, else None.
        query_id: The server's id of the query.
    """

    rows: list[Row]
    changed: int | None
    query_id: str | None


@dataclass(frozen=True)
class Fetched:
    """Rows as they came: columns in order, names that repeat included.

    Attributes:
        more: There are more rows than these.
        query_id: The server's id of the query.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool
    query_id: str | None


@dataclass
class Session:
    """One connection to an account. Not for two threads at once: `fork` gives a thread its own.

    Statements commit by themselves, unless inside `transaction`. Placeholders are `?`.

    Attributes:
        arguments: For the connector; secrets among them are never shown.
        trace: Receives every statement before it is sent.
        tag: The query tag.
        masker: Knows the secrets.
        setup: Statements that every new connection runs first, also one after a network fault.
        renewed: Gives the arguments anew where they may have changed: a local stack that ended
            itself, because nobody asked for hours, comes back on another port.
    """

    arguments: Mapping[str, Any] = field(repr=False)
    trace: Trace | None = None
    tag: str | None = None
    masker: Masker = field(default_factory=Masker, repr=False)
    setup: tuple[str, ...] = ()
    renewed: Callable[[], Mapping[str, Any]] | None = field(default=None, repr=False)
    _connection: Any = field(default=None, repr=False)
    _broken: bool = False
    _used: float = 0.0
    _shared: bool = False
    _in_transaction: bool = False
    _spares: "Spares[Session] | None" = field(default=None, repr=False)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a statement that only reads; repeated when the network fails.

        Raises:
            StatementError: The server refused it, or stayed unreachable.
        """
        return self.execute(sql, parameters, idempotent=True).rows

    def execute(
        self,
        sql: str,
        parameters: Sequence[Any] = (),
        *,
        idempotent: bool = False,
        secrets: Mapping[str, str] | None = None,
    ) -> Result:
        """Run one statement.

        Args:
            sql: The statement, without a trailing semicolon.
            parameters: Values for its `?`, of simple types.
            idempotent: Running it twice is as good as once: then a network fault is answered by
                another try (never inside a transaction).
            secrets: Placeholder in `sql` -> value, put in at the last moment. No trace, error
                or log of ours shows the values.

        Raises:
            StatementError: The server refused it, or no answer came (`unknown`: it may have run).
        """
        if self.trace is not None:
            self.trace(sql)
        text = self.masker.fill(sql, secrets or {})
        tries = _TRIES if idempotent and not self._in_transaction else 1
        for number in range(1, tries + 1):
            try:
                return self._signed_in(lambda: self._once(text, parameters))
            except StatementError as error:
                if not error.transient or number == tries:
                    raise
                time.sleep(_FIRST_PAUSE * 2**number * random.uniform(0.5, 1.0))  # noqa: S311
                self._reconnect()
        raise AssertionError("unreachable: the last try returns or raises")

    def fetch(self, sql: str, limit: int) -> "Fetched":
        """Run a statement of any kind, once, and return at most `limit` of its rows.

        Raises:
            StatementError: The server refused it, or no answer came (`unknown`: it may have run).
        """
        if self.trace is not None:
            self.trace(sql)
        return self._signed_in(lambda: self._with_cursor(sql, (), lambda c: _fetched(c, limit)))

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run one statement for many rows of parameters and return how many rows it changed."""
        if not rows:
            return 0
        if self.trace is not None:
            self.trace(f"{sql}  -- {len(rows)} rows of parameters")
        return self._signed_in(lambda: self._many(sql, rows))

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """Commit what happens inside as one, or nothing of it."""
        # Without an answer the session is replaced, and whatever it had begun is gone with it.
        self.execute("BEGIN", idempotent=True)
        self._in_transaction = True
        try:
            yield self
            # Still inside: a COMMIT without an answer must not be repeated blindly.
            self.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise
        finally:
            self._in_transaction = False

    def fork(self, tag: str | None = None) -> "Session":
        """Return a session of its own for another thread, not yet connected.

        Where signing in asks a person, the connection is shared and only the cursor is new:
        nobody wants eight browser windows.
        """
        shared = is_interactive(self.arguments)
        return Session(
            arguments=self.arguments,
            trace=self.trace,
            tag=tag or self.tag,
            masker=self.masker,
            setup=self.setup,
            renewed=self.renewed,
            _connection=self._open() if shared else None,
            _shared=shared,
        )

    @property
    def spares(self) -> "Spares[Session]":
        """More sessions like this one, for other threads; they end with it."""
        if self._spares is None:
            self._spares = Spares(self)
        return self._spares

    @property
    def is_shared(self) -> bool:
        """Whether it uses the connection of another: a person signed in to that one."""
        return self._shared

    def become_like(self, model: "Session") -> None:
        """Take over the role, the warehouse, the query tag and the trace that another session with
        the same arguments has; where they cannot be, sign in again for the next statement."""
        self.trace = model.trace
        # What nobody knows, or what the model does not have, no statement takes back.
        is_known = not self._broken and not self._in_transaction
        if self._connection is not None and not (is_known and self._can_become(model)):
            self._hang_up()
        self.arguments, self.setup, self.tag = model.arguments, model.setup, model.tag

    def _can_become(self, model: "Session") -> bool:
        if self.arguments != model.arguments or not set(self.setup) <= set(model.setup):
            return False
        try:
            for sql in model.setup if self.setup != model.setup else ():
                self._once(sql, ())
            if self.tag != model.tag:
                self._once(_tagging(model.tag or ""), ())
        except DeployError:
            return False
        return True

    def rest_access(self) -> tuple[str, str]:
        """Return the account's URL and the session's token, for `rest.post` alone."""
        rest = self._open().rest
        return str(rest.server_url), str(rest.token)

    def set_tag(self, tag: str) -> None:
        """Mark all that follows in the account's query history."""
        self.tag = tag
        self.execute(_tagging(tag), idempotent=True)

    def close(self) -> None:
        """End the session and its spares at the server. Safe to call twice."""
        if self._spares is not None:
            self._spares.close()
        self._hang_up()

    def _hang_up(self) -> None:
        """End this connection alone: other threads may be at work with the spares."""
        connection, self._connection = self._connection, None
        if connection is not None and not self._shared:
            # The answer to a farewell is of no use to anybody, nor is its failure.
            with _quiet():
                connection.close(retry=False)

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _signed_in(self, work: Callable[[], _T]) -> _T:
        """Do `work`; when the server has ended the session meanwhile, sign in and do it again.

        A server that lives for days, as of MCP or of a sync, outlives its sessions: they end after
        four hours without a statement. Such a statement was refused unseen, so it may be sent again
        whatever it does. A transaction is gone with its session, and a shared connection is
        another's to replace.
        """
        try:
            return work()
        except StatementError as error:
            if error.code not in ENDED_CODES or self._in_transaction or self._shared:
                raise
            self._hang_up()
            return work()

    def _many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        cursor = self._cursor()
        try:
            cursor.executemany(sql, [tuple(row) for row in rows])
            return int(cursor.rowcount or 0)
        except Exception as error:
            raise self._fault(error, sql) from None
        finally:
            with _quiet():
                cursor.close()

    def _once(self, sql: str, parameters: Sequence[Any]) -> Result:
        return self._with_cursor(sql, parameters, _result)

    def _with_cursor(self, sql: str, parameters: Sequence[Any], read: Callable[[Any], _T]) -> _T:
        cursor = self._cursor()
        try:
            if parameters:
                cursor.execute(sql, tuple(parameters))
            else:
                cursor.execute(sql)
            return read(cursor)
        except Exception as error:
            raise self._fault(error, sql) from None
        finally:
            with _quiet():
                cursor.close()

    def _cursor(self) -> Any:
        return self._open().cursor()

    def _fault(self, error: Exception, sql: str) -> StatementError:
        fault = statement_error(error, sql, self.masker)
        self._broken |= fault.unknown
        return fault

    def _open(self) -> Any:
        self._broken |= self._is_gone()
        if self._broken and not self._in_transaction:
            # Nobody knows what state it is in.
            self._reconnect()
        if self._connection is None:
            if self._broken and self.renewed is not None:
                self.arguments = self.renewed()
                self.masker.values |= Masker.of_arguments(self.arguments).values
            self._connection = opened(self.arguments, self.tag, self.masker)
            self._broken = False
            try:
                for sql in self.setup:
                    self._once(sql, ())
            except BaseException:
                self._hang_up()  # half set up, it would work with another role
                raise
        self._used = time.monotonic()
        return self._connection

    def _is_gone(self) -> bool:
        """Whether a server on this machine ended since the last statement, a while ago.

        The connector would try a port that nobody listens on for ten seconds and more.
        """
        if self.renewed is None or self._connection is None or self._in_transaction:
            return False
        if time.monotonic() - self._used < _QUIET_SECONDS:
            return False
        return not loopback.answers(int(self.arguments["port"]))

    def use_warehouse(self, name: str) -> None:
        """Let a warehouse work for this session, its later connections and its forks."""
        self._use("WAREHOUSE", name)

    def use_role(self, name: str) -> None:
        """Work with a role and no other of the user's, in later connections and forks too.

        Users have all of their roles as secondary ones unless told otherwise, and these would add
        their rights to the role's. A connection that is opened again after a fault must not work
        with more rights than before.

        Raises:
            MistakeError: The connection is shared, and so would be the role.
        """
        if self._shared:
            raise MistakeError(
                "a session that a person signs in to is shared, so a role cannot be taken for one "
                "caller: sign in with a key pair or a token"
            )
        self._use("ROLE", name)
        alone = "USE SECONDARY ROLES NONE"
        self.execute(alone, idempotent=True)
        # Behind the role, and behind whatever widened it.
        role, *others = (sql for sql in self.setup if not sql.startswith("USE SECONDARY"))
        self.setup = (role, alone, *others)

    def _use(self, what: str, name: str) -> None:
        start = f"USE {what} "
        sql = start + Identifier(name).sql
        if sql in self.setup:
            return
        self.execute(sql, idempotent=True)
        others = [other for other in self.setup if not other.startswith(start)]
        # The role first: it decides which warehouse may be used.
        self.setup = (sql, *others) if what == "ROLE" else (*others, sql)

    def _reconnect(self) -> None:
        if not self._shared:
            self._hang_up()

    def _rollback(self) -> None:
        # If the connection is gone, so is its transaction: the server rolls back.
        with _quiet():
            self._once("ROLLBACK", ())


def _result(cursor: Any) -> Result:
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return Result(rows, cursor.rowcount, cursor.sfqid)


def _fetched(cursor: Any, limit: int) -> Fetched:
    columns = tuple(str(column[0]) for column in cursor.description or ())
    rows = [tuple(row) for row in cursor.fetchmany(limit + 1)] if columns else []
    return Fetched(columns, tuple(rows[:limit]), len(rows) > limit, cursor.sfqid)


def _tagging(tag: str) -> str:
    return f"ALTER SESSION SET QUERY_TAG = {literal(tag)}"


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        del error


def connect(
    project: Project,
    stack_name: str,
    *,
    trace: Trace | None = None,
    tag: str | None = None,
    lasting: bool = False,
) -> Session:
    """Return an open session with the account of a stack; the local stack is started if need be.

    Args:
        project: The schema project (`hushflake.schema.project.Project`).
        stack_name: A stack of the project, for example `local` or `dev`.
        trace: Receives every statement before it is sent.
        tag: The query tag of the session.
        lasting: For a process that may run for days: a local stack that ended meanwhile is started
            again. A deployment must rather stop.

    Raises:
        MistakeError: An unknown stack, or nothing to sign in with.
        ConnectError: The account cannot be reached, or refuses the credentials.
    """
    from .stacks import arguments_of

    arguments = arguments_of(project, stack_name)
    session = Session(arguments, trace=trace, tag=tag, masker=Masker.of_arguments(arguments))
    if lasting and arguments.get("host") == loopback.HOST:
        session.renewed = lambda: _arguments_again(project, stack_name)
    session._open()
    return session


def _arguments_again(project: Project, stack_name: str) -> Mapping[str, Any]:
    from hushflake.local.language.errors import LocalStackError

    from .stacks import arguments_of

    try:
        return arguments_of(project, stack_name)
    except LocalStackError as error:
        raise ConnectError(str(error)) from None
