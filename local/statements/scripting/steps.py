"""The statements of a script that run and do not branch: SQL, variables, cursors, result sets."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...language.errors import SqlError, compilation
from ...language.results import DELETE, INSERT, MERGE, SELECT, UPDATE, Result
from ...language.types import DataType
from ...sessions.session import Session
from ..running.runner import run_one
from . import texts, tree
from .values import Cursor, Declared, Names, ResultSet, Value, Variable, spelt, undeclared

_CHANGES = {INSERT, UPDATE, DELETE, MERGE}


@dataclass(frozen=True, slots=True)
class Table:
    """What RETURN TABLE(…) gives."""

    result: Result


class Steps:
    """Runs single statements.

    Args:
        session: Runs what is SQL.
        names: Those of the innermost block.
    """

    def __init__(self, session: Session, names: Names) -> None:
        self._session = session
        self.names = names
        names.state(
            SQLROWCOUNT=None, SQLFOUND=None, SQLNOTFOUND=None, ACTIVITY_COUNT=None, SQLID=None
        )

    def run(self, step: tree.Step) -> None:
        """Run a statement that is neither a block, a branch nor a loop."""
        match step:
            case tree.Sql():
                self._sql(step.text)
            case tree.Execute():
                self.query(step.query)
            case tree.Assign():
                self._assign(step)
            case tree.Variable():
                self._declare(step)
            case tree.DeclaredCursor():
                self.names.declare(step.name, Cursor(step.name, step.query))
            case tree.DeclaredResults():
                found = ResultSet() if step.query is None else self.query(step.query)
                self.names.declare(step.name, found)
            case tree.DeclaredException():
                self.names.declare(step.name, Declared(step.name, step.number, step.message))
            case tree.Open():
                self._open(step)
            case tree.Fetch():
                self._fetch(step)
            case tree.Close():
                self._cursor(step.name, opened=True).opened = None
            case _:
                raise AssertionError(step)

    # --- SQL --------------------------------------------------------------------------------------

    def _sql(self, text: str) -> None:
        written, targets = texts.into(text)
        result = self.execute(texts.statement(written, self.names), text).result
        if not targets:
            return
        assert result is not None
        if len(result.rows) != 1:
            raise compilation(
                f"SELECT INTO statement expects exactly 1 returned row, but got {len(result.rows)}.",
                90284,
                "42601",
            )
        for name, value in zip(targets, _values(result, result.rows[0]), strict=False):
            self.set(name, value)

    def execute(self, sql: str, written: str) -> ResultSet:
        """Run a statement under an id of its own and note what it did.

        Args:
            sql: With the values of variables.
            written: As the script has it: the result sets that it names are kept until it ran.
        """
        session = self._session
        for rows in texts.result_sets(written, self.names):
            assert rows.result is not None
            session.queries.keep(rows.query_id, rows.result)
        outer, own = session.queries.current, str(uuid.uuid4())
        session.queries.current = own
        try:
            result = run_one(session, sql)
        finally:
            session.queries.current = outer
            session.queries.last = own
        session.queries.keep(own, result)
        self._note(result, own)
        return ResultSet(result, own)

    def _note(self, result: Result, query_id: str) -> None:
        """Set the variables that tell of the last statement.

        https://docs.snowflake.com/en/developer-guide/snowflake-scripting/dml-status
        """
        changed = result.statement_type in _CHANGES
        rows = sum(result.rows[0][: _counts(result)]) if changed else None
        self.names.state(
            SQLROWCOUNT=rows,
            SQLFOUND=None if rows is None else rows > 0,
            SQLNOTFOUND=None if rows is None else rows == 0,
            ACTIVITY_COUNT=len(result.rows) if result.statement_type == SELECT else rows,
            SQLID=query_id,
        )

    def query(self, query: tree.Query) -> ResultSet:
        """Run what a RESULTSET is assigned, or EXECUTE IMMEDIATE."""
        if not query.immediate:
            return self.execute(texts.statement(query.text, self.names), query.text)
        text = self.value(query.text).value
        if text is None:
            raise compilation("EXECUTE IMMEDIATE needs a text, not NULL", 1003, "42000")
        sql = str(text)
        if query.using:
            sql = texts.placed(sql, [self.names.variable(name).held for name in query.using])
        return self.execute(sql, "")

    # --- variables --------------------------------------------------------------------------------

    def value(self, text: str) -> Value:
        """Evaluate an expression."""
        return self._evaluated(texts.expression(text, self.names), text)

    def _evaluated(self, sql: str, written: str) -> Value:
        for rows in texts.result_sets(written, self.names):
            assert rows.result is not None
            self._session.queries.keep(rows.query_id, rows.result)
        result = run_one(self._session, f"SELECT ({sql})")
        return Value(result.rows[0][0], result.columns[0].type)

    def whole(self, text: str) -> int:
        """Evaluate a bound of FOR: it is rounded."""
        found = self._evaluated(f"({texts.expression(text, self.names)})::INT", text).value
        if found is None:
            raise compilation("A bound of FOR is NULL", 1003, "42000")
        return int(found)

    def cast(self, value: Value, kind: DataType) -> Value:
        """Return a value as one of another type."""
        if value.type == kind and value.value is None:
            return value
        return replace(self._evaluated(f"({spelt(value)})::{kind}", ""), type=kind)

    def set(self, name: str, value: Value) -> None:
        """Give a variable a value; a declared type stays."""
        variable = self.names.variable(name)
        if variable.declared is not None:
            value = self.cast(value, variable.declared)
        variable.held = value

    def _assign(self, step: tree.Assign) -> None:
        held = self.names.get(step.name)
        if isinstance(held, ResultSet):
            if step.query is None:
                raise compilation(
                    f"RESULTSET '{step.name}' takes a query in brackets", 2049, "42601"
                )
            found = self.query(step.query)
            held.result, held.query_id = found.result, found.query_id
            return
        self.names.variable(step.name)
        self.set(step.name, self.value(step.value))

    def _declare(self, step: tree.Variable) -> None:
        value = Value(None, step.type) if step.value is None else self.value(step.value)
        if step.type is not None and step.value is not None:
            value = self.cast(value, step.type)
        self.names.declare(step.name, Variable(value, step.type))

    # --- cursors ----------------------------------------------------------------------------------

    def _cursor(self, name: str, *, opened: bool = False) -> Cursor:
        found = self.names.get(name)
        if not isinstance(found, Cursor):
            raise undeclared(name)
        if opened and found.opened is None:
            raise SqlError(f"Cursor '{name}' is not open.", 1003, "42000")
        return found

    def _open(self, step: tree.Open) -> None:
        cursor = self._cursor(step.name)
        if cursor.opened is not None:
            raise SqlError(f"Cursor '{step.name}' is already open.", 1003, "42000")
        self._opened(cursor, step.using)

    def _opened(self, cursor: Cursor, using: Sequence[str] = ()) -> ResultSet:
        """Run a cursor's query, unless it is open."""
        if cursor.opened is None:
            named = self.names.get(cursor.query.strip().upper())
            if isinstance(named, ResultSet):
                cursor.opened = named
            else:
                sql = texts.statement(cursor.query, self.names)
                values = [self.names.variable(name).held for name in using]
                sql = texts.placed(sql, values)
                cursor.opened = self.execute(sql, cursor.query)
            cursor.next = 0
        return cursor.opened

    def _fetch(self, step: tree.Fetch) -> None:
        cursor = self._cursor(step.name, opened=True)
        assert cursor.opened is not None
        result = self._result(cursor.opened, step.name)
        # Behind the last row there are NULLs.
        row: Sequence[Any] = [None] * len(result.columns)
        if cursor.next < len(result.rows):
            row = result.rows[cursor.next]
            cursor.next += 1
        if len(step.targets) != len(row):
            raise compilation(
                f"FETCH has {len(step.targets)} variables for {len(row)} columns", 2049, "42601"
            )
        for name, value in zip(step.targets, _values(result, row), strict=True):
            self.set(name, value)

    def rows(self, name: str) -> Iterator[dict[str, Value]]:
        """Return the rows of a cursor, which is opened, or of a result set."""
        held = self.names.get(name)
        first = 0
        if isinstance(held, Cursor):
            first = held.next if held.opened is not None else 0
            held = self._opened(held)
        if not isinstance(held, ResultSet):
            raise undeclared(name)
        result = self._result(held, name)
        columns = [column.name for column in result.columns]
        for row in result.rows[first:]:
            yield dict(zip(columns, _values(result, row), strict=True))

    # --- results ----------------------------------------------------------------------------------

    @staticmethod
    def _result(held: ResultSet, name: str) -> Result:
        if held.result is None:
            raise compilation(f"RESULTSET '{name}' has no query", 2049, "42601")
        return held.result

    def returned(self, step: tree.Return) -> Value | Table:
        """Return what a RETURN gives."""
        if step.form == "value":
            return Value(None) if step.value is None else self.value(step.value)
        assert step.value is not None
        if step.form == "cursor":
            opened = self._cursor(step.value, opened=True).opened
            assert opened is not None
            return Table(self._result(opened, step.value))
        held = self.names.get(step.value)
        if not isinstance(held, ResultSet):
            raise undeclared(step.value)
        return Table(self._result(held, step.value))


def _values(result: Result, row: Sequence[Any]) -> list[Value]:
    return [Value(value, column.type) for value, column in zip(row, result.columns, strict=True)]


def _counts(result: Result) -> int:
    """Return how many of a result's numbers count rows that changed."""
    # UPDATE also tells of rows that several rows matched.
    return 1 if result.statement_type == UPDATE else len(result.columns)
