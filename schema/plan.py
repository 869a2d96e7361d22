"""The plan: an ordered value computed from what is wanted, what is there, and what was applied.

It is printed, saved as JSON, tested, rendered and applied. Nothing here executes anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .codec import payload_from_plain, payload_to_plain
from .resource import Change
from .values import Key, OperationClass, Payload

FORMAT = "hushflake.plan/1"
Cause = Literal["ours", "drift"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a plan, spelled by `templates/sql/<kind>/<action>.sql.j2`.

    Attributes:
        id: `<action> <kind> <name>[ <part>]`, unique within a plan and stable between runs.
        action: Name of the template.
        kind: Object kind.
        name: Full name as it is spelled in SQL.
        severity: `class` in JSON: safe, rebuild, takeover or loss.
        cause: ours (the definition changed) or drift (the account changed).
        reason: One line for the reader.
        depends_on: Ids of operations that must have succeeded before this one starts.
        always: Runs once the operations before it have ended, even if one of them failed
            (resume after suspend).
        payload: What the template is given.
    """

    id: str
    action: str
    kind: str
    name: str
    severity: OperationClass = "safe"
    cause: Cause = "ours"
    reason: str = ""
    depends_on: tuple[str, ...] = ()
    payload: Payload = field(default_factory=dict)
    part: str = ""
    always: bool = False

    @property
    def key(self) -> Key:
        return Key(self.kind, self.name)

    def after(self, ids: Iterable[str]) -> "Operation":
        """The same operation, which waits for exactly these; most operations of a plan are made
        so once, and `dataclasses.replace` takes several times as long."""
        return Operation(
            self.id,
            self.action,
            self.kind,
            self.name,
            self.severity,
            self.cause,
            self.reason,
            tuple(sorted(ids)),
            self.payload,
            self.part,
            self.always,
        )


# The operations of a plan, by object.
Operations = dict[Key, list[Operation]]


def operation_of(
    key: Key, change: Change, cause: Cause = "ours", depends_on: tuple[str, ...] = ()
) -> Operation:
    """An operation of a change."""
    words = [change.action, key.kind, key.name, *([change.part] if change.part else [])]
    return Operation(
        id=" ".join(words),
        action=change.action,
        kind=key.kind,
        name=key.name,
        severity=change.severity,
        cause=cause,
        reason=change.by_hand if cause == "drift" and change.by_hand else change.reason,
        depends_on=depends_on,
        payload=change.payload,
        part=change.part,
        always=change.always,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations in an order that respects `depends_on`; those unrelated may run in parallel.

    Attributes:
        held: Operations that would take something from objects that were there before, and that
            nobody has confirmed: they are no part of `operations`.
    """

    project: str
    stack: str
    account_fingerprint: str
    operations: tuple[Operation, ...] = ()
    notes: tuple[str, ...] = ()
    held: tuple[Operation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.operations)

    def to_plain(self, sql: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Any]:
        """The JSON document `hushflake.plan/1`; `sql` maps operation ids to their statements."""
        return {
            "format": FORMAT,
            "project": self.project,
            "stack": self.stack,
            "account_fingerprint": self.account_fingerprint,
            "notes": list(self.notes),
            "operations": [_plain(op, sql) for op in self.operations],
            **({"held": [_plain(op, sql) for op in self.held]} if self.held else {}),
        }

    @classmethod
    def from_plain(cls, document: Mapping[str, Any]) -> "Plan":
        """Read the JSON document back; its `sql` is informational and not read.

        Raises:
            KeyError, ValueError: not a document of this format.
        """
        if document.get("format") != FORMAT:
            raise ValueError(f"format is {document.get('format')!r}, not {FORMAT!r}")
        return cls(
            project=document["project"],
            stack=document["stack"],
            account_fingerprint=document["account_fingerprint"],
            notes=tuple(document.get("notes", ())),
            operations=tuple(map(_operation, document["operations"])),
            held=tuple(map(_operation, document.get("held", ()))),
        )


def _plain(op: Operation, sql: Mapping[str, tuple[str, ...]] | None) -> dict[str, Any]:
    return {
        "id": op.id,
        "action": op.action,
        "kind": op.kind,
        "name": op.name,
        "part": op.part,
        "class": op.severity,
        "cause": op.cause,
        "reason": op.reason,
        "depends_on": list(op.depends_on),
        "always": op.always,
        "payload": payload_to_plain(op.payload),
        "sql": list((sql or {}).get(op.id, ())),
    }


def _operation(document: Mapping[str, Any]) -> Operation:
    return Operation(
        id=document["id"],
        action=document["action"],
        kind=document["kind"],
        name=document["name"],
        part=document.get("part", ""),
        severity=document["class"],
        cause=document["cause"],
        reason=document["reason"],
        depends_on=tuple(document["depends_on"]),
        always=document.get("always", False),
        payload=payload_from_plain(document.get("payload", {})),
    )
