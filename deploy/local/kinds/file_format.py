"""FILE FORMAT."""

import json
from typing import Any

from ..dispatch import Call
from ..parser import Parser
from ..session import Session
from ..types import TEXT, TIMESTAMP_LTZ
from .base import Kind, Mode
from .readers import one_of
from .showing import common_row

# Source: Snowflake's page "CREATE FILE FORMAT".
_OPTIONS = (
    "COMPRESSION", "RECORD_DELIMITER", "FIELD_DELIMITER", "MULTI_LINE", "FILE_EXTENSION", "PARSE_HEADER",
    "SKIP_HEADER", "SKIP_BLANK_LINES", "DATE_FORMAT", "TIME_FORMAT", "TIMESTAMP_FORMAT", "BINARY_FORMAT", "ESCAPE",
    "ESCAPE_UNENCLOSED_FIELD", "TRIM_SPACE", "FIELD_OPTIONALLY_ENCLOSED_BY", "NULL_IF",
    "ERROR_ON_COLUMN_COUNT_MISMATCH", "REPLACE_INVALID_CHARACTERS", "EMPTY_FIELD_AS_NULL", "SKIP_BYTE_ORDER_MARK",
    "ENCODING", "ENABLE_OCTAL", "ALLOW_DUPLICATE", "STRIP_OUTER_ARRAY", "STRIP_NULL_VALUES", "IGNORE_UTF8_ERRORS",
    "SNAPPY_COMPRESSION", "BINARY_AS_TEXT", "USE_LOGICAL_TYPE", "USE_VECTORIZED_SCANNER", "PRESERVE_SPACE",
    "STRIP_OUTER_ELEMENT", "DISABLE_AUTO_CONVERT",
)  # fmt: skip


class FileFormat(Kind):
    """File formats."""

    name = "FILE FORMAT"
    plural = "FILE FORMATS"
    or_alter = True
    modifiers = frozenset({"TEMPORARY", "TEMP"})
    properties = {
        "TYPE": one_of("CSV", "JSON", "AVRO", "ORC", "PARQUET", "XML"),
        **dict.fromkeys(_OPTIONS, Parser.value),
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *(
            (name, TEXT)
            for name in (
                "name", "database_name", "schema_name", "type", "owner", "comment", "format_options", "owner_role_type",
            )
        ),
    )  # fmt: skip

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        body = super().read_body(call, mode)
        body["properties"].setdefault("TYPE", "CSV")
        return body

    def show_row(self, session: Session, item: Any) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        row.update(type=held["TYPE"], format_options=json.dumps(held, separators=(",", ":")))
        return row


KIND = FileFormat()
