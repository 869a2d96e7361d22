"""SYSTEM$ functions, GET_DDL and Cortex Search."""

import json
from typing import Any

from sqlglot import exp

from ..cortex.search import search_preview
from ..engine import limits
from ..language.errors import compilation
from ..language.parser import Parser
from ..sql.context import Context, text
from .get_ddl import get_ddl
from .kinds import kinds
from .task_changes import resume


def _texts(arguments: list[exp.Expr], low: int, high: int, name: str) -> list[str]:
    if not low <= len(arguments) <= high:
        raise compilation(f"{name} takes {low} to {high} arguments", 938, "22023")
    found = []
    for argument in arguments:
        # A variable of a block stands in brackets.
        argument = argument.unnest()
        if not isinstance(argument, exp.Literal | exp.Boolean):
            raise compilation(f"the arguments of {name} must be literals", 1015, "22023")
        found.append(str(argument.this))
    return found


def _get_ddl(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    kind, name, *more = _texts(arguments, 2, 3, "GET_DDL")
    qualified = bool(more) and more[0].lower() == "true"
    return text(get_ddl(context.session, kind, name, qualified))


def _get_tag(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    tag_name, name, domain = _texts(arguments, 3, 3, "SYSTEM$GET_TAG")
    session = context.session
    tag = session.names.find("TAG", Parser(tag_name).name())
    if domain.upper() == "COLUMN":
        table_name, _, column = name.rpartition(".")
        table = session.names.find("TABLE", Parser(table_name).name())
        tags: dict[str, str] = next(
            (
                held.get("tags", {})
                for held in table.body["columns"]
                if held["name"] == column.upper()
            ),
            {},
        )
    else:
        item: Any = kinds()[domain.upper()].find(session, Parser(name).name())
        tags = {}
        # A tag on a database or schema counts for everything in it.
        while item is not None:
            tags = {**item.body.get("tags", {}), **tags}
            item = session.engine.catalogue.get(item.parent) if item.parent else None
    value = tags.get(str(tag.id))
    return exp.Null() if value is None else text(value)


def _dependents(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    (name,) = _texts(arguments, 1, 1, "SYSTEM$TASK_DEPENDENTS_ENABLE")
    session = context.session
    root = session.names.find("TASK", Parser(name).name())
    catalogue = session.engine.catalogue
    siblings = catalogue.children(root.parent, "TASK")
    graph = {root.name}
    grown = True
    while grown:
        more = {
            task.name
            for task in siblings
            if set(task.body.get("after") or []) & graph or task.body.get("finalize") in graph
        }
        grown = not more <= graph
        graph |= more
    for task in siblings:
        if task.name in graph and not session.identity.allows("OPERATE", task):
            session.identity.require_ownership(task)
    for task in siblings:
        if task.name in graph and task.id != root.id and task.body.get("state") != "started":
            resume(session, task)
    resume(session, root)
    return text("Statement executed successfully.")


def _search_preview(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    if len(arguments) != 2:
        raise compilation("SEARCH_PREVIEW takes a service and a query", 938, "22023")
    values = []
    for argument in arguments:
        if isinstance(argument, exp.Placeholder):
            values.append(str(context.bindings[str(argument.this)].value))
        elif isinstance(argument, exp.Literal):
            values.append(str(argument.this))
        else:
            raise compilation("the arguments of SEARCH_PREVIEW must be literals", 1015, "22023")
    return text(json.dumps(search_preview(context, values[0], values[1])))


def _cancel_all(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Cancel the running statement of another session of the user; there is one at most."""
    (number,) = _texts(arguments, 1, 1, "SYSTEM$CANCEL_ALL_QUERIES")
    session = context.session
    other = session.engine.sessions.get(int(number)) if number.isdecimal() else None
    if other is None or other is session:
        return text("0 cancelled.")
    ran = session.engine.watch.cancel_session(session.identity.user.id, int(number))
    return text(f"{int(ran)} cancelled.")


def _return_value(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    context.session.task_result = _texts(arguments, 1, 1, "SYSTEM$SET_RETURN_VALUE")[0]
    return text("OK")


_UNITS = {"DAYS": 86_400, "HOURS": 3600, "MINUTES": 60, "SECONDS": 1, "MILLISECONDS": 0.001}


def _wait(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    """Wait while translating.

    https://docs.snowflake.com/en/sql-reference/functions/system_wait
    """
    amount, *rest = _texts(arguments, 1, 2, "SYSTEM$WAIT")
    unit = rest[0].upper() if rest else "SECONDS"
    if unit not in _UNITS or not amount.isdigit():
        raise compilation("SYSTEM$WAIT takes a whole number and a unit of time", 1015, "22023")
    if not context.session.describing:
        limits.sleep(int(amount) * _UNITS[unit])
    return text(f"waited {amount} {unit.lower()}")


def _cancel_query(arguments: list[exp.Expr], context: Context) -> exp.Expr:
    (query_id,) = _texts(arguments, 1, 1, "SYSTEM$CANCEL_QUERY")
    session = context.session
    if session.engine.watch.cancel(session.identity.user.id, query_id):
        return text(f"query [{query_id}] terminated.")
    return text("Identified SQL statement is not currently executing.")


CALLS = {
    "SYSTEM$WAIT": _wait,
    "SYSTEM$CANCEL_QUERY": _cancel_query,
    "GET_DDL": _get_ddl,
    "SYSTEM$CANCEL_ALL_QUERIES": _cancel_all,
    "SYSTEM$GET_TAG": _get_tag,
    "SYSTEM$TASK_DEPENDENTS_ENABLE": _dependents,
    "SYSTEM$SET_RETURN_VALUE": _return_value,
    "SNOWFLAKE.CORTEX.SEARCH_PREVIEW": _search_preview,
}
