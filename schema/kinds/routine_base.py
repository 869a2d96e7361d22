"""What functions and procedures share: arguments, a language, a body. Not a kind.

All of them are read by one SELECT on INFORMATION_SCHEMA, with their bodies. The name of one holds
the types of its arguments: `DB.S.F(VARCHAR, NUMBER)`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

from ..errors import SchemaError
from ..names import Identifier, QualifiedName, Sql, literal
from ..stack import Stack
from ..types import normal_type, parse_type
from ..values import Key, Payload, Row
from .annotations import Ref, SqlText
from .base import Change, Kind, Mistake, Resource, Spec, SpecT
from .policy_base import Argument, arguments_payload, read_signature
from .properties import COMMENT, alteration, options, owner_in, truth, words
from .reading import Answer, Query, Scope

Language = Literal["SQL", "PYTHON", "JAVASCRIPT", "JAVA", "SCALA"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine(Spec):
    """`returns` is a type, or `TABLE (name TYPE, …)`. Python needs `runtime` and `handler`.

    What the body signs in with comes from Snowflake: `secrets` maps the name in the body to a
    secret object, which `external_access_integrations` must allow."""

    arguments: tuple[Argument, ...] = ()
    returns: str
    body: Annotated[str, SqlText("body")]
    language: Language = "SQL"
    runtime: str = field(default="", metadata={"readable": False})
    handler: str = field(default="", metadata={"readable": False})
    packages: tuple[str, ...] = field(default=(), metadata={"readable": False})
    external_access_integrations: tuple[Identifier, ...] = field(
        default=(), metadata={"readable": False}
    )
    secrets: Mapping[str, Annotated[QualifiedName, Ref("secret", external=True)]] = field(
        default_factory=dict, metadata={"readable": False}
    )
    secure: bool = False


class RoutineKind(Kind[SpecT]):
    """`view` is the view of INFORMATION_SCHEMA, `prefix` how its columns begin."""

    level = "schema"
    view: ClassVar[str]
    prefix: ClassVar[str]
    extra: ClassVar[str] = ""
    order = 33
    drop_class = "rebuild"
    checks_apart = True

    def full_name(self, name: str, spec: SpecT) -> str:
        assert isinstance(spec, Routine)
        types = tuple(parse_type(argument.type).family for argument in spec.arguments)
        return QualifiedName(QualifiedName.parse(name).parts, types).sql

    def normalise(self, spec: SpecT) -> SpecT:
        assert isinstance(spec, Routine)
        try:
            returns = normal_returns(spec.returns)
        except SchemaError:
            return spec  # `check` says what is wrong
        return spec if returns == spec.returns else replace(spec, returns=returns)

    def queries(self, scope: Scope) -> Iterable[Query]:
        p = self.prefix
        for database in scope.databases:
            yield Query(
                f"SELECT {p}_CATALOG, {p}_SCHEMA, {p}_NAME, ARGUMENT_SIGNATURE, DATA_TYPE, "
                f"{p}_OWNER, {p}_LANGUAGE, {p}_DEFINITION, COMMENT{self.extra} "
                f"FROM {database}.INFORMATION_SCHEMA.{self.view} ORDER BY 1, 2, 3, 4",
                Key("database", database.sql),
                optional=True,
            )

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        p = self.prefix.lower()
        for answer in answers:
            for row in answer.rows:
                arguments = read_signature(words(row.get("argument_signature")))
                spec = self.read_row(row, arguments)
                name = QualifiedName.of(row[f"{p}_catalog"], row[f"{p}_schema"], row[f"{p}_name"])
                key = Key(self.name, self.full_name(name.sql, spec))
                owner = owner_in({"owner": row.get(f"{p}_owner")})
                yield Resource(key, spec, (Key("schema", name.parent.sql),), owner=owner)

    def read_row(self, row: Row, arguments: tuple[Argument, ...]) -> SpecT:
        raise NotImplementedError

    def facts(self, row: Row, arguments: tuple[Argument, ...]) -> dict[str, object]:
        """The fields that functions and procedures share, from a row."""
        p = self.prefix.lower()
        return {
            "comment": words(row.get("comment")),
            "arguments": arguments,
            "returns": normal_returns(words(row.get("data_type"))),
            "body": words(row.get(f"{p}_definition")).strip().rstrip(";").rstrip(),
            "language": words(row.get(f"{p}_language")).upper() or "SQL",
            "secure": truth(row.get("is_secure")),
        }

    def check(self, name: str, spec: SpecT, stack: Stack) -> Iterator[Mistake]:
        assert isinstance(spec, Routine)
        if spec.language == "PYTHON" and not (spec.runtime and spec.handler):
            yield Mistake(
                "language", "Python needs runtime and handler", 'add runtime: "3.11", handler: main'
            )
        if spec.secrets and not spec.external_access_integrations:
            yield Mistake(
                "secrets",
                "secrets are used through an external access integration",
                "add external_access_integrations: [NAME]",
            )
        try:
            normal_returns(spec.returns)
        except SchemaError as error:
            yield Mistake("returns", error.message, error.remedy)

    def create(self, name: str, spec: SpecT) -> Payload:
        assert isinstance(spec, Routine)
        return {
            "signature": QualifiedName(QualifiedName.parse(name).parts).sql,
            "arguments": arguments_payload(spec.arguments),
            "returns": Sql(normal_returns(spec.returns)),
            "language": Sql(spec.language),
            "runtime": spec.runtime,
            "handler": spec.handler,
            "packages": [literal(package) for package in spec.packages],
            "integrations": [item.sql for item in spec.external_access_integrations],
            "secrets": [{"name": k, "secret": v.sql} for k, v in sorted(spec.secrets.items())],
            "secure": spec.secure,
            "options": options(spec, (COMMENT,)),
            "body": Sql(spec.body),
            **self.more(spec),
        }

    def more(self, spec: SpecT) -> Payload:
        return {}

    def difference(self, name: str, desired: SpecT, actual: SpecT) -> Iterator[Change]:
        assert isinstance(desired, Routine)
        assert isinstance(actual, Routine)
        changed = [
            f for f in self.compared() if self.comparable(desired, f) != self.comparable(actual, f)
        ]
        if changed:
            words_ = ", ".join(changed)
            yield Change(
                "replace", f"{words_} changes; grants are kept", self.create(name, desired)
            )
        else:
            yield from alteration(desired, actual, (COMMENT,))

    def compared(self) -> tuple[str, ...]:
        return (
            "returns", "body", "language", "runtime", "handler", "packages",
            "external_access_integrations", "secrets", "secure",
        )  # fmt: skip

    def comparable(self, spec: SpecT, field_: str) -> object:
        value = getattr(spec, field_)
        if field_ == "returns":
            return normal_returns(value)
        return (
            "\n".join(line.rstrip() for line in value.strip().splitlines())
            if field_ == "body"
            else value
        )


def normal_returns(text: str) -> str:
    """A return type in our spelling: a type, or TABLE (name TYPE, …)."""
    match = re.fullmatch(r"\s*TABLE\s*\((.*)\)\s*", text, re.IGNORECASE | re.DOTALL)
    if match is None:
        return normal_type(text)
    columns = read_signature(f"({match[1]})")
    return f"TABLE ({', '.join(f'{column.name} {column.type}' for column in columns)})"
