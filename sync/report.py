"""What a cycle did: for people, for programs, for `hushflake status`."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .types import Conflict, Decision


@dataclass
class EntityReport:
    """What a cycle did with one entity.

    Attributes:
        counts: `pages created`, `rows updated`, … -> number.
        planned: In a dry run: what would be done, a line each.
        held: Deletions that the brake held back.
        waiting: Pages that cannot become rows yet -> why.
        failures: What could not be done, in words.
        full: Everything was looked at.
        later: New pages and rows that are left for the next cycles.
        complete: Nothing is left for the next cycle.
        ends_cycle: What failed fails for every other entity too.
    """

    entity: str
    counts: Counter[str] = field(default_factory=Counter)
    conflicts: list[Conflict] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    looked: int = 0
    later: int = 0
    full: bool = False
    complete: bool = True
    ends_cycle: bool = False

    def leave(self, pages: int, budget: int | None) -> None:
        """Note that pages are left for the next cycles, and how many of them are new."""
        self.later, self.complete = pages, False
        if pages and budget is not None and not self.failures:
            self.failures.append(
                f"the {budget} requests of this cycle are used up; {pages} new pages are left for "
                "the next cycles"
            )

    @property
    def idle(self) -> bool:
        """Nothing was written, and nothing is to be."""
        return not (self.counts or self.planned or self.failures or self.held)

    def left(self, interval: float) -> float:
        """Return the seconds until a first sync is done, at the pace of this cycle; 0: unknown.

        Args:
            interval: Seconds from the beginning of a cycle to that of the next one.
        """
        made = max(self.counts["rows created"], self.counts["pages created"])
        return math.ceil(self.later / made) * interval if made else 0.0

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "entity": self.entity,
            "counts": dict(sorted(self.counts.items())),
            "conflicts": [plain_conflict(item) for item in self.conflicts],
            "planned": self.planned,
            "held": self.held,
            "waiting": self.waiting,
            "notes": self.notes,
            "failures": self.failures,
            "looked": self.looked,
            "later": self.later,
            "full": self.full,
            "complete": self.complete,
        }


@dataclass
class CycleReport:
    """What one cycle did.

    Attributes:
        requests: Sent to Notion; `budget` is how many it could have been, None: any number.
        waited: Seconds that Notion asked to wait.
        used_warehouse: More than metadata was asked of the account.
    """

    stack: str
    entities: list[EntityReport] = field(default_factory=list)
    requests: int = 0
    budget: int | None = None
    waited: float = 0.0
    seconds: float = 0.0
    dry_run: bool = False
    used_warehouse: bool = False

    @property
    def idle(self) -> bool:
        return all(item.idle for item in self.entities)

    @property
    def failed(self) -> bool:
        return any(item.failures for item in self.entities)

    @property
    def held(self) -> bool:
        return any(item.held for item in self.entities)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "stack": self.stack,
            "dry_run": self.dry_run,
            "entities": [item.plain() for item in self.entities],
            "requests": self.requests,
            "budget": self.budget,
            "waited": round(self.waited, 3),
            "seconds": round(self.seconds, 3),
            "used_warehouse": self.used_warehouse,
        }


def plain_conflict(conflict: Conflict) -> dict[str, Any]:
    """Return a conflict as JSON has it."""
    return {
        "id": conflict.id,
        "key": conflict.sync_id,
        "page_id": conflict.page_id,
        "field": conflict.column,
        "base": conflict.base,
        "notion": conflict.notion,
        "snowflake": conflict.snowflake,
        "winner": conflict.winner,
        "rule": conflict.rule,
    }


def lines_of(decision: Decision) -> list[str]:
    """Return what a decision would do, a line each; names of fields, never their values."""
    lines = []
    if decision.page is not None:
        columns = ", ".join(name.lower() for name in sorted(decision.page.values))
        lines.append(_line("page", decision.page.action, decision.sync_id, columns))
    row = decision.row
    if row is not None and (row.values or row.action != "update"):
        columns = ", ".join(name.lower() for name in sorted(row.values))
        lines.append(_line("row", row.action, decision.sync_id, columns))
    return lines


def _line(what: str, action: str, key: str, columns: str) -> str:
    return f"{action} {what} {key}" + (f": {columns}" if columns else "")
