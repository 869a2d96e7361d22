"""Resource monitors: https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor

Account administrators only: left out of a stack that is not deployed as one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from ..names import Sql
from ..prices import monitor_quota
from ..stack import Stack
from ..values import Payload, Row, Value
from .annotations import Range
from .base import Change, Mistake, Spec
from .common import Shown
from .properties import words
from .reading import Query, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMonitor(Spec):
    """Percentages of the quota at which something happens. Without `credit_quota` the quota is
    what the stack's `budget_usd` buys. `comment` is not a property of resource monitors and stays
    in the definition."""

    comment: str = field(default="", compare=False)
    credit_quota: Annotated[int, Range(1, 100_000_000)] | None = None
    frequency: Literal["MONTHLY", "DAILY", "WEEKLY", "YEARLY", "NEVER"] = "MONTHLY"
    notify_at: tuple[Annotated[int, Range(1, 1000)], ...] = ()
    suspend_at: Annotated[int, Range(1, 1000)] | None = None
    suspend_immediately_at: Annotated[int, Range(1, 1000)] | None = None


class ResourceMonitorKind(Shown[ResourceMonitor]):
    name = "resource_monitor"
    privileges = ("MODIFY", "MONITOR")
    level = "account"
    spec_type = ResourceMonitor
    order = 12
    show = "RESOURCE MONITORS"
    pages = False

    def needs_account_admin(self, spec: ResourceMonitor) -> str:
        return "resource monitors need account_admin: true"

    def normalise(self, spec: ResourceMonitor) -> ResourceMonitor:
        return replace(spec, notify_at=tuple(sorted(set(spec.notify_at))))

    def left_out(self, spec: ResourceMonitor, stack: Stack) -> str:
        if spec.credit_quota is not None or monitor_quota(stack, spec.frequency) is not None:
            return ""
        return "it has no credit_quota, and the stack no budget_usd that says one"

    def fit(self, spec: ResourceMonitor, stack: Stack) -> tuple[ResourceMonitor, tuple[str, ...]]:
        if spec.credit_quota is not None:
            return spec, ()
        return replace(spec, credit_quota=monitor_quota(stack, spec.frequency)), ()

    def check(self, name: str, spec: ResourceMonitor, stack: Stack) -> Iterator[Mistake]:
        if not (spec.notify_at or spec.suspend_at or spec.suspend_immediately_at):
            yield Mistake(
                "notify_at", "a monitor that does nothing", "add notify_at: [80] or suspend_at: 100"
            )
        if spec.credit_quota is None and spec.frequency == "NEVER":
            yield Mistake(
                "frequency",
                "a budget is per month, but this quota never resets",
                "add credit_quota: 100",
            )

    def queries(self, scope: Scope) -> Iterable[Query]:
        # Only account administrators may ask.
        return super().queries(scope) if scope.declared.get("resource_monitor") else ()

    def read_row(self, row: Row) -> ResourceMonitor:
        def percents(name: str) -> tuple[int, ...]:
            shown = words(row.get(name)).replace("%", "")
            return tuple(sorted(int(float(part)) for part in shown.split(",") if part.strip()))

        suspend, immediately = percents("suspend_at"), percents("suspend_immediately_at")
        frequency = words(row.get("frequency")).upper() or "MONTHLY"
        return ResourceMonitor(
            credit_quota=int(float(words(row.get("credit_quota")) or 0)),
            frequency=frequency,  # type: ignore[arg-type]  # a word of SHOW RESOURCE MONITORS
            notify_at=percents("notify_at"),
            suspend_at=suspend[0] if suspend else None,
            suspend_immediately_at=immediately[0] if immediately else None,
        )

    def create(self, name: str, spec: ResourceMonitor) -> Payload:
        return {
            "credit_quota": spec.credit_quota,
            "frequency": Sql(spec.frequency),
            "triggers": _triggers(spec),
        }

    def difference(
        self, name: str, desired: ResourceMonitor, actual: ResourceMonitor
    ) -> Iterator[Change]:
        words_ = [
            f"{field} {getattr(actual, field)} -> {getattr(desired, field)}"
            for field in (
                "credit_quota",
                "frequency",
                "notify_at",
                "suspend_at",
                "suspend_immediately_at",
            )
            if getattr(actual, field) != getattr(desired, field)
        ]
        if words_:
            payload = {
                **self.create(name, desired),
                "frequency_changes": desired.frequency != actual.frequency,
            }
            yield Change("alter", ", ".join(words_), payload)


def _triggers(spec: ResourceMonitor) -> list[Value]:
    each = [
        *((percent, "NOTIFY") for percent in spec.notify_at),
        *([(spec.suspend_at, "SUSPEND")] if spec.suspend_at else []),
        *(
            [(spec.suspend_immediately_at, "SUSPEND_IMMEDIATE")]
            if spec.suspend_immediately_at
            else []
        ),
    ]
    return [{"percent": percent, "action": Sql(action)} for percent, action in each]
