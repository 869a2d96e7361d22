"""TASK: schedules, conditions, graphs. `tasks.py` runs them."""

import json
from dataclasses import replace
from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import SqlError, compilation
from ...language.names import Name, spell
from ...language.parser import Parser
from ...language.results import Result
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .. import cron
from ..task_changes import alter_task
from ..task_graph import root_of
from .base import Kind, Mode, read_if_not_exists
from .readers import a_boolean, an_object, one_of, whole
from .showing import common_row, timestamp

_SIZES = one_of(
    "XSMALL",
    "X-SMALL",
    "SMALL",
    "MEDIUM",
    "LARGE",
    "XLARGE",
    "X-LARGE",
    "XXLARGE",
    "X2LARGE",
    "2X-LARGE",
)
_ROOT_ONLY = (
    "OVERLAP_POLICY",
    "TASK_AUTO_RETRY_ATTEMPTS",
    "SUSPEND_TASK_AFTER_NUM_FAILURES",
    "CONFIG",
)
_MOST = 100


def _config(parser: Parser) -> str:
    text = parser.string()
    try:
        json.loads(text)
    except ValueError:
        raise SqlError(
            f"SQL compilation error:\nInvalid CONFIG, not JSON: {text[:60]}", 91127, "22023"
        ) from None
    return text


def _schedule(parser: Parser) -> str:
    text = parser.string()
    cron.parse(text)
    return text


def _overlapping(parser: Parser) -> str:
    return "ALLOW_CHILD_OVERLAP" if parser.boolean() else "NO_OVERLAP"


class Task(Kind):
    """Tasks."""

    name = "TASK"
    plural = "TASKS"
    or_alter = True
    # https://docs.snowflake.com/en/sql-reference/sql/alter-task
    altered_with = {"OPERATE": (("SUSPEND",), ("RESUME",))}
    properties = {
        "WAREHOUSE": an_object,
        "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE": _SIZES,
        "SCHEDULE": _schedule,
        "CONFIG": _config,
        "OVERLAP_POLICY": one_of("NO_OVERLAP", "ALLOW_CHILD_OVERLAP", "ALLOW_ALL_OVERLAP"),
        "ALLOW_OVERLAPPING_EXECUTION": _overlapping,
        "USER_TASK_TIMEOUT_MS": whole(0, 604_800_000),
        "SUSPEND_TASK_AFTER_NUM_FAILURES": whole(0),
        "TASK_AUTO_RETRY_ATTEMPTS": whole(0, 30),
        "USER_TASK_MINIMUM_TRIGGER_INTERVAL_IN_SECONDS": whole(10, 604_800),
        "TARGET_COMPLETION_INTERVAL": Parser.string,
        "SERVERLESS_TASK_MIN_STATEMENT_SIZE": _SIZES,
        "SERVERLESS_TASK_MAX_STATEMENT_SIZE": _SIZES,
        "LOG_LEVEL": one_of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"),
        "QUERY_TAG": Parser.string,
        "TIMEZONE": Parser.string,
        "STATEMENT_TIMEOUT_IN_SECONDS": whole(0),
        "AUTOCOMMIT": a_boolean,
        "FINALIZE": an_object,
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *(
            (column, TEXT)
            for column in (
                "name",
                "id",
                "database_name",
                "schema_name",
                "owner",
                "comment",
                "warehouse",
                "schedule",
                "predecessors",
                "state",
                "definition",
                "condition",
                "allow_overlapping_execution",
                "error_integration",
            )
        ),
        ("last_committed_on", TIMESTAMP_LTZ),
        ("last_suspended_on", TIMESTAMP_LTZ),
        *(
            (column, TEXT)
            for column in (
                "owner_role_type",
                "config",
                "budget",
                "task_relations",
                "last_suspended_reason",
                "success_integration",
                "scheduling_mode",
                "target_completion_interval",
                "execute_as_user",
                "overlap_policy",
            )
        ),
    )

    def create(self, call: Call, mode: Mode) -> Result:
        parser, session = call.parser, call.session
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        session.names.find_schema(name.database, name.schema, "CREATE TASK")
        body = self._read(call, name)
        parent, _ = self.parent_of(session, name)
        existing = session.engine.catalogue.find("TASK", parent, name.last)
        if existing is not None and mode.if_not_exists:
            return self.store(session, name, mode, body)
        self.check(session, parent, body)
        if (
            existing is not None
            and not mode.replace
            and mode.alter
            and existing.body.get("state") == "started"
        ):
            body["state"] = "started"
        self.check_graph(session, parent, body, existing)
        return self.store(session, name, mode, body)

    def _read(self, call: Call, name: Name) -> dict[str, Any]:
        parser = call.parser
        readers = {**self.properties, "COMMENT": Parser.string}
        read = parser.properties(readers, "AFTER", "WHEN", "EXECUTE AS", "AS")
        after: list[str] = []
        if parser.accept("AFTER"):
            after = self.names(parser)
            read |= parser.properties(readers, "WHEN", "EXECUTE AS", "AS")
        body: dict[str, Any] = {"after": after or None}
        if parser.accept("EXECUTE", "AS", "USER"):
            body["execute_as_user"] = parser.identifier()
        if parser.accept("WHEN"):
            body["when"] = parser.text_until("AS")
        parser.expect("AS")
        body["definition"] = parser.rest()
        return body | self.body_of(read)

    @staticmethod
    def names(parser: Parser) -> list[str]:
        """Consume the names of tasks."""
        found = [parser.name().last]
        while parser.accept(","):
            found.append(parser.name().last)
        return found

    @staticmethod
    def body_of(read: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a task with these properties."""
        comment = read.pop("COMMENT", None)
        finalize = read.pop("FINALIZE", None)
        if "ALLOW_OVERLAPPING_EXECUTION" in read:
            read["OVERLAP_POLICY"] = read.pop("ALLOW_OVERLAPPING_EXECUTION")
        return {
            "properties": read,
            "comment": comment,
            "finalize": Parser(finalize).name().last if finalize else None,
        }

    def check(self, session: Session, parent: int, body: dict[str, Any]) -> None:
        """Fail unless properties fit together."""
        held = body["properties"]
        if "WAREHOUSE" in held:
            warehouse = Parser(held["WAREHOUSE"]).name().last
            session.names.find_account("WAREHOUSE", warehouse)
            held["WAREHOUSE"] = warehouse
            if "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE" in held:
                raise compilation(
                    "WAREHOUSE and USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE exclude each other",
                    91101,
                    "22023",
                )
        child = bool(body.get("after")) or bool(body.get("finalize"))
        if child and "SCHEDULE" in held:
            raise compilation(
                "a task with predecessors or a finalizer cannot have a schedule", 91085, "22023"
            )
        if body.get("after") and body.get("finalize"):
            raise compilation("a finalizer cannot have predecessors", 91402, "22023")
        if child:
            for name in _ROOT_ONLY:
                if name in held:
                    raise compilation(f"{name} can be set on a root task only", 91121, "22023")
        elif body.get("when") and not held.keys() & {
            "SCHEDULE",
            "WAREHOUSE",
            "TARGET_COMPLETION_INTERVAL",
        }:
            raise compilation(
                "a serverless triggered task needs TARGET_COMPLETION_INTERVAL", 91120, "22023"
            )

    def check_graph(
        self, session: Session, parent: int, body: dict[str, Any], existing: Object | None
    ) -> None:
        """Fail unless the task fits into its graph."""
        catalogue = session.engine.catalogue
        parents = [
            *(body.get("after") or []),
            *([body["finalize"]] if body.get("finalize") else []),
        ]
        if len(parents) > _MOST:
            raise compilation(f"a task has at most {_MOST} predecessors", 91118, "22023")
        for name in parents:
            task = catalogue.find("TASK", parent, name)
            if task is None:
                raise SqlError(
                    f"SQL compilation error:\nTask '{spell(name)}' does not exist or not authorized: a "
                    "predecessor lies in the same schema.",
                    2003,
                    "02000",
                )
            if existing is not None and task.id == existing.id:
                raise compilation("a task cannot be its own predecessor", 91122, "22023")
            for root in root_of(catalogue, task):
                if root.body.get("state") == "started":
                    raise _must_suspend(root)
            if name == body.get("finalize"):
                others = [
                    other
                    for other in catalogue.children(parent, "TASK")
                    if other.body.get("finalize") == name
                    and (existing is None or other.id != existing.id)
                ]
                if others:
                    raise compilation(
                        f"root task '{name}' has a finalizer: {others[0].name}", 91403, "22023"
                    )
        if existing is not None:
            for root in root_of(catalogue, existing):
                if root.id != existing.id and root.body.get("state") == "started":
                    raise _must_suspend(root)

    def alter_item(self, call: Call, item: Object) -> None:
        alter_task(self, call, item)

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        # A dropped predecessor leaves its children without it.
        for child in session.engine.catalogue.children(item.parent, "TASK"):
            after = child.body.get("after") or []
            if item.name in after and child.id != item.id:
                kept = [name for name in after if name != item.name]
                change.put(child.with_body(after=kept or None))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        prefix = (
            session.engine.catalogue.full_name(item).rsplit(".", 1)[0]
            if "." in session.engine.catalogue.full_name(item)
            else ""
        )
        holder = session.engine.catalogue.get(item.parent)
        assert holder is not None
        prefix = session.engine.catalogue.full_name(holder)
        after = [f"{prefix}.{spell(name)}" for name in item.body.get("after") or []]
        relations: dict[str, Any] = {"Predecessors": after}
        if item.body.get("finalize"):
            relations["FinalizedRootTask"] = f"{prefix}.{spell(item.body['finalize'])}"
        for other in session.engine.catalogue.children(item.parent, "TASK"):
            if other.body.get("finalize") == item.name:
                relations["FinalizerTask"] = session.engine.catalogue.full_name(other)
        overlap = held.get("OVERLAP_POLICY", "NO_OVERLAP")
        row.update(
            id=f"{item.id:032x}",
            warehouse=held.get("WAREHOUSE"),
            schedule=held.get("SCHEDULE"),
            predecessors=json.dumps(after),
            state=item.body.get("state", "suspended"),
            definition=item.body["definition"],
            condition=item.body.get("when"),
            allow_overlapping_execution="false" if overlap == "NO_OVERLAP" else "true",
            error_integration="null",
            last_committed_on=timestamp(item.body.get("committed")),
            last_suspended_on=timestamp(item.body.get("suspended")),
            config=held.get("CONFIG"),
            budget=None,
            task_relations=json.dumps(relations),
            last_suspended_reason=item.body.get("suspended_reason"),
            success_integration="null",
            scheduling_mode=None,
            target_completion_interval=held.get("TARGET_COMPLETION_INTERVAL"),
            execute_as_user=item.body.get("execute_as_user"),
            overlap_policy=overlap,
        )
        return row


def _must_suspend(root: Object) -> SqlError:
    return SqlError(
        f"Unable to update graph with root task {root.name} since that root task is not suspended.",
        91083,
        "55000",
    )


KIND = Task()
