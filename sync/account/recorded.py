"""Conflicts as the account has them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .store import Store


@dataclass(frozen=True)
class Recorded:
    """A conflict as the table has it."""

    id: str
    entity: str
    key: str
    page_id: str
    field: str
    base: Any
    notion: Any
    snowflake: Any
    winner: str
    rule: str
    status: str
    detected_at: Any
    resolution: str | None
    resolved_at: Any = None
    resolved_by: str | None = None


def recorded(
    store: Store,
    *,
    entities: Iterable[str] = (),
    resolved: bool = False,
    limit: int = 200,
    beginning: str = "",
) -> list[Recorded]:
    """Return the conflicts of a stack, newest first.

    Args:
        resolved: Also those that were resolved.
        beginning: How their ids begin.
    """
    where = [] if resolved else ["STATUS = 'open'"]
    bound = sorted(set(entities))
    if bound:
        where.append(f"ENTITY IN ({', '.join('?' * len(bound))})")
    if beginning:
        where.append("STARTSWITH(ID, ?)")
        bound.append(beginning)
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    sql = (
        f"SELECT * FROM {store.tables.name('CONFLICTS')}{condition} "
        f"ORDER BY DETECTED_AT DESC, ID LIMIT {int(limit)}"
    )
    return [_recorded(row) for row in store.session.query(sql, bound)]


def on_pages(store: Store, entity: str, limit: int = 1000) -> dict[str, list[Recorded]]:
    """Return page id -> its open conflicts, the oldest first, of pages that can be seen."""
    rows = store.session.query(
        f"SELECT C.*, L.PAGE_ID AS ON_PAGE FROM {store.tables.name('CONFLICTS')} AS C "
        f"JOIN {store.tables.name('LINKS')} AS L ON L.ENTITY = C.ENTITY AND L.SYNC_ID = C.SYNC_ID "
        "WHERE C.STATUS = 'open' AND L.STATE = 'live' AND C.ENTITY = ? "
        f"ORDER BY C.DETECTED_AT, C.ID LIMIT {int(limit)}",
        (entity,),
    )
    found: dict[str, list[Recorded]] = {}
    for row in rows:
        found.setdefault(row["ON_PAGE"], []).append(_recorded(row))
    return found


def _recorded(row: Mapping[str, Any]) -> Recorded:
    def value(text: str | None) -> Any:
        return None if text is None else json.loads(text)

    return Recorded(
        id=row["ID"],
        entity=row["ENTITY"],
        key=row["SYNC_ID"],
        page_id=row["PAGE_ID"] or "",
        field=row["FIELD"],
        base=value(row["BASE_VALUE"]),
        notion=value(row["NOTION_VALUE"]),
        snowflake=value(row["SNOWFLAKE_VALUE"]),
        winner=row["WINNER"],
        rule=row["RULE"],
        status=row["STATUS"],
        detected_at=row["DETECTED_AT"],
        resolution=row["RESOLUTION"],
        resolved_at=row["RESOLVED_AT"],
        resolved_by=row.get("RESOLVED_BY"),
    )
