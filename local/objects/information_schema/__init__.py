"""INFORMATION_SCHEMA: one file a view, made of the catalogue when it is read.

A file has `NAME`, `COLUMNS` (name and type) and `rows(session, database)`.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from ...language.errors import missing
from ...language.names import Name
from ...sql.context import Context
from ...sql.rows import literal_relation


@cache
def views() -> dict[str, ModuleType]:
    """Return the views by name."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "NAME"):
            found[loaded.NAME] = loaded
    return found


def relation(context: Context, name: Name) -> str:
    """Return DuckDB's SQL for a view of INFORMATION_SCHEMA.

    Raises:
        SqlError: There is none of that name.
    """
    view = views().get(name.last)
    if view is None:
        raise missing("OBJECT", str(name))
    session = context.session
    database = (
        session.names.find_database(name.database)
        if name.database
        else session.names.current_database()
    )
    return literal_relation(context, view.COLUMNS, view.rows(session, database))
