"""Table functions of INFORMATION_SCHEMA: TASK_HISTORY, QUERY_HISTORY and their kin."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from ...language.errors import compilation, unsupported
from ...sessions.history import History
from ...sql.context import Context
from ...sql.rows import literal_relation
from ..kinds.showing import timestamp
from . import copy_history, policy_references

_TIME = "TIMESTAMP WITH TIME ZONE"
_MOST = 10_000


def table_function(name: str, arguments: dict[str, exp.Expr], context: Context) -> str:
    """Return DuckDB's SQL for a table function.

    Raises:
        SqlError: There is none of that name here, or an argument is not known.
    """
    found = _FUNCTIONS.get(name)
    if found is None:
        raise unsupported(f"INFORMATION_SCHEMA.{name}")
    make, known = found
    for key in arguments:
        if key not in known:
            raise compilation(f"unknown argument {key} of {name}", 938, "22023")
    return make(context, {key: _value(node, context) for key, node in arguments.items()})


def _value(node: exp.Expr, context: Context) -> Any:
    from ...sql.dialect import write
    from ...sql.query import translate_tree
    from ...sql.rows import first_value

    sql = f"SELECT {write(translate_tree(node.copy(), context))}"
    return first_value(context.session, sql, context)


def _micro(value: Any) -> int | None:
    if value is None:
        return None
    import datetime as dt

    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt.UTC)
    return int((value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1))


_TASK_COLUMNS = (
    ("QUERY_ID", "VARCHAR"), ("NAME", "VARCHAR"), ("DATABASE_NAME", "VARCHAR"), ("SCHEMA_NAME", "VARCHAR"),
    ("QUERY_TEXT", "VARCHAR"), ("CONDITION_TEXT", "VARCHAR"), ("STATE", "VARCHAR"), ("ERROR_CODE", "VARCHAR"),
    ("ERROR_MESSAGE", "VARCHAR"), ("SCHEDULED_TIME", _TIME), ("QUERY_START_TIME", _TIME),
    ("NEXT_SCHEDULED_TIME", _TIME), ("COMPLETED_TIME", _TIME), ("ROOT_TASK_ID", "VARCHAR"),
    ("GRAPH_VERSION", "BIGINT"), ("RUN_ID", "BIGINT"), ("RETURN_VALUE", "VARCHAR"),
    ("SCHEDULED_FROM", "VARCHAR"), ("ATTEMPT_NUMBER", "BIGINT"), ("CONFIG", "VARCHAR"),
    ("QUERY_HASH", "VARCHAR"), ("QUERY_HASH_VERSION", "BIGINT"),
    ("QUERY_PARAMETERIZED_HASH", "VARCHAR"), ("QUERY_PARAMETERIZED_HASH_VERSION", "BIGINT"),
    ("GRAPH_RUN_GROUP_ID", "BIGINT"), ("BACKFILL_INFO", "VARCHAR"),
)  # fmt: skip


def _task_history(context: Context, arguments: dict[str, Any]) -> str:
    session = context.session
    catalogue = session.engine.catalogue
    limit = int(arguments.get("RESULT_LIMIT") or 100)
    low, high = (
        _micro(arguments.get("SCHEDULED_TIME_RANGE_START")),
        _micro(arguments.get("SCHEDULED_TIME_RANGE_END")),
    )
    name = str(arguments.get("TASK_NAME") or "").upper().rsplit(".", 1)[-1]
    runs = session.transaction.cursor.execute(
        "SELECT run, task, root, graph, state, scheduled, started, ended, query_id, code, message, "
        "result, source, attempt "
        "FROM hush.task_runs ORDER BY ended DESC, run DESC"
    ).fetchall()
    rows: list[list[Any]] = []
    for (
        _run,
        key,
        root,
        graph,
        state,
        scheduled,
        started,
        ended,
        query_id,
        code,
        message,
        result,
        source,
        attempt,
    ) in runs:
        task = catalogue.get(key)
        if (
            task is None
            or (low is not None and scheduled < low)
            or (high is not None and scheduled > high)
        ):
            continue
        if (name and task.name.upper() != name) or (
            arguments.get("ERROR_ONLY") and state != "FAILED"
        ):
            continue
        if not session.names.may_see(task) and not session.identity.allows(
            "MONITOR EXECUTION", None
        ):
            continue
        path = catalogue.path(task)
        rows.append(
            [query_id if state != "SKIPPED" else None, task.name, path[0], path[1], task.body["definition"],
             task.body.get("when"), state, code, message, timestamp(scheduled),
             timestamp(started) if state != "SKIPPED" else None, None, timestamp(ended), f"{root:032x}", 1, graph,
             result, source, attempt or 1, task.body.get("properties", {}).get("CONFIG"), None, None, None, None, graph, None]
        )  # fmt: skip
        if len(rows) >= min(limit, _MOST):
            break
    return literal_relation(context, _TASK_COLUMNS, rows)


_QUERY_COLUMNS = (
    ("QUERY_ID", "VARCHAR"), ("QUERY_TEXT", "VARCHAR"), ("DATABASE_NAME", "VARCHAR"), ("SCHEMA_NAME", "VARCHAR"),
    ("QUERY_TYPE", "VARCHAR"), ("SESSION_ID", "BIGINT"), ("USER_NAME", "VARCHAR"), ("ROLE_NAME", "VARCHAR"),
    ("WAREHOUSE_NAME", "VARCHAR"), ("WAREHOUSE_SIZE", "VARCHAR"), ("WAREHOUSE_TYPE", "VARCHAR"),
    ("CLUSTER_NUMBER", "BIGINT"), ("QUERY_TAG", "VARCHAR"), ("EXECUTION_STATUS", "VARCHAR"),
    ("ERROR_CODE", "BIGINT"), ("ERROR_MESSAGE", "VARCHAR"), ("START_TIME", _TIME), ("END_TIME", _TIME),
    ("TOTAL_ELAPSED_TIME", "BIGINT"), ("BYTES_SCANNED", "BIGINT"), ("ROWS_PRODUCED", "BIGINT"),
    ("COMPILATION_TIME", "BIGINT"), ("EXECUTION_TIME", "BIGINT"),
)  # fmt: skip


def _session_history(context: Context, arguments: dict[str, Any]) -> str:
    """Those of one session: without a number, of the one that asks.

    https://docs.snowflake.com/en/sql-reference/functions/query_history
    """
    return _query_history(context, {"SESSION_ID": context.session.id, **arguments})


def _query_history(context: Context, arguments: dict[str, Any]) -> str:
    session = context.session
    limit = int(arguments.get("RESULT_LIMIT") or 100)
    low, high = (
        _micro(arguments.get("END_TIME_RANGE_START")),
        _micro(arguments.get("END_TIME_RANGE_END")),
    )
    rows: list[list[Any]] = []
    for record in reversed(session.engine.part(History).latest()):
        start = int(record.started * 1_000_000)
        end = start + int(record.seconds * 1_000_000)
        if (low is not None and end < low) or (high is not None and end > high):
            continue
        if record.user != session.identity.user.name:
            continue
        wanted = arguments.get("SESSION_ID")
        if wanted is not None and record.session != int(wanted):
            continue
        milliseconds = int(record.seconds * 1000)
        rows.append(
            [record.query_id, record.text, record.database, record.schema, record.text.split(None, 1)[0].upper(),
             record.session, record.user, record.role, record.warehouse, None, None, None, record.tag,
             record.status, int(record.code) if record.code else None, record.message, timestamp(start),
             timestamp(end), milliseconds, 0, record.rows, 0, milliseconds]
        )  # fmt: skip
        if len(rows) >= min(limit, _MOST):
            break
    return literal_relation(context, _QUERY_COLUMNS, rows)


_TASK_ARGUMENTS = {
    "SCHEDULED_TIME_RANGE_START",
    "SCHEDULED_TIME_RANGE_END",
    "RESULT_LIMIT",
    "TASK_NAME",
    "ERROR_ONLY",
    "ROOT_TASK_ID",
}
_QUERY_ARGUMENTS = {
    "END_TIME_RANGE_START",
    "END_TIME_RANGE_END",
    "RESULT_LIMIT",
    "SESSION_ID",
    "INCLUDE_CLIENT_GENERATED_STATEMENT",
}
_FUNCTIONS: dict[str, tuple[Callable[[Context, dict[str, Any]], str], set[str]]] = {
    "TASK_HISTORY": (_task_history, _TASK_ARGUMENTS),
    "QUERY_HISTORY": (_query_history, _QUERY_ARGUMENTS),
    "COPY_HISTORY": (
        lambda context, arguments: copy_history.run(context, arguments, _micro),
        copy_history.ARGUMENTS,
    ),
    "POLICY_REFERENCES": (policy_references.run, policy_references.ARGUMENTS),
    "QUERY_HISTORY_BY_SESSION": (_session_history, _QUERY_ARGUMENTS),
}
