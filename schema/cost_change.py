"""What a plan does to the monthly cost of a stack. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .cost import Estimate, estimate
from .kinds.base import Key, Resource
from .model import Entity
from .plan import Plan
from .stack import Stack
from .state import Desired, State


@dataclass(frozen=True, slots=True)
class CostChange:
    """The estimate before and after a plan.

    Attributes:
        items: Item -> US dollars a month before and after; those that change, the largest first.
    """

    before: Estimate
    after: Estimate
    items: tuple[tuple[str, float, float], ...]

    @property
    def usd(self) -> float:
        """US dollars a month more, or less when negative."""
        return self.after.usd - self.before.usd

    def to_plain(self) -> dict[str, Any]:
        """The change as JSON values."""
        return {
            "usd_a_month_before": round(self.before.usd, 2),
            "usd_a_month_after": round(self.after.usd, 2),
            "budget_usd": self.after.budget_usd,
            "over_budget": self.after.over_budget,
            "prices_as_of": self.after.as_of,
            "items": [
                {"item": item, "usd_before": round(before, 2), "usd_after": round(after, 2)}
                for item, before, after in self.items
            ],
        }


def cost_change(stack: Stack, plan: Plan, desired: Desired, actual: State) -> CostChange | None:
    """Return what a plan does to the monthly cost; None for a local stack, which costs nothing.

    Args:
        stack: Edition, budget and expected use.
        plan: All of it, or the selected part: what it leaves alone stays as it is.
        desired: What is declared.
        actual: What is in the account.
    """
    if stack.is_local:
        return None
    entities = desired.entities
    # What an account shows does not say which entity it belongs to.
    there = {
        key: replace(resource, entity=desired.resources[key].entity)
        if key in desired.resources
        else resource
        for key, resource in actual.resources.items()
    }
    later = dict(there)
    for op in plan.operations:
        if op.key in desired.resources:
            later[op.key] = desired.resources[op.key]
        elif op.action == "drop":
            later.pop(op.key, None)
    before = estimate(stack, there, _embedded(entities, there), as_it_is=True)
    after = estimate(stack, later, _embedded(entities, later), as_it_is=True)
    return CostChange(before, after, _changed(before, after))


def _embedded(entities: Mapping[str, Entity], there: Mapping[Key, Resource]) -> list[Entity]:
    return [e for e in entities.values() if Key("table", e.table.sql) in there]


def _changed(before: Estimate, after: Estimate) -> tuple[tuple[str, float, float], ...]:
    sums = [_sums(before), _sums(after)]
    items = [
        (item, sums[0].get(item, 0.0), sums[1].get(item, 0.0)) for item in {**sums[0], **sums[1]}
    ]
    changed = [item for item in items if abs(item[2] - item[1]) >= 0.005]
    return tuple(sorted(changed, key=lambda item: (-abs(item[2] - item[1]), item[0])))


def _sums(counted: Estimate) -> dict[str, float]:
    sums: dict[str, float] = {}
    for line in counted.lines:
        sums[line.item] = sums.get(line.item, 0.0) + line.usd
    return sums
