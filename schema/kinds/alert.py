"""Alerts: https://docs.snowflake.com/en/sql-reference/sql/create-alert"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from ..names import QualifiedName, Sql
from ..sql.compare import same_sql
from ..values import Payload, Row
from .annotations import Ref, SqlText
from .base import Change, Spec
from .common import SchemaObject
from .properties import COMMENT, Property, alteration, words
from .schedule import normal_schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Spec):
    """When the query of `condition` returns a row, `action` runs. Serverless without warehouse."""

    condition: Annotated[str, SqlText("query")]
    action: Annotated[str, SqlText("statement")]
    schedule: str
    warehouse: Annotated[QualifiedName, Ref("warehouse")] | None = None
    state: Literal["started", "suspended"] = "started"


class AlertKind(SchemaObject[Alert]):
    name = "alert"
    plural = "alerts"
    privileges = ("MONITOR", "OPERATE")
    spec_type = Alert
    in_passing = frozenset({"suspend", "resume"})
    order = 57
    query_fields = ("condition", "action")
    completes_names = True
    show = "ALERTS"
    properties = (
        Property("warehouse", "WAREHOUSE", "name"),
        Property("schedule", "SCHEDULE", "literal"),
        COMMENT,
    )

    def normalise(self, spec: Alert) -> Alert:
        return replace(spec, schedule=normal_schedule(spec.schedule, plural=False))

    def read_row(self, row: Row) -> Alert:
        warehouse = words(row.get("warehouse"))
        return Alert(
            comment=words(row.get("comment")),
            condition=words(row.get("condition")),
            action=words(row.get("action")),
            schedule=normal_schedule(words(row.get("schedule")), plural=False),
            warehouse=QualifiedName.of(warehouse) if warehouse else None,
            state="started" if words(row.get("state")).lower() == "started" else "suspended",
        )

    def body(self, name: str, spec: Alert) -> Payload:
        return {"condition": Sql(spec.condition), "action": Sql(spec.action)}

    def after_create(self, name: str, spec: Alert) -> Iterator[Change]:
        if spec.state == "started":
            yield Change("resume", "alerts are created suspended")

    def given_away(self, spec: Alert) -> Alert:
        return replace(spec, state="suspended")

    def difference(self, name: str, desired: Alert, actual: Alert) -> Iterator[Change]:
        changes = list(self._changes(desired, actual))
        if changes and actual.state == "started":
            yield Change("suspend", "it changes")
        yield from changes
        if desired.state == "started" and (changes or actual.state != "started"):
            yield Change("resume", "it was suspended", always=actual.state == "started")
        elif desired.state == "suspended" and actual.state == "started" and not changes:
            yield Change("suspend", "should be suspended")

    def _changes(self, desired: Alert, actual: Alert) -> Iterator[Change]:
        if not same_sql(desired.condition, actual.condition):
            yield Change(
                "set_condition", "its condition changes", {"condition": Sql(desired.condition)}
            )
        if not same_sql(desired.action, actual.action):
            yield Change("set_action", "its action changes", {"action": Sql(desired.action)})
        yield from alteration(desired, actual, self.properties)
