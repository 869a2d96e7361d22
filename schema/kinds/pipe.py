"""Pipes: https://docs.snowflake.com/en/sql-reference/sql/create-pipe"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Final, Literal

from ..names import QualifiedName, Sql
from ..sql.tokens import tokens
from ..stack import Stack
from ..values import Payload, Row
from .annotations import Ref, SqlText
from .base import Change, Mistake, Spec
from .properties import COMMENT, Property, words
from .property_kind import PropertyKind

# What COPY cannot say in a pipe.
_NOT_HERE: Final = frozenset(
    ("FILES", "SIZE_LIMIT", "PURGE", "FORCE", "RETURN_FAILED_ONLY", "VALIDATION_MODE")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe(Spec):
    """`definition` is COPY INTO. With `auto_ingest` files load as they come; without it, as a call
    names them."""

    definition: Annotated[str, SqlText("statement")]
    auto_ingest: bool = field(default=False, metadata={"readable": False})
    aws_sns_topic: str = field(default="", metadata={"readable": False})
    integration: str = ""
    error_integration: Annotated[QualifiedName, Ref("integration", external=True)] | None = None
    state: Literal["running", "paused"] = field(default="running", metadata={"readable": False})


class PipeKind(PropertyKind[Pipe]):
    name = "pipe"
    plural = "pipes"
    privileges = ("APPLYBUDGET", "MONITOR", "OPERATE")
    level = "schema"
    spec_type = Pipe
    order = 56
    query_fields = ("definition",)
    show = "PIPES"
    fixed = ("definition", "auto_ingest", "aws_sns_topic", "integration")
    replace_reason = "it forgets which files it loaded; do not refresh it without looking"
    properties = (
        Property("auto_ingest", "AUTO_INGEST"),
        Property("error_integration", "ERROR_INTEGRATION", "name"),
        Property("aws_sns_topic", "AWS_SNS_TOPIC", "literal"),
        Property("integration", "INTEGRATION", "literal"),
        COMMENT,
    )

    def check(self, name: str, spec: Pipe, stack: Stack) -> Iterator[Mistake]:
        found = [text.upper() for group, text in tokens(spec.definition) if group == "name"]
        if found[:2] != ["COPY", "INTO"]:
            yield Mistake(
                "definition", "a pipe runs COPY INTO", "write COPY INTO S.T FROM @S.STAGE"
            )
        texts = [text.upper() for _, text in tokens(spec.definition)]
        options = {word for word, then in pairwise(texts) if then == "="}
        for word in sorted(_NOT_HERE & options):
            yield Mistake("definition", f"a pipe does not know {word}", "remove it")
        if spec.aws_sns_topic and spec.integration:
            yield Mistake("integration", "it has a topic and an integration", "keep one")

    def read_row(self, row: Row) -> Pipe:
        error = words(row.get("error_integration"))
        return Pipe(
            comment=words(row.get("comment")),
            definition=words(row.get("definition")).strip().rstrip(";").rstrip(),
            integration=words(row.get("integration")),
            error_integration=QualifiedName.parse(error) if error else None,
        )

    def body(self, name: str, spec: Pipe) -> Payload:
        return {"definition": Sql(spec.definition)}

    def after_create(self, name: str, spec: Pipe) -> Iterator[Change]:
        if spec.state == "paused":
            yield _pauses(spec)

    def difference(self, name: str, desired: Pipe, actual: Pipe) -> Iterator[Change]:
        yield from super().difference(name, desired, actual)
        if desired.state != actual.state:
            yield _pauses(desired)


def _pauses(spec: Pipe) -> Change:
    paused = Sql("TRUE" if spec.state == "paused" else "FALSE")
    return Change("set_state", f"is to be {spec.state}", {"paused": paused})
