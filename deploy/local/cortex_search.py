"""SEARCH_PREVIEW: a Cortex Search service answered by the local embedder."""

import json
from collections.abc import Callable
from typing import Any

from .errors import SqlError, compilation
from .execution import result_columns
from .names import quote
from .parser import Parser
from .session import Session
from .wire import Column, encoder

_KEYS = {"query", "columns", "filter", "limit", "experimental", "scoring_config"}
_MOST = 1000


def search_preview(session: Session, service: str, request: str) -> dict[str, Any]:
    """Return the answer of a search service to a request in JSON.

    Raises:
        SqlError: There is no such service, or the request is not one.
    """
    item = session.find("CORTEX SEARCH SERVICE", Parser(service).name())
    session.require("USAGE", item)
    if item.body.get("serving") == "SUSPENDED":
        raise SqlError(
            f"Cortex Search service {item.name} is suspended for serving.", 399511, "55000"
        )
    try:
        asked = json.loads(request)
    except ValueError:
        raise compilation("Invalid JSON in the search request", 100069, "22P02") from None
    for key in asked:
        if key not in _KEYS:
            raise compilation(f"unknown key '{key}' in the search request", 399113, "22023")
    if not isinstance(asked.get("query"), str):
        raise compilation("the search request needs a query", 399113, "22023")
    from .tasks import open_session

    own = open_session(session.engine, item)
    try:
        return _search(own, item.body, asked)
    finally:
        own.close()


def _search(session: Session, body: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    from .translate.query import strip_parameters

    sql, context, columns = result_columns(session, body["query"])
    allowed = [column.name for column in columns]
    wanted = [str(name).upper() for name in asked.get("columns") or [body["on"]]]
    attributes = body.get("attributes") or []
    for name in wanted:
        if name not in allowed:
            raise compilation(f"unknown column '{name}' in the search request", 399113, "22023")
    model = body["properties"].get("EMBEDDING_MODEL", "snowflake-arctic-embed-m-v1.5")
    size = len(session.engine.embedder.embed(model, asked["query"]))
    on = quote(body["on"])
    condition = _filter(asked.get("filter") or {}, attributes)
    limit = min(int(asked.get("limit") or 10), _MOST)
    names = ", ".join(quote(name) for name in wanted)
    parameters = {
        **(strip_parameters(sql, context.parameters) or {}),
        "model": model,
        "asked": asked["query"],
    }
    rows = session.cursor.execute(
        f"SELECT {names}, array_cosine_similarity(hush_embed_{size}($model, CAST({on} AS VARCHAR)), "
        f"hush_embed_{size}($model, $asked)) AS score FROM ({sql}) WHERE {on} IS NOT NULL AND {condition} "
        f"ORDER BY score DESC LIMIT {limit}",
        parameters,
    ).fetchall()
    known = {column.name: column for column in columns}
    results = []
    for row in rows:
        found: dict[str, Any] = {
            name: _shown(known[name], value) for name, value in zip(wanted, row, strict=False)
        }
        found["@scores"] = {"cosine_similarity": round(float(row[-1]), 7)}
        results.append(found)
    return {"results": results, "request_id": session.key}


def _shown(column: Column, value: Any) -> Any:
    return None if value is None else encoder(column.type)(value)


def _filter(node: dict[str, Any], attributes: list[str]) -> str:
    """Return DuckDB's SQL of a filter such as {"@and": [{"@eq": {"REGION": "US"}}]}."""
    if not node:
        return "true"
    if len(node) != 1:
        raise compilation("a filter has one operator", 399113, "22023")
    ((operator, value),) = node.items()
    if operator in {"@and", "@or"}:
        return "(" + f" {operator[1:]} ".join(_filter(part, attributes) for part in value) + ")"
    if operator == "@not":
        return f"(NOT {_filter(value, attributes)})"
    make = _OPERATORS.get(operator)
    if make is None or not isinstance(value, dict) or len(value) != 1:
        raise compilation(f"unknown operator '{operator}' in a filter", 399113, "22023")
    ((name, wanted),) = value.items()
    if name.upper() not in attributes:
        raise compilation(f"'{name}' is not an attribute of the service", 399113, "22023")
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
