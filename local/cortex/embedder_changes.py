"""Notices vectors of an earlier embedder: they cannot be compared with those of the present one.

The version at which the embedder changed is kept. Rows that were last written before it hold vectors
of an earlier one.
"""

import json
from typing import TYPE_CHECKING, Any

from ..language.names import quote
from ..sql.embedding_models import MODELS

if TYPE_CHECKING:
    from ..engine.engine import Engine

_KEY = "embedder"


class Since(int):
    """The version since which the present embedder answers; 0 for always."""


def note_embedder(engine: "Engine", name: str) -> Since:
    """Keep the name of the embedder that answers now; return the version since which it does."""
    rows = engine.database.execute("SELECT value FROM hush.state WHERE key = ?", [_KEY]).fetchall()
    held: dict[str, Any] = json.loads(rows[0][0]) if rows else {"name": name, "since": 0}
    if rows and held["name"] == name:
        return Since(held["since"])
    if rows:
        held = {"name": name, "since": engine.next_version()}
    engine.database.begin()
    engine.database.execute("DELETE FROM hush.state WHERE key = ?", [_KEY])
    engine.database.execute("INSERT INTO hush.state VALUES (?, ?)", [_KEY, json.dumps(held)])
    engine.database.commit()
    return Since(held["since"])


def earlier_vectors(engine: "Engine") -> list[dict[str, Any]]:
    """Return the columns that hold vectors of an earlier embedder: `table`, `column`, `rows`."""
    since = engine.part(Since)
    if not since:
        return []
    sizes = set(MODELS.values())
    found = []
    cursor = engine.database.cursor()
    for kind in ("TABLE", "DYNAMIC TABLE"):
        for item in engine.catalogue.of_kind(kind):
            for column in item.body["columns"]:
                held = column["type"]
                if held["base"] != "VECTOR" or held.get("length") not in sizes:
                    continue
                row = cursor.execute(
                    f'SELECT count(*) FROM data."t{item.id}" WHERE "$from" <= ? '
                    f"AND {quote(column['name'])} IS NOT NULL",
                    [int(since)],
                ).fetchone()
                if row is not None and row[0]:
                    name = ".".join(engine.catalogue.path(item))
                    found.append({"table": name, "column": column["name"], "rows": int(row[0])})
    cursor.close()
    return found
