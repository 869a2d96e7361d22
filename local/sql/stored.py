"""What DuckDB holds for the tables and views of the catalogue, and how a statement finds them."""

from ..engine.catalogue import Object
from ..language.errors import SqlError, missing
from ..language.names import Name, quote
from ..language.types import from_json
from .context import Context, TableColumn

ROW_ID, SINCE, BORN, UNTIL = "$rid", "$from", "$born", "$to"


def columns_of(table: Object) -> list[TableColumn]:
    """Return the columns of a table or view, in order."""
    return [
        TableColumn(column["name"], from_json(column["type"]), not column.get("not_null"))
        for column in table.body.get("columns", [])
    ]


def physical(table: Object, history: bool = False) -> str:
    """Return the name of the DuckDB table that holds a table's rows."""
    return f'data."{"h" if history else "t"}{table.id}"'


def find_relation(context: Context, name: Name) -> Object:
    """Return the table, view or stream of a name, as the statement or its view sees it."""
    try:
        return context.find("TABLE", name)
    except SqlError as error:
        if error.code != 2003:
            raise
        try:
            return context.find("STREAM", name)
        except SqlError:
            raise missing("OBJECT", str(name)) from None


def column_list(table: Object) -> str:
    """Return the visible columns of a table, for a SELECT."""
    return ", ".join(quote(column.name) for column in columns_of(table))
