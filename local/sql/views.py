"""What is read under the name of a view."""

from ..engine.catalogue import Object
from ..language.names import quote
from .column_masks import masks_of
from .context import Context
from .dialect import parse, write
from .expanding import expanding
from .policies import masked_columns
from .stored import columns_of


def view_sql(context: Context, view: Object, versions: dict[int, int] | None = None) -> str:
    """Return DuckDB's SQL of a view, read with the privileges of its owner.

    https://docs.snowflake.com/en/user-guide/views-introduction
    """
    inner = context.within(view)
    inner.consume, inner.streams = context.consume, context.streams
    inner.versions = versions if versions is not None else context.versions
    with expanding(view), context.session.names.within(view.parent):
        tree = inner.translate(parse(str(view.body["query"])))
    names = ", ".join(quote(column.name) for column in columns_of(view))
    rows = f"SELECT * FROM ({write(tree)}) AS {quote(view.name)}({names})"
    if not masks_of(context.session.engine.catalogue, view):
        return rows
    # Tags mask the columns of views too; what they read is masked by itself.
    label = f"v{view.id}"
    values = ", ".join(masked_columns(context, view, label))
    return f"SELECT {values} FROM ({rows}) AS {quote(label)}"
