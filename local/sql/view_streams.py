"""Streams on views: the difference of the view's rows at two points, row by row."""

from ..engine.catalogue import Object
from ..language.names import quote
from .context import Context
from .stored import columns_of
from .views import view_sql

# The upper bound of what has no end: greater than every version.
END = 2**62


def view_stream_sql(context: Context, stream: Object, read: dict[int, tuple[int, int]]) -> str:
    """Return DuckDB's SQL for the changes of a view's rows.

    A row that changed comes as DELETE and INSERT; which belong together is not known here, so that
    METADATA$ISUPDATE is always false. Equal rows are told apart by number.
    """
    view = context.session.engine.catalogue.get(int(stream.body["view"]))
    assert view is not None
    context.reads.update(read)
    before = view_sql(context, view, {key: bounds[0] for key, bounds in read.items()})
    after = view_sql(
        context, view, {key: bounds[1] for key, bounds in read.items() if bounds[1] != END}
    )
    names = ", ".join(quote(column.name) for column in columns_of(view))
    identity = f"md5('{stream.id}:' || CAST(to_json(struct_pack({_packed(names)})) AS VARCHAR))"
    added = f"SELECT {names} FROM ({after} EXCEPT ALL {before})"
    gone = f"SELECT {names} FROM ({before} EXCEPT ALL {after})"
    parts = [
        f'SELECT {names}, \'{action}\' AS "METADATA$ACTION", false AS "METADATA$ISUPDATE", '
        f'{identity} AS "METADATA$ROW_ID" FROM ({rows})'
        for action, rows in (("INSERT", added), ("DELETE", gone))
    ]
    return parts[0] if stream.body["mode"] == "APPEND_ONLY" else " UNION ALL ".join(parts)


def _packed(names: str) -> str:
    return ", ".join(f"f{index} := {name}" for index, name in enumerate(names.split(", ")))
