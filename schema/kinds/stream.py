"""Streams: https://docs.snowflake.com/en/sql-reference/sql/create-stream

A stream keeps its offset: it is replaced only where Snowflake knows no ALTER, and then from its own
offset (`AT (STREAM => …)`) when its source stays the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Final, Literal

from ..names import QualifiedName, Sql
from ..values import OperationClass, Payload, Row
from .annotations import OneOf, Target, hidden
from .base import Change, Spec
from .common import SchemaObject
from .properties import COMMENT, alteration, name_of, options, truth, words

SOURCES: Final = ("table", "view", "dynamic_table", "stage")
_KIND_OF_SOURCE: Final = {
    "TABLE": "table",
    "VIEW": "view",
    "DYNAMIC TABLE": "dynamic_table",
    "STAGE": "stage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream(Spec):
    """`show_initial_rows` counts at creation only: the rows that are there come first."""

    on: Annotated[Target, OneOf(*SOURCES)]
    mode: Literal["DEFAULT", "APPEND_ONLY", "INSERT_ONLY"] = hidden("DEFAULT")
    append_only: bool = field(default=False, compare=False)
    show_initial_rows: bool = field(default=False, compare=False)
    stale: bool = hidden(False)


class StreamKind(SchemaObject[Stream]):
    name = "stream"
    plural = "streams"
    privileges = ("SELECT",)
    spec_type = Stream
    replace_keeps_grants = False
    order = 45
    show = "STREAMS"
    drop_class: ClassVar[OperationClass] = "loss"

    def normalise(self, spec: Stream) -> Stream:
        return replace(spec, mode="APPEND_ONLY") if spec.append_only else spec

    def read_row(self, row: Row) -> Stream:
        mode = words(row.get("mode")) or "DEFAULT"
        return Stream(
            comment=words(row.get("comment")),
            on=_source(row),
            mode=mode,  # type: ignore[arg-type]  # one of the words that SHOW STREAMS knows
            append_only=mode == "APPEND_ONLY",
            stale=truth(row.get("stale")),
        )

    def create(self, name: str, spec: Stream) -> Payload:
        return _payload(spec, keep_offset_of=None)

    def difference(self, name: str, desired: Stream, actual: Stream) -> Iterator[Change]:
        if desired.on != actual.on:
            reason = f"source {actual.on.name} -> {desired.on.name}: changes not read yet are lost"
            yield Change("replace", reason, _payload(desired, keep_offset_of=None), "loss")
        elif actual.stale:
            reason = "is stale, its offset is gone: starts again with every row that is there"
            yield Change(
                "replace", reason, _payload(desired, keep_offset_of=None, initial=True), "rebuild"
            )
        elif desired.mode != actual.mode:
            reason = f"its mode changes from {actual.mode} to {desired.mode}; the offset is kept"
            yield Change("replace", reason, _payload(desired, keep_offset_of=name), "rebuild")
        else:
            yield from alteration(desired, actual, self.properties)


def _source(row: Row) -> Target:
    stream = name_of(row)
    name = QualifiedName.parse(words(row.get("table_name")))
    full = QualifiedName((*stream.parts[: 3 - len(name.parts)], *name.parts))
    kind = _KIND_OF_SOURCE.get(words(row.get("source_type")).upper(), "table")
    return Target(kind, full)


def _payload(spec: Stream, *, keep_offset_of: str | None, initial: bool = False) -> Payload:
    flags = [
        *(["APPEND_ONLY"] if spec.mode == "APPEND_ONLY" else []),
        *(["INSERT_ONLY"] if spec.mode == "INSERT_ONLY" else []),
        *(
            ["SHOW_INITIAL_ROWS"]
            if (spec.show_initial_rows or initial) and not keep_offset_of
            else []
        ),
    ]
    return {
        "source_kind": Sql(spec.on.kind.upper().replace("_", " ")),
        "source": spec.on.name.sql,
        "keep_offset_of": keep_offset_of,
        "flags": [Sql(flag) for flag in flags],
        "options": options(spec, (COMMENT,)),
    }
