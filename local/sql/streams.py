"""Streams and time travel: rows carry the version that wrote them, old images stay in a history.

Every statement that writes has a version, greater than all before. A row of a table holds the
version that wrote it (`$from`) and the one that inserted it (`$born`); an image that was replaced or
deleted lies in the history with the version that ended it (`$to`). A stream is an offset in these
versions: what it returns is the difference of two states.
"""

import datetime as dt

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation, unsupported
from ..language.names import quote
from ..language.parser import Parser
from ..sessions.session import Session
from ..sessions.transaction import Transaction
from .context import Context
from .dialect import write
from .marks import MADE
from .policies import protected
from .rows import first_value
from .stored import column_list, columns_of
from .view_streams import END, view_stream_sql

COLUMNS = ("METADATA$ACTION", "METADATA$ISUPDATE", "METADATA$ROW_ID")


def bases_of(session: Session, stream: Object) -> list[Object]:
    """Return the tables whose changes a stream records.

    Raises:
        SqlError: One of them is gone, or was created again: the stream is stale.
    """
    found = []
    for key in stream.body["bases"]:
        base = session.engine.catalogue.get(int(key))
        if base is None or base.dropped is not None:
            raise SqlError(
                f"Base table '{stream.body['table_name']}' dropped, cannot read from stream "
                f"'{stream.name}'.",
                91901,
                "55000",
            )
        found.append(base)
    return found


def bounds(context: Context, stream: Object) -> dict[int, tuple[int, int]]:
    """Return, for each base table, the versions between which a stream reads.

    In DML the stream will move to the upper one when the transaction commits; later statements of
    the same transaction read the same rows again.
    """
    session = context.session
    found: dict[int, tuple[int, int]] = {}
    for base in bases_of(session, stream):
        row = session.transaction.cursor.execute(
            "SELECT version FROM hush.stream_offsets WHERE stream = ? AND base = ?",
            [stream.id, base.id],
        ).fetchone()
        offset = int(row[0]) if row else 0
        held = session.transaction.stream_bounds.get(stream.id, {}).get(base.id)
        end = held if held is not None else END
        if context.consume and held is None:
            end = last_version(session.transaction, base)
            session.transaction.stream_bounds.setdefault(stream.id, {})[base.id] = end
            session.transaction.offsets.setdefault(stream.id, {})[base.id] = max(end, offset)
        found[base.id] = (offset, end)
    return found


def last_version(transaction: Transaction, table: Object) -> int:
    """Return the version of the last change of a table that the session sees."""
    row = transaction.cursor.execute(
        f'SELECT greatest((SELECT max("$from") FROM data."t{table.id}"), '
        f'(SELECT max("$to") FROM data."h{table.id}"), 0)'
    ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def stream_sql(context: Context, stream: Object) -> str:
    """Return DuckDB's SQL for what a stream holds."""
    read = bounds(context, stream)
    if stream.body.get("view"):
        return view_stream_sql(context, stream, read)
    (base,) = bases_of(context.session, stream)
    # https://docs.snowflake.com/en/user-guide/streams-intro#required-access-privileges
    context.require("SELECT", base)
    context.reads.add(base.id)
    names = [column.name for column in columns_of(base)]
    rows = delta_sql(
        base.id, names, *read[base.id], append_only=stream.body["mode"] == "APPEND_ONLY"
    )
    return protected(context, base, rows, COLUMNS)


def delta_sql(
    table: int, names: list[str], start: int, end: int, *, append_only: bool = False
) -> str:
    """Return DuckDB's SQL for the net changes of a table between two versions."""
    columns = ", ".join(quote(name) for name in names)
    inner = f'{columns}, "$rid"'
    prefixed = ", ".join(f"c.{quote(name)}" for name in names)
    identity = f"md5('{table}:' || c.\"$rid\")"
    if append_only:
        images = (
            f'SELECT {inner} FROM data."t{table}" WHERE "$from" = "$born" AND "$born" > {start} '
            f'AND "$born" <= {end} UNION ALL '
            f'SELECT {inner} FROM data."h{table}" WHERE "$from" = "$born" AND "$born" > {start} '
            f'AND "$born" <= {end}'
        )
        return (
            f'SELECT {prefixed}, \'INSERT\' AS "METADATA$ACTION", false AS "METADATA$ISUPDATE", '
            f'{identity} AS "METADATA$ROW_ID" FROM ({images}) AS c'
        )
    fresh = (
        f'SELECT {inner} FROM data."t{table}" WHERE "$from" > {start} AND "$from" <= {end} UNION ALL '
        f'SELECT {inner} FROM data."h{table}" WHERE "$from" > {start} AND "$from" <= {end} '
        f'AND "$to" > {end}'
    )
    stale = (
        f'SELECT {inner} FROM data."h{table}" WHERE "$from" <= {start} AND "$to" > {start} '
        f'AND "$to" <= {end}'
    )
    return (
        f"SELECT {prefixed}, 'INSERT' AS \"METADATA$ACTION\", "
        f'o."$rid" IS NOT NULL AS "METADATA$ISUPDATE", {identity} AS "METADATA$ROW_ID" '
        f'FROM ({fresh}) AS c LEFT JOIN (SELECT "$rid" FROM ({stale})) AS o ON o."$rid" = c."$rid" '
        f"UNION ALL SELECT {prefixed}, 'DELETE', o.\"$rid\" IS NOT NULL, {identity} "
        f'FROM ({stale}) AS c LEFT JOIN (SELECT "$rid" FROM ({fresh})) AS o ON o."$rid" = c."$rid"'
    )


def has_data(context: Context, stream: Object) -> bool:
    """Tell whether a stream holds rows, without moving it."""
    inner = Context(context.session, behalf=context.behalf)
    sql = stream_sql(inner, stream)
    row = context.session.transaction.cursor.execute(
        f"SELECT 1 FROM ({sql}) LIMIT 1", inner.parameters or None
    ).fetchone()
    return row is not None


def is_stale(session: Session, stream: Object) -> bool:
    """Tell whether a stream can no longer be read."""
    try:
        bases_of(session, stream)
    except SqlError:
        return True
    return False


def state_at(context: Context, table: Object, version: int) -> str:
    """Return DuckDB's SQL for the rows of a table as they were at a version, under its policies."""
    return protected(context, table, images_at(table, version))


def images_at(table: Object, version: int) -> str:
    """Return DuckDB's SQL for all rows of a table as they were at a version."""
    names = column_list(table)
    return (
        f'SELECT {names} FROM data."t{table.id}" WHERE "$from" <= {version} UNION ALL '
        f'SELECT {names} FROM data."h{table.id}" WHERE "$from" <= {version} AND "$to" > {version}'
    )


def state_sql(context: Context, table: Object, when: exp.HistoricalData) -> str:
    """Return DuckDB's SQL for AT or BEFORE."""
    return state_at(context, table, version_of(context, table, when))


def version_of(context: Context, table: Object, when: exp.HistoricalData) -> int:
    """Return the version that AT or BEFORE names.

    Raises:
        SqlError: It lies before the table, or is of a form not known here.
    """
    kind = str(when.args["kind"]).upper()
    session = context.session
    before = 1 if str(when.this).upper() == "BEFORE" else 0
    if kind == "STREAM":
        stream = context.find("STREAM", Parser(str(when.expression.this)).name())
        context.require("SELECT", stream)
        row = session.transaction.cursor.execute(
            "SELECT version FROM hush.stream_offsets WHERE stream = ? AND base = ?",
            [stream.id, table.id],
        ).fetchone()
        return int(row[0]) if row else 0
    if kind not in {"TIMESTAMP", "OFFSET"}:
        raise unsupported(f"AT({kind} => …)")
    moment_of = when.expression.copy()
    if not any(node.meta.get(MADE) for node in moment_of.walk()):
        moment_of = context.translate(moment_of)
    sql = write(moment_of)
    moment = first_value(session, f"SELECT {sql}", context)
    if kind == "OFFSET":
        version = context.moment + int(float(moment) * 1_000_000)
    else:
        if isinstance(moment, str):
            moment = dt.datetime.fromisoformat(moment)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        version = int(
            (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1)
        )
    if version < table.created:
        raise compilation(
            f"Time travel data is not available for table {table.name}. The requested time is "
            "either beyond the allowed time travel period or before the object creation time.",
            707,
            "02000",
        )
    return version - before


def changes_sql(context: Context, table: Object, changes: exp.Changes) -> str:
    """Return DuckDB's SQL for CHANGES(INFORMATION => …) AT(…) [END(…)]."""
    start = version_of(context, table, changes.args["at_before"])
    end = changes.args.get("end")
    stop = version_of(context, table, end) if end is not None else END
    names = [column.name for column in columns_of(table)]
    append = str(changes.args["information"].name).upper() == "APPEND_ONLY"
    rows = delta_sql(table.id, names, start, stop, append_only=append)
    return protected(context, table, rows, COLUMNS)
