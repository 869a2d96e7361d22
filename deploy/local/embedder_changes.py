"""Notices vectors of an earlier embedder: they cannot be compared with those of the present one.

The version at which the embedder changed is kept. Rows that were last written before it hold vectors
of an earlier one.
"""

import json
from typing import TYPE_CHECKING, Any

from .embedder import MODELS
from .names import quote

if TYPE_CHECKING:
    from .engine import Engine

_KEY = "embedder"


def note_embedder(engine: "Engine") -> int:
    """Keep the name of the embedder that answers now; return the version since which it does."""
    name = engine.embedder.name
    rows = engine.database.execute("SELECT value FROM hush.state WHERE key = ?", [_KEY]).fetchall()
    held: dict[str, Any] = json.loads(rows[0][0]) if rows else {"name": name, "since": 0}
    if rows and held["name"] == name:
        return int(held["since"])
    if rows:
        held = {"name": name, "since": engine.next_version()}
    engine.database.begin()
    engine.database.execute("DELETE FROM hush.state WHERE key = ?", [_KEY])
    engine.database.execute("INSERT INTO hush.state VALUES (?, ?)", [_KEY, json.dumps(held)])
    engine.database.commit()
    return int(held["since"])


def earlier_vectors(engine: "Engine") -> list[dict[str, Any]]:
    """Return the columns that hold vectors of an earlier embedder: `table`, `column`, `rows`."""
    if not engine.embedder_since:
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
                    [engine.embedder_since],
                ).fetchone()
                if row is not None and row[0]:
                    name = ".".join(engine.catalogue.path(item))
                    found.append({"table": name, "column": column["name"], "rows": int(row[0])})
    cursor.close()
    return found
