"""SHOW VIEWS and SHOW OBJECTS IN INFORMATION_SCHEMA: the views that the stack has there.

https://docs.snowflake.com/en/sql-reference/sql/show-views
"""

from ...language.patterns import like
from ...language.results import SHOW, Column, Result
from ...sessions.session import Session
from ..kinds.base import Kind
from ..kinds.schema import INFORMATION_SCHEMA
from ..kinds.showing import TERSE_COLUMNS, Scope, timestamp
from . import views


def show_provided(session: Session, kind: Kind, scope: Scope) -> Result:
    """Return a row for each view of INFORMATION_SCHEMA; `scope` is inside of it."""
    assert scope.inside is not None
    database = session.engine.catalogue.get(scope.inside.parent)
    assert database is not None
    matches = like(scope.like or "%", case_sensitive=False)
    names = [
        name
        for name in sorted(views())
        if matches(name)
        and name.startswith(scope.starts_with or "")
        and (scope.after is None or name > scope.after)
    ]
    shown = TERSE_COLUMNS if scope.terse else kind.show_columns
    common = {
        "created_on": timestamp(scope.inside.created),
        "kind": "VIEW",
        "database_name": database.name,
        "schema_name": INFORMATION_SCHEMA,
        "is_secure": "false",
        "is_materialized": "false",
        "change_tracking": "OFF",
        "rows": 0,
        "bytes": 0,
        **dict.fromkeys(("is_hybrid", "is_dynamic", "is_iceberg"), "N"),
    }
    rows = [
        [{**common, "name": name}.get(column, "") for column, _ in shown]
        for name in names[: scope.limit]
    ]
    return Result([Column(name, data_type) for name, data_type in shown], rows, SHOW)
