"""STAGE: where it points and how it reads is kept; files are not moved here."""

from typing import Any

from ..catalogue import Object
from ..parser import Parser
from ..session import Session
from ..types import TEXT, TIMESTAMP_LTZ
from .base import Kind
from .readers import an_object
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


class Stage(Kind):
    """Stages."""

    name = "STAGE"
    plural = "STAGES"
    or_alter = True
    properties = {
        "URL": Parser.string,
        "STORAGE_INTEGRATION": an_object,
        "ENCRYPTION": read_options,
        "DIRECTORY": read_options,
        "FILE_FORMAT": read_options,
        "COPY_OPTIONS": read_options,
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


KIND = Stage()
