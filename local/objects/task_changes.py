"""ALTER TASK: suspend and resume, predecessors, finalizer, condition, definition."""

from collections.abc import Mapping
from typing import Any, Protocol

from ..engine.catalogue import Object, now
from ..language.errors import SqlError, compilation
from ..language.parser import Parser
from ..sessions.call import Call
from ..sessions.session import Session
from .task_graph import root_of


class TaskKind(Protocol):
    """What changes of a task ask of its kind."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """Property -> what reads its value."""

    def names(self, parser: Parser) -> list[str]:
        """Consume the names of tasks."""

    def body_of(self, read: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a task with these properties."""

    def check(self, session: Session, parent: int, body: dict[str, Any]) -> None:
        """Fail unless properties fit together."""

    def check_graph(
        self, session: Session, parent: int, body: dict[str, Any], existing: Object | None
    ) -> None:
        """Fail unless the task fits into its graph."""


def alter_task(kind: TaskKind, call: Call, item: Object) -> None:
    """Consume and run what follows the name in ALTER TASK."""
    parser, session = call.parser, call.session
    if parser.accept("RESUME"):
        parser.end()
        resume(session, item)
        return
    if parser.accept("SUSPEND"):
        parser.end()
        with session.transaction.ddl() as change:
            change.put(
                item.with_body(state=None, suspended=now(), suspended_reason="USER_SUSPENDED")
            )
        return
    session.identity.require_ownership(item)
    require_suspended(session, item)
    body = _changed(kind, call, item)
    parser.end()
    kind.check(session, item.parent, body)
    if parser_changed_graph(item, body):
        kind.check_graph(session, item.parent, body, item)
    with session.transaction.ddl() as change:
        kept = {key: value for key, value in body.items() if value is not None}
        change.put(item.with_body(**{key: None for key in item.body if key not in kept}, **kept))


def parser_changed_graph(item: Object, body: dict[str, Any]) -> bool:
    """Tell whether a change adds or removes an edge of the graph."""
    return any(item.body.get(key) != body.get(key) for key in ("after", "finalize"))


def require_suspended(session: Session, item: Object) -> None:
    """Fail when the root of the task's graph runs: a graph changes only while it is suspended."""
    for root in root_of(session.engine.catalogue, item):
        if root.body.get("state") == "started":
            raise SqlError(
                f"Unable to update graph with root task {root.name} since that root task is not "
                "suspended.",
                91083,
                "55000",
            )


def resume(session: Session, item: Object) -> None:
    """Resume a task: its owner needs EXECUTE TASK, and a root needs something that starts it.

    https://docs.snowflake.com/en/sql-reference/sql/alter-task
    """
    owner = session.identity.gate.owner_of(item)
    held = item.body.get("properties", {})
    for privilege in ("EXECUTE TASK", *(() if "WAREHOUSE" in held else ("EXECUTE MANAGED TASK",))):
        if not session.identity.gate.allows(owner, privilege, None):
            raise SqlError(
                f"Cannot execute task , {privilege} privilege must be granted to owner role",
                91089,
                "23001",
            )
    child = item.body.get("after") or item.body.get("finalize")
    if not child and "SCHEDULE" not in held and "when" not in item.body:
        raise SqlError(
            f"Cannot resume task {item.name}: it has neither a schedule nor a condition.",
            91086,
            "55000",
        )
    if child:
        require_suspended(session, item)
    with session.transaction.ddl() as change:
        change.put(item.with_body(state="started", committed=now(), resumed=session.engine.time()))


def _changed(kind: TaskKind, call: Call, item: Object) -> dict[str, Any]:  # noqa: C901 - one clause a branch
    parser = call.parser
    body = dict(item.body)
    body["properties"] = dict(body.get("properties", {}))
    if parser.accept("ADD", "AFTER"):
        added = kind.names(parser)
        after = list(body.get("after") or [])
        body["after"] = after + [name for name in added if name not in after]
        _refuse_circle(call.session, item, added)
    elif parser.accept("REMOVE", "AFTER"):
        gone = kind.names(parser)
        body["after"] = [name for name in body.get("after") or [] if name not in gone] or None
    elif parser.accept("MODIFY", "AS"):
        body["definition"] = parser.rest()
    elif parser.accept("MODIFY", "WHEN"):
        body["when"] = parser.rest()
    elif parser.accept("REMOVE", "WHEN"):
        body["when"] = None
    elif parser.accept("UNSET", "FINALIZE"):
        body["finalize"] = None
    elif parser.accept("UNSET"):
        while True:
            name = parser.accept_any([*kind.properties, "COMMENT"])
            if name is None:
                raise parser.unexpected()
            if name == "COMMENT":
                body["comment"] = None
            body["properties"].pop(
                "OVERLAP_POLICY" if name == "ALLOW_OVERLAPPING_EXECUTION" else name, None
            )
            if not parser.accept(","):
                break
    elif parser.accept("SET"):
        read = parser.properties({**kind.properties, "COMMENT": Parser.string})
        made = kind.body_of(dict(read))
        body["properties"].update(made["properties"])
        if "WAREHOUSE" in read:
            body["properties"].pop("USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE", None)
        if "COMMENT" in read:
            body["comment"] = made["comment"]
        if "FINALIZE" in read:
            body["finalize"] = made["finalize"]
    else:
        raise parser.unexpected()
    return body


def _refuse_circle(session: Session, item: Object, added: list[str]) -> None:
    catalogue = session.engine.catalogue
    queue = list(added)
    seen: set[str] = set()
    while queue:
        name = queue.pop()
        if name == item.name:
            raise compilation(f"task '{item.name}' would come after itself", 91122, "22023")
        if name in seen:
            continue
        seen.add(name)
        found = catalogue.find("TASK", item.parent, name)
        if found is not None:
            queue += found.body.get("after") or []
