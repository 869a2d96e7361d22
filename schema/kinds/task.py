"""Tasks and task graphs: https://docs.snowflake.com/en/sql-reference/sql/create-task

A task is created suspended and resumed at the end. Before anything in a graph changes its root is
suspended, and afterwards it is resumed if it is declared as started: the resume runs even if a
change failed.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..names import QualifiedName, Sql
from ..plan import Operations
from ..sql.compare import same_sql
from ..stack import Stack
from ..values import Key, Payload, Row
from .base import Change, Mistake, Resource, Resources
from .common import SchemaObject
from .properties import COMMENT, Property, alteration, name_of, parameters, truth, whole, words
from .schedule import normal_schedule
from .task_graph import suspend_and_resume
from .task_limits import graph_mistakes
from .task_spec import Task

__all__ = ["PROPERTIES", "SCHEDULE", "SCHEDULES", "Task", "TaskKind"]

# In the clause order of CREATE TASK.
PROPERTIES = (
    Property("warehouse", "WAREHOUSE", "name"),
    Property("serverless_size", "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", "literal"),
    Property("target_completion_interval", "TARGET_COMPLETION_INTERVAL", "literal"),
    Property("schedule", "SCHEDULE", "literal"),
    Property("config", "CONFIG", "literal"),
    Property("overlap_policy", "OVERLAP_POLICY"),
    Property("timeout_ms", "USER_TASK_TIMEOUT_MS"),
    Property("suspend_after_failures", "SUSPEND_TASK_AFTER_NUM_FAILURES"),
    Property("auto_retry_attempts", "TASK_AUTO_RETRY_ATTEMPTS"),
    COMMENT,
)
_BEFORE_SERVERLESS = [p for p in PROPERTIES if p.field == "target_completion_interval"]
MAX_PARENTS = 100
_SIZE = "serverless_size"
# What SHOW TASKS does not tell, by the name that SHOW PARAMETERS has for it.
_PARAMETERS = {
    "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE": _SIZE,
    "USER_TASK_TIMEOUT_MS": "timeout_ms",
    "SUSPEND_TASK_AFTER_NUM_FAILURES": "suspend_after_failures",
    "TASK_AUTO_RETRY_ATTEMPTS": "auto_retry_attempts",
}
SCHEDULES = "5 MINUTES, 1 HOUR, 30 SECONDS or USING CRON 0 3 * * * UTC"
SCHEDULE = re.compile(
    r"[1-9][0-9]* (HOUR|HOURS|MINUTE|MINUTES|SECOND|SECONDS|H|M|S)"
    r"|USING CRON \S+ \S+ \S+ \S+ \S+ \S+",
    re.IGNORECASE,
)


_AGAIN = {
    "rows": "model or text of the embedding changed: every row is embedded again",
    "chunks": "the chunks changed: every row is cut again, and what is new of it embedded",
}


class TaskKind(SchemaObject[Task]):
    name = "task"
    plural = "tasks"
    privileges = ("APPLYBUDGET", "MONITOR", "OPERATE")
    spec_type = Task
    in_passing = frozenset({"suspend", "resume"})
    held_by_use = True
    order = 55
    show = "TASKS"
    properties = PROPERTIES
    query_fields = ("definition", "when")

    def normalise(self, spec: Task) -> Task:
        schedule = normal_schedule(spec.schedule)
        return spec if schedule == spec.schedule else replace(spec, schedule=schedule)

    def read_row(self, row: Row) -> Task:
        name = name_of(row)
        parents = tuple(_parent(text, name) for text in _json_list(row.get("predecessors")))
        relations = _json_object(row.get("task_relations"))
        root = relations.get("FinalizedRootTask") or relations.get("FinalizedTask")
        warehouse = words(row.get("warehouse"))
        return Task(
            comment=words(row.get("comment")),
            definition=words(row.get("definition")).strip().rstrip(";").rstrip(),
            warehouse=QualifiedName.of(warehouse) if warehouse else None,
            schedule=normal_schedule(words(row.get("schedule"))),
            config=words(row.get("config")),
            overlap_policy=_overlap(row),
            after=tuple(sorted(parents)),
            finalize=_parent(root, name) if root else None,
            when=words(row.get("condition")).strip(),
            state="started" if words(row.get("state")).lower() == "started" else "suspended",
        )

    def needs_own_query(self, spec: Task) -> bool:
        return any(getattr(spec, field) is not None for field in _PARAMETERS.values())

    def own_query(self, name: str) -> str:
        return f"SHOW PARAMETERS IN TASK {name}"

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        set_here = parameters(rows, "TASK")
        return {
            field: set_here.get(key) if field == _SIZE else whole(set_here.get(key))
            for key, field in _PARAMETERS.items()
        }

    def check(self, name: str, spec: Task, stack: Stack) -> Iterator[Mistake]:
        """The rules of CREATE TASK that hold for one task alone."""
        is_child = bool(spec.after) or spec.finalize is not None
        if spec.after and spec.finalize is not None:
            yield Mistake("finalize", "a finalizer has no parents", "write after: or finalize:")
        if is_child and spec.schedule:
            yield Mistake("schedule", "only the root of a graph has a schedule", "remove schedule:")
        if not is_child and not spec.schedule and not spec.when:
            yield Mistake(
                "schedule", "nothing starts it", "add schedule: 5 MINUTES, when: … or after: [TASK]"
            )
        if spec.schedule and not SCHEDULE.fullmatch(spec.schedule):
            yield Mistake(
                "schedule",
                f"{spec.schedule!r} is not a schedule",
                f"write {SCHEDULES}",
            )
        if spec.warehouse is not None and spec.serverless_size is not None:
            yield Mistake("serverless_size", "it has a warehouse and a serverless size", "keep one")
        triggered = bool(spec.when) and not spec.schedule and not is_child
        if triggered and spec.warehouse is None and not spec.target_completion_interval:
            yield Mistake(
                "target_completion_interval",
                "a serverless triggered task must say how long it may take",
                "add target_completion_interval: 10 MINUTES",
            )
        if len(spec.after) > MAX_PARENTS:
            yield Mistake("after", f"{len(spec.after)} parents", f"use at most {MAX_PARENTS}")

    def check_together(
        self, resources: Mapping[Key, Resource]
    ) -> Iterator[tuple[Resource, Mistake]]:
        return graph_mistakes(resources)

    def body(self, name: str, spec: Task) -> Payload:
        return {
            "after": [parent.sql for parent in spec.after],
            "finalize": spec.finalize.sql if spec.finalize else None,
            "when": Sql(spec.when),
            "definition": Sql(spec.definition),
        }

    def after_create(self, name: str, spec: Task) -> Iterator[Change]:
        if spec.state == "started":
            yield Change("resume", "tasks are created suspended")

    def difference(self, name: str, desired: Task, actual: Task) -> Iterator[Change]:
        removed = [parent for parent in actual.after if parent not in desired.after]
        added = [parent for parent in desired.after if parent not in actual.after]
        let_go = actual.finalize is not None and desired.finalize is None
        # Without any predecessor it is a root for that moment, and a root must be suspended.
        leaves = let_go or len(removed) == len(actual.after) > 0
        alone = leaves and (bool(added) or desired.finalize is not None)
        moves = alone and actual.state == "started"
        if moves:
            yield Change("suspend", "has no predecessor while it moves")
        if removed:
            yield Change(
                "remove_after", f"no longer after {_listed(removed)}", {"tasks": _names(removed)}
            )
        if let_go:  # a finalizer cannot have a predecessor
            yield _finalizes(None)
        yield from _moved_to_serverless(desired, actual)
        yield from alteration(desired, _with_place_of(desired, actual), PROPERTIES)
        if added:
            yield Change("add_after", f"after {_listed(added)}", {"tasks": _names(added)})
        if desired.finalize is not None and desired.finalize != actual.finalize:
            yield _finalizes(desired.finalize)
        if not same_sql(desired.when, actual.when):
            yield Change(
                "set_when", f"when {desired.when or 'nothing'}", {"when": Sql(desired.when)}
            )
        if not same_sql(desired.definition, actual.definition):
            yield Change(
                "set_definition", "its statement changes", {"definition": Sql(desired.definition)}
            )
        if actual.embedding_version not in ("", desired.embedding_version):
            yield Change("embed_again", _AGAIN[desired.embedding_of], _touched(desired), "rebuild")
        if moves:
            if desired.state == "started":
                yield Change("resume", "was suspended while it moved", always=True)
        elif desired.state != actual.state:
            action = "resume" if desired.state == "started" else "suspend"
            yield Change(action, f"is {actual.state}, should be {desired.state}")

    def given_away(self, spec: Task) -> Task:
        """https://docs.snowflake.com/en/sql-reference/sql/grant-ownership (tasks), and the section
        on owners of tasks in https://docs.snowflake.com/en/user-guide/tasks-graphs"""
        alone = replace(spec, state="suspended", after=(), finalize=None)
        # A condition of a child stands for nothing where no predecessor starts it.
        return replace(alone, when="") if spec.after or spec.finalize else alone

    def arrange(self, operations: Operations, desired: Resources, actual: Resources) -> None:
        suspend_and_resume(operations, desired, actual)


def _touched(spec: Task) -> Payload:
    """One row is marked: the run that follows embeds a batch, and its write-back starts the next,
    until no hash differs."""
    assert spec.embedding_table is not None
    assert spec.embedding_key is not None
    return {"table": spec.embedding_table.sql, "key": spec.embedding_key.sql}


def _finalizes(root: QualifiedName | None) -> Change:
    target = root.sql if root else None
    return Change(
        "set_finalize", f"finalizes {target or 'no graph any more'}", {"finalize": target}
    )


def _moved_to_serverless(desired: Task, actual: Task) -> Iterator[Change]:
    """WAREHOUSE and the serverless size exclude each other; unsetting one makes room. A triggered
    task cannot be serverless for a moment without the interval in which it must be done."""
    if desired.warehouse is None and actual.warehouse is not None:
        yield from alteration(desired, actual, _BEFORE_SERVERLESS, "alter_interval")
        yield Change("unset_warehouse", f"leaves {actual.warehouse}, becomes serverless")


def _with_place_of(desired: Task, actual: Task) -> Task:
    if desired.warehouse or actual.warehouse is None:
        return actual
    interval = desired.target_completion_interval
    return replace(actual, warehouse=None, target_completion_interval=interval)


def _overlap(row: Row) -> Any:
    policy = words(row.get("overlap_policy")).upper()
    if policy:
        return policy
    return "ALLOW_CHILD_OVERLAP" if truth(row.get("allow_overlapping_execution")) else "NO_OVERLAP"


def _parent(text: str, task: QualifiedName) -> QualifiedName:
    name = QualifiedName.parse(text)
    return QualifiedName((*task.parts[: 3 - len(name.parts)], *name.parts))


def _json_list(value: object) -> list[str]:
    text = words(value).strip()
    if not text:
        return []
    found = json.loads(text) if text.startswith("[") else text
    return [str(item) for item in (found if isinstance(found, list) else [found])]


def _json_object(value: object) -> dict[str, str]:
    text = words(value).strip()
    found = json.loads(text) if text.startswith("{") else {}
    return {k: v for k, v in found.items() if isinstance(v, str)}


def _names(items: Iterable[QualifiedName]) -> list[Any]:
    return [item.sql for item in items]


def _listed(items: Iterable[QualifiedName]) -> str:
    return ", ".join(item.sql for item in items)
