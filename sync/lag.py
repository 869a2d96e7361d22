"""How far behind the sync is, for `hushflake status`.

A cycle that is idle writes nothing to the account, so when the last one ended is noted beside the
project; the account tells of the last one that wrote, whoever ran it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hushflake.schema.project import Project, Stack

from .account.tables import Tables
from .mapping import EntityMap

PROMISE_SECONDS = 300.0
_FORMAT = "hushflake.sync-note/1"


@dataclass(frozen=True)
class Lag:
    """How one entity stands.

    Attributes:
        seconds: Since a cycle began that then found, or brought, both sides in step; None: never.
        waiting: Rows that are not dealt with: held back, refused for now, or not looked at.
        conflicts: Open ones.
    """

    entity: str
    seconds: float | None
    waiting: int
    conflicts: int

    @property
    def broken(self) -> bool:
        return self.seconds is None or self.seconds > PROMISE_SECONDS


def note_path(project: Project, stack: str) -> Path:
    """Return where the ends of cycles are noted."""
    return project.local_data / "sync" / f"{stack}.json"


def note(path: Path, entities: Iterator[str] | list[str], began: datetime) -> None:
    """Note that a cycle which began at `began` left these entities in step."""
    document = _read(path)
    document.update(dict.fromkeys(entities, began.isoformat()))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"format": _FORMAT, "in_step": document}), encoding="utf-8")
    fresh.replace(path)


def lags(
    project: Project, stack: Stack, maps: list[EntityMap] | tuple[EntityMap, ...], tables: Tables
) -> list[Lag]:
    """Return how every synced entity stands; empty before `--init`."""
    if not maps or not tables.exists():
        return []
    noted = _read(note_path(project, stack.name))
    wrote = {
        row["ENTITY"]: row["SYNCED_AT"]
        for row in tables.session.query(f"SELECT ENTITY, SYNCED_AT FROM {tables.name('CURSORS')}")
    }
    waiting = _counted(tables, "CHANGES", "")
    open_ones = _counted(tables, "CONFLICTS", "WHERE STATUS = 'open'")
    now = datetime.now(UTC)
    found = []
    for of in maps:
        moments = [m for m in (_moment(noted.get(of.entity)), wrote.get(of.entity)) if m]
        seconds = max(0.0, min((now - m).total_seconds() for m in moments)) if moments else None
        found.append(
            Lag(of.entity, seconds, waiting.get(of.entity, 0), open_ones.get(of.entity, 0))
        )
    return found


def _counted(tables: Tables, table: str, where: str) -> dict[str, int]:
    rows = tables.session.query(
        f"SELECT ENTITY, COUNT(*) AS N FROM {tables.name(table)} {where} GROUP BY ENTITY"
    )
    return {row["ENTITY"]: int(row["N"]) for row in rows}


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
        return dict(document["in_step"]) if document.get("format") == _FORMAT else {}
    except (OSError, ValueError, KeyError, AttributeError):
        return {}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
