"""File formats: https://docs.snowflake.com/en/sql-reference/sql/create-file-format"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..names import Sql, literal
from ..stack import Stack
from ..values import Payload, Row, Value
from .base import Change, Mistake, Spec
from .common import SchemaObject
from .properties import COMMENT, words


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat(Spec):
    """`settings` are the type's own options by their names in SQL, in any case:
    `{field_delimiter: ",", skip_header: 1}`."""

    type: Literal["CSV", "JSON", "AVRO", "ORC", "PARQUET", "XML"] = "CSV"
    settings: Mapping[str, Any] = field(default_factory=dict)


class FileFormatKind(SchemaObject[FileFormat]):
    name = "file_format"
    plural = "file_formats"
    privileges = ("USAGE",)
    spec_type = FileFormat
    checks_apart = True
    replace_keeps_grants = False
    order = 31
    show = "FILE FORMATS"
    properties = (COMMENT,)

    def normalise(self, spec: FileFormat) -> FileFormat:
        settings = {
            str(key).upper(): _keyword(value) for key, value in sorted(spec.settings.items())
        }
        return FileFormat(comment=spec.comment, type=spec.type, settings=settings)

    def check(self, name: str, spec: FileFormat, stack: Stack) -> Iterator[Mistake]:
        for key in spec.settings:
            if not re.fullmatch(r"[A-Z][A-Z0-9_]*", key):
                yield Mistake(
                    "settings", f"{key!r} is not the name of an option", "see CREATE FILE FORMAT"
                )

    def read_row(self, row: Row) -> FileFormat:
        shown = words(row.get("format_options"))
        found = json.loads(shown) if shown.startswith("{") else {}
        return FileFormat(
            comment=words(row.get("comment")),
            type=words(row.get("type")),  # type: ignore[arg-type]
            settings={key: value for key, value in sorted(found.items()) if key != "TYPE"},
        )

    def body(self, name: str, spec: FileFormat) -> Payload:
        return {"type": Sql(spec.type), "settings": _spelled(spec.settings)}

    def difference(self, name: str, desired: FileFormat, actual: FileFormat) -> Iterator[Change]:
        # An account tells every option, a definition those that it cares for.
        changed = {
            key: value
            for key, value in desired.settings.items()
            if _plain(actual.settings.get(key)) != _plain(value)
        }
        if desired.type != actual.type:
            payload = {**self.create(name, desired), "replace": True}
            yield Change("replace", f"type {actual.type} -> {desired.type}", payload)
            return
        if changed:
            reason = ", ".join(f"{key} -> {value}" for key, value in changed.items())
            yield Change("alter", reason, {"set": _spelled(changed), "unset": []})
        if desired.comment != actual.comment:
            yield Change("alter_comment", "its comment changes", {"comment": desired.comment})


def _keyword(value: Any) -> Any:
    return value.upper() if isinstance(value, str) and value.upper() in ("AUTO", "NONE") else value


def _spelled(settings: Mapping[str, Any]) -> list[Value]:
    return [{"name": Sql(key), "value": _value(value)} for key, value in settings.items()]


def _value(value: Any) -> Sql:
    if isinstance(value, bool):
        return Sql("TRUE" if value else "FALSE")
    if isinstance(value, int):
        return Sql(value)
    if isinstance(value, list | tuple):
        return Sql("(" + ", ".join(_value(item) for item in value) + ")")
    return Sql(value) if value in ("AUTO", "NONE") else literal(str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str) and value.upper() not in ("AUTO", "NONE"):
        return value
    return str(value).upper()
