"""What a Cortex Search request asks of each index of a service, and SQL of the score that it gives.

A vector index scores by cosine, of the text's vector or of a vector column of the user's own; a text
index by the share of the question's words that a row holds. Local scores are not Cortex scores.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from ..language.errors import SqlError, compilation
from ..language.names import quote
from ..language.results import Column
from ..sessions.session import Session
from .embedder import Embedder

DEFAULT_MODEL = "snowflake-arctic-embed-m-v1.5"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Part:
    """One score of a row.

    Attributes:
        sql: DuckDB's SQL of it; NULL where the row has none.
        score: Name of its sort in an answer.
        parameters: Of the SQL.
    """

    sql: str
    score: str
    parameters: dict[str, Any] = field(default_factory=dict)


def wrong(message: str) -> SqlError:
    """Return the error of a request that is none."""
    return compilation(message, 399113, "22023")


def indexed(body: dict[str, Any]) -> list[str]:
    """Return the columns of a service that have an index."""
    names = [*body.get("text_indexes", ()), *(held["column"] for held in _vector_indexes(body))]
    return list(dict.fromkeys(names))


def _vector_indexes(body: dict[str, Any]) -> list[dict[str, str]]:
    if body.get("on"):
        return [{"column": body["on"], "model": body["properties"].get("EMBEDDING_MODEL", "")}]
    return list(body["vector_indexes"])


def scored(
    session: Session, body: dict[str, Any], known: dict[str, Column], asked: dict[str, Any]
) -> list[Part]:
    """Return the scores that a request asks for.

    Args:
        session: Of the service's owner.
        body: Of the service.
        known: Columns of its query.
        asked: The request; without `multi_index_query` every index is searched.

    Raises:
        SqlError: It asks an index that is none, or for what an index cannot answer.
    """
    entries = asked.get("multi_index_query")
    if entries is None:
        entries = {name: [{"text": asked["query"]}] for name in indexed(body)}
    if not isinstance(entries, dict) or not entries:
        raise wrong("multi_index_query maps columns to lists of queries")
    found: list[Part] = []
    for name, queries in entries.items():
        column = str(name).upper()
        if column not in indexed(body):
            raise wrong(f"'{name}' is not an indexed column of the service")
        for query in queries if isinstance(queries, list) else [queries]:
            found += _parts(session, body, known[column], query, len(found))
    if not found:
        raise wrong("nothing is asked of an index that can answer it")
    return found


def _parts(
    session: Session, body: dict[str, Any], column: Column, query: Any, number: int
) -> list[Part]:
    if not isinstance(query, dict) or len(query) != 1 or not query.keys() <= {"text", "vector"}:
        raise wrong('a query of an index is {"text": …} or {"vector": […]}')
    found = []
    if column.name in body.get("text_indexes", ()) and "text" in query:
        found.append(_words(column.name, str(query["text"]), number))
    for held in _vector_indexes(body):
        if held["column"] == column.name:
            found.append(_meaning(session, column, held, query, number + len(found)))
    return found


def _words(column: str, text: str, number: int) -> Part:
    words = list(dict.fromkeys(_WORD.findall(text.lower()))) or [text.lower()]
    names = [f"w{number}_{place}" for place in range(len(words))]
    hits = " + ".join(f"CAST(contains(lower({quote(column)}), ${name}) AS INT)" for name in names)
    sql = f"({hits}) / CAST({len(words)} AS DOUBLE)"
    return Part(sql, "text_match", dict(zip(names, words, strict=True)))


def _meaning(
    session: Session, column: Column, index: dict[str, str], query: dict[str, Any], number: int
) -> Part:
    own = column.type.base == "VECTOR"
    model = index.get("query_model" if own else "model") or ("" if own else DEFAULT_MODEL)
    size = column.type.length if own else len(session.engine.part(Embedder).embed(model, ""))
    parameters: dict[str, Any] = {}
    if "vector" in query:
        if not isinstance(query["vector"], list) or len(query["vector"]) != size:
            raise wrong(f"the vector for '{column.name}' has {size} numbers")
        asked = f"CAST($v{number} AS FLOAT[{size}])"
        parameters[f"v{number}"] = json.dumps(query["vector"])
    else:
        if not model:
            raise wrong(f"'{column.name}' has no query_model: ask it with a vector")
        vector = session.engine.part(Embedder).embed(model, str(query["text"]))
        if len(vector) != size:
            raise wrong(
                f"vectors of {model} have {len(vector)} numbers, '{column.name}' has {size}"
            )
        asked = f"CAST($v{number} AS FLOAT[{size}])"
        parameters[f"v{number}"] = json.dumps(vector)
    if own:
        held = f"CAST({quote(column.name)} AS FLOAT[{size}])"
    else:
        text = f"CAST({quote(column.name)} AS VARCHAR)"
        parameters[f"m{number}"] = model
        held = (
            f"CASE WHEN {quote(column.name)} IS NOT NULL "
            f"THEN hush_embed_{size}($m{number}, {text}) END"
        )
    return Part(f"array_cosine_similarity({held}, {asked})", "cosine_similarity", parameters)
