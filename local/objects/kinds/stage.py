"""STAGE: an internal one has files; where an external one points is kept, and nothing is fetched."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ...engine.catalogue import Object
from ...language.names import Name
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.staged.copy_options import read_copy_options
from ...sql.staged.formats import read_format
from .base import Kind, Mode
from .readers import Reader, an_object
from .showing import common_row


def read_options(parser: Parser) -> dict[str, Any]:
    """Consume `( KEY = value … )`."""
    found: dict[str, Any] = {}
    parser.expect("(")
    while not parser.accept(")"):
        key = parser.identifier()
        parser.expect("=")
        found[key] = parser.value()
        parser.accept(",")
    return found


def _copy_options(parser: Parser) -> dict[str, Any]:
    parser.expect("(")
    found = read_copy_options(parser)
    parser.expect(")")
    return found


class Stage(Kind):
    """Stages."""

    name = "STAGE"
    plural = "STAGES"
    or_alter = True
    modifiers = frozenset({"TEMPORARY"})
    properties: ClassVar[Mapping[str, Reader]] = {
        "URL": Parser.string,
        "STORAGE_INTEGRATION": an_object,
        "ENCRYPTION": read_options,
        "DIRECTORY": read_options,
        "FILE_FORMAT": read_format,
        "COPY_OPTIONS": _copy_options,
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *(
            (name, TEXT)
            for name in (
                "name", "database_name", "schema_name", "url", "has_credentials", "has_encryption_key", "owner",
                "comment", "region", "type", "cloud", "notification_channel", "storage_integration", "endpoint",
                "owner_role_type", "directory_enabled",
            )
        ),
    )  # fmt: skip

    @property
    def title(self) -> str:
        return "Stage area"

    def store(self, session: Session, name: Name, mode: Mode, body: dict[str, Any]) -> Result:
        parent, _ = self.place_of(session, name, mode)
        before = session.engine.catalogue.find(self.name, parent, name.last)
        result = super().store(session, name, mode, body)
        _forget_files(session, before)
        return result

    def drop(self, call: Call) -> Result:
        catalogue = call.session.engine.catalogue
        before = {item.id: item for item in catalogue.of_kind(self.name)}
        result = super().drop(call)
        left = {item.id for item in catalogue.of_kind(self.name)}
        for key in before.keys() - left:
            _forget_files(call.session, before[key])
        return result

    def describe(self, session: Session, item: Object, what: str) -> Result:
        held = item.body.get("properties", {})
        rows = [
            [group, key, _type_of(value), _written(value), _written(default)]
            for group, key, value, default in _described(held)
        ]
        return Result([Column(name, TEXT) for name in _DESCRIBED], rows, SHOW)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        url = held.get("URL")
        row.update(
            url=url or "",
            has_credentials="N",
            has_encryption_key="N",
            region=None,
            type="EXTERNAL" if url else "INTERNAL",
            cloud=url.split("://")[0].upper() if url else None,
            notification_channel=None,
            storage_integration=held.get("STORAGE_INTEGRATION"),
            endpoint=None,
            directory_enabled="Y" if (held.get("DIRECTORY") or {}).get("ENABLE") else "N",
        )
        return row


_DESCRIBED = ("parent_property", "property", "property_type", "property_value", "property_default")


def _described(held: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """Return the rows of DESCRIBE STAGE: group, property, value, default."""
    file_format = held.get("FILE_FORMAT") or {"TYPE": "CSV"}
    rows: list[tuple[str, str, Any, Any]] = [
        ("STAGE_FILE_FORMAT", key, value, "CSV" if key == "TYPE" else None)
        for key, value in file_format.items()
    ]
    copying = {"ON_ERROR": "ABORT_STATEMENT", "PURGE": False, **(held.get("COPY_OPTIONS") or {})}
    rows += [("STAGE_COPY_OPTIONS", key, value, None) for key, value in copying.items()]
    rows.append(("STAGE_LOCATION", "URL", held.get("URL") or "", ""))
    directory = {"ENABLE": False, **(held.get("DIRECTORY") or {})}
    rows += [("DIRECTORY", key, value, False) for key, value in directory.items()]
    return rows


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    return {int: "Integer", list: "List"}.get(type(value), "String")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, list) else "" if value is None else str(value)


def _forget_files(session: Session, item: Object | None) -> None:
    """Delete the files of a stage that is gone."""
    if item is not None:
        now = session.engine.catalogue.get(item.id)
        if now is None or now.dropped is not None:
            session.engine.stages.forget(item.id)


KIND = Stage()
