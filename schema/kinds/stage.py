"""Stages: https://docs.snowflake.com/en/sql-reference/sql/create-stage

An external stage signs in through a storage integration; credentials have no place here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from ..names import QualifiedName, Sql, literal
from ..stack import Stack
from ..values import OperationClass, Payload, Row
from .annotations import Ref
from .base import Change, Mistake, Spec
from .common import SchemaObject
from .properties import COMMENT, Property, alteration, truth, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Spec):
    """Internal without `url`. `encryption` and `file_format` count at creation."""

    url: str = ""
    storage_integration: Annotated[QualifiedName, Ref("integration", external=True)] | None = None
    encryption: Literal["SNOWFLAKE_FULL", "SNOWFLAKE_SSE"] | None = field(
        default=None, compare=False
    )
    directory: bool = False
    file_format: Annotated[QualifiedName, Ref("file_format")] | None = field(
        default=None, metadata={"readable": False}
    )


class StageKind(SchemaObject[Stage]):
    name = "stage"
    plural = "stages"
    privileges = ("READ", "USAGE", "WRITE")
    spec_type = Stage
    replace_keeps_grants = False
    order = 32
    drop_class: ClassVar[OperationClass] = "loss"
    show = "STAGES"
    properties = (Property("url", "URL", "literal"), COMMENT)

    def check(self, name: str, spec: Stage, stack: Stack) -> Iterator[Mistake]:
        if spec.url and not spec.storage_integration:
            yield Mistake(
                "url",
                "an external stage needs a storage integration",
                "add storage_integration: NAME",
            )
        if spec.storage_integration and not spec.url:
            yield Mistake("storage_integration", "an integration without a url", "add url: s3://…")
        if "@" in spec.url or "?" in spec.url:
            yield Mistake("url", "the url may hold a credential", "use a storage integration alone")

    def read_row(self, row: Row) -> Stage:
        integration = words(row.get("storage_integration"))
        return Stage(
            comment=words(row.get("comment")),
            url=words(row.get("url")),
            storage_integration=QualifiedName.of(integration) if integration else None,
            directory=truth(row.get("directory_enabled")),
        )

    def body(self, name: str, spec: Stage) -> Payload:
        integration = spec.storage_integration
        return {
            "url": literal(spec.url) if spec.url else None,
            "integration": integration.sql if integration is not None else None,
            "encryption": literal(spec.encryption) if spec.encryption else None,
            "directory": spec.directory,
            "file_format": spec.file_format.sql if spec.file_format else None,
            "comment": spec.comment,
        }

    def difference(self, name: str, desired: Stage, actual: Stage) -> Iterator[Change]:
        if desired.url != actual.url or desired.storage_integration != actual.storage_integration:
            if bool(desired.url) != bool(actual.url):
                payload = {**self.create(name, desired), "replace": True}
                yield Change(
                    "replace",
                    "moves between internal and external: staged files are lost",
                    payload,
                    "loss",
                )
                return
            yield Change(
                "set_location", f"url {actual.url} -> {desired.url}", self.body(name, desired)
            )
        if desired.directory != actual.directory:
            word = Sql("TRUE" if desired.directory else "FALSE")
            yield Change("set_directory", f"directory table {word}", {"enable": word})
        if desired.file_format != actual.file_format:
            yield Change("set_file_format", "its file format changes", self.body(name, desired))
        yield from alteration(desired, actual, (COMMENT,))
