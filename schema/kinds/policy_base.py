"""What masking and row access policies share: a signature and an expression, read by DESCRIBE.

Not a kind. Policies are read one by one; there are few of them, and no SHOW tells their body.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from ..names import Identifier, QualifiedName, Sql
from ..sql.compare import same_sql
from ..stack import Stack
from ..types import normal_type
from ..values import Key, OperationClass, Payload, Row, Value
from .annotations import SqlText, SqlType
from .base import Change, Resource, Spec
from .common import SchemaObject
from .properties import COMMENT, alteration, name_of, owner_in, words
from .reading import Answer, Query, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An argument of a policy, function or procedure."""

    name: Identifier
    type: Annotated[str, SqlType()]
    default: Annotated[str, SqlText("expression")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Spec):
    """Arguments are columns of what the policy is on; `body` is an expression over them."""

    arguments: tuple[Argument, ...]
    body: Annotated[str, SqlText("expression")]


PolicyT = TypeVar("PolicyT", bound=Policy)


class PolicyKind(SchemaObject[PolicyT]):
    """`describe` is what stands after DESCRIBE; `signature` names the fields that no ALTER
    changes."""

    describe: ClassVar[str]
    signature: ClassVar[tuple[str, ...]] = ("arguments",)
    order = 28
    drop_class: ClassVar[OperationClass] = "loss"
    replace_keeps_grants = False
    held_by_use = True
    query_fields = ("body",)
    properties = (COMMENT,)

    def left_out(self, spec: PolicyT, stack: Stack) -> str:
        return f"{self.show.lower()} need edition enterprise" if stack.edition == "standard" else ""

    def queries(self, scope: Scope) -> Iterable[Query]:
        yield from super().queries(scope)
        for name in scope.declared.get(self.name, ()):
            database = Key("database", QualifiedName.parse(name).parts[0].sql)
            yield Query(f"DESCRIBE {self.describe} {name}", database, optional=True)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        prefix = f"DESCRIBE {self.describe} "
        described = {
            Key(self.name, a.query.sql.removeprefix(prefix)): a.rows[0]
            for a in answers
            if a.rows and a.query.sql.startswith(prefix)
        }
        for answer in answers:
            if not answer.query.sql.startswith("SHOW"):
                continue
            for row in answer.rows:
                name = name_of(row)
                key = Key(self.name, name.sql)
                spec = self.read_described(row, described.get(key, {}))
                container = (Key("schema", name.parent.sql),)
                yield Resource(key, spec, container, owner=owner_in(row))

    def read_described(self, row: Row, described: Row) -> PolicyT:
        """A policy from its rows of SHOW and of DESCRIBE."""
        raise NotImplementedError

    def facts(self, row: Row, described: Row) -> dict[str, Any]:
        """The fields that all policies have, from the two rows."""
        return {
            "comment": words(row.get("comment")),
            "arguments": read_signature(words(described.get("signature"))),
            "body": words(described.get("body")),
        }

    def body(self, name: str, spec: PolicyT) -> Payload:
        return {"arguments": arguments_payload(spec.arguments), "body": Sql(spec.body)}

    def difference(self, name: str, desired: PolicyT, actual: PolicyT) -> Iterator[Change]:
        if any(getattr(desired, field) != getattr(actual, field) for field in self.signature):
            payload = {**self.create(name, desired), "replace": True}
            yield Change(
                "replace", "its signature changes: it must not be in use", payload, "rebuild"
            )
            return
        if not same_sql(desired.body, actual.body):
            yield Change("set_body", "its expression changes", {"body": Sql(desired.body)})
        yield from alteration(desired, actual, self.properties)


def arguments_payload(arguments: Iterable[Argument]) -> list[Value]:
    return [
        {"name": a.name.sql, "type": Sql(a.type), "default": Sql(a.default) if a.default else None}
        for a in arguments
    ]


def read_signature(text: str) -> tuple[Argument, ...]:
    """`(VAL VARCHAR, N NUMBER(10, 2))` as arguments."""
    inside = words(text).strip().removeprefix("(").removesuffix(")")
    parts = re.split(r",(?![^(]*\))", inside) if inside.strip() else []
    found = []
    for part in parts:
        name, _, kind = part.strip().partition(" ")
        found.append(
            Argument(name=QualifiedName.parse(name).last, type=normal_type(kind or "VARCHAR"))
        )
    return tuple(found)
