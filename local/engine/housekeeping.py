"""What a stack may forget: old images that no stream and no time travel can ask for."""

import duckdb

from .catalogue import HOLDER, Catalogue, Object, now
from .stage_files import Stages
from .storage import forget

_DAY = 86_400_000_000


def retention(catalogue: Catalogue, item: Object) -> int:
    """Return the days of time travel of an object: its own, or its schema's or database's."""
    current: Object | None = item
    while current is not None:
        days = current.body.get("properties", {}).get("DATA_RETENTION_TIME_IN_DAYS")
        if days is not None:
            return int(days)
        current = catalogue.get(current.parent) if current.parent else None
    return 1


def tidy(database: duckdb.DuckDBPyConnection, catalogue: Catalogue, stages: Stages) -> None:
    """Delete old images, tables that were dropped long ago, and files of stages that are gone.

    Called when a server starts.
    """
    _end_sessions(database, catalogue)
    offsets = dict(
        database.execute(
            "SELECT base, min(version) FROM hush.stream_offsets GROUP BY base"
        ).fetchall()
    )
    for kind in ("TABLE", "DYNAMIC TABLE"):
        for item in catalogue.of_kind(kind):
            limit = now() - retention(catalogue, item) * _DAY
            database.execute(
                f'DELETE FROM data."h{item.id}" WHERE "$to" <= ?',
                [min(limit, offsets.get(item.id, limit))],
            )
        for item in catalogue.of_kind(kind, dropped=True):
            limit = now() - retention(catalogue, item) * _DAY
            if item.dropped is not None and item.dropped < limit:
                forget(database, item)
                database.execute("DELETE FROM hush.objects WHERE id = ?", [item.id])
                catalogue.forget(item)
    for owner in stages.owners():
        held = catalogue.get(owner)
        if held is None or (held.kind == "STAGE" and held.dropped is not None):
            stages.forget(owner)


def _end_sessions(database: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Delete the temporary objects of sessions that a killed server had."""
    for dropped in (False, True):
        for holder in catalogue.of_kind(HOLDER, dropped=dropped):
            for item in [*catalogue.ever_held(holder), holder]:
                if item.kind == "TABLE":
                    forget(database, item)
                database.execute("DELETE FROM hush.objects WHERE id = ?", [item.id])
                catalogue.forget(item)
