"""SEARCH_PREVIEW: a Cortex Search service answered by the local embedder."""

import json
from collections.abc import Callable
from typing import Any

from ..language.encoding import encoder
from ..language.errors import SqlError, compilation
from ..language.names import quote
from ..language.parser import Parser
from ..language.results import Column
from ..sessions.owned import open_session
from ..sessions.session import Session
from ..sql.context import Context
from ..sql.described import result_columns
from ..sql.parameters import strip_parameters
from .scores import Part, indexed, scored
from .scores import wrong as _wrong
from .scoring_configs import chosen, function_scores, weights_of

_KEYS = {
    "query",
    "multi_index_query",
    "columns",
    "filter",
    "limit",
    "scoring_config",
    "scoring_profile",
}
_MOST = 1000


def search_preview(context: Context, service: str, request: str) -> dict[str, Any]:
    """Return the answer of a search service to a request in JSON.

    https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-search/query-cortex-search-service

    Raises:
        SqlError: There is no such service, or the request is not one.
    """
    item = context.find("CORTEX SEARCH SERVICE", Parser(service).name())
    context.require("USAGE", item)
    if item.body.get("serving") == "SUSPENDED":
        raise SqlError(
            f"Cortex Search service {item.name} is suspended for serving.", 399511, "55000"
        )
    try:
        asked = json.loads(request)
    except ValueError:
        raise compilation("Invalid JSON in the search request", 100069, "22P02") from None
    if not isinstance(asked, dict):
        raise _wrong("the search request is an object")
    for key in asked:
        if key not in _KEYS:
            raise _wrong(f"unknown key '{key}' in the search request")
    if not isinstance(asked.get("query"), str) and "multi_index_query" not in asked:
        raise _wrong("the search request needs a query")
    own = open_session(context.session.engine, item)
    try:
        return _search(own, item.body, asked)
    finally:
        own.close()


def _search(session: Session, body: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    sql, context, columns = result_columns(session, body["query"])
    known = {column.name: column for column in columns}
    parts = scored(session, body, known, asked)
    default = [body["on"]] if body.get("on") else list(indexed(body))
    wanted = [str(name).upper() for name in asked.get("columns") or default]
    for name in wanted:
        if name not in known:
            raise _wrong(f"unknown column '{name}' in the search request")
    condition = _filter(asked.get("filter") or {}, body.get("attributes") or [])
    limit = min(int(asked.get("limit") or 10), _MOST)
    names = ", ".join(quote(name) for name in wanted)
    parameters = dict(strip_parameters(sql, context.parameters) or {})
    for part in parts:
        parameters |= part.parameters
    labels = [f'"$score{number}"' for number in range(len(parts))]
    config = chosen(body, asked)
    added = function_scores(config, known)
    more = [f'"$added{number}"' for number in range(len(added))]
    columns_sql = zip(
        (*(part.sql for part in parts), *added.values()), (*labels, *more), strict=True
    )
    scores = ", ".join(f"{made} AS {label}" for made, label in columns_sql)
    shares = zip(weights_of(config, parts), labels, strict=True)
    total = " + ".join([*(f"{share} * coalesce({label}, 0)" for share, label in shares), *more])
    some = " OR ".join(f"{label} IS NOT NULL" for label in labels)
    rows = session.transaction.cursor.execute(
        f"SELECT {names}, {', '.join((*labels, *more))} FROM (SELECT *, {scores} FROM ({sql}) "
        f"WHERE {condition}) WHERE {some} ORDER BY {total} DESC LIMIT {limit}",
        parameters,
    ).fetchall()
    results = []
    for row in rows:
        found: dict[str, Any] = {
            name: _shown(known[name], value) for name, value in zip(wanted, row, strict=False)
        }
        scored_by = row[len(wanted) : len(wanted) + len(parts)]
        found["@scores"] = _components(parts, scored_by)
        if added:
            values = row[len(wanted) + len(parts) :]
            found["@scores"]["function_scores"] = {
                name: {"weighted_score": round(float(value), 7)}
                for name, value in zip(added, values, strict=True)
            }
        results.append(found)
    return {"results": results, "request_id": session.key}


def _components(parts: list[Part], values: tuple[Any, ...]) -> dict[str, Any]:
    """Return the best score of each sort, as the answers of Snowflake name them."""
    found: dict[str, Any] = {}
    for part, value in zip(parts, values, strict=True):
        if value is not None:
            found[part.score] = max(found.get(part.score, -1.0), round(float(value), 7))
    return found


def _shown(column: Column, value: Any) -> Any:
    return None if value is None else encoder(column.type)(value)


def _filter(node: dict[str, Any], attributes: list[str]) -> str:
    """Return DuckDB's SQL of a filter such as {"@and": [{"@eq": {"REGION": "US"}}]}."""
    if not node:
        return "true"
    if len(node) != 1:
        raise _wrong("a filter has one operator")
    ((operator, value),) = node.items()
    if operator in {"@and", "@or"}:
        return "(" + f" {operator[1:]} ".join(_filter(part, attributes) for part in value) + ")"
    if operator == "@not":
        return f"(NOT {_filter(value, attributes)})"
    make = _OPERATORS.get(operator)
    if make is None or not isinstance(value, dict) or len(value) != 1:
        raise _wrong(f"unknown operator '{operator}' in a filter")
    ((name, wanted),) = value.items()
    if name.upper() not in attributes:
        raise _wrong(f"'{name}' is not an attribute of the service")
    return make(quote(name.upper()), _literal(wanted))


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


_OPERATORS: dict[str, Callable[[str, str], str]] = {
    "@eq": lambda name, value: f"{name} = {value}",
    "@gte": lambda name, value: f"{name} >= {value}",
    "@lte": lambda name, value: f"{name} <= {value}",
    "@contains": lambda name, value: f"list_contains(from_json({name}, '[\"VARCHAR\"]'), {value})",
}
