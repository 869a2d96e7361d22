"""PIPE: its COPY is kept and shown. Files load by COPY; nothing waits for them here."""

from itertools import pairwise
from typing import Any

from ...engine.catalogue import Object
from ...language.errors import compilation, unsupported
from ...language.names import Name
from ...language.parser import Parser
from ...language.results import Result
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Mode
from .property_objects import PropertyObject, columns
from .readers import a_boolean, an_object

# https://docs.snowflake.com/en/sql-reference/sql/create-pipe (usage notes)
_NOT_HERE = ("FILES", "SIZE_LIMIT", "PURGE", "FORCE", "RETURN_FAILED_ONLY", "VALIDATION_MODE")


class Pipe(PropertyObject):
    """Pipes."""

    name = "PIPE"
    plural = "PIPES"
    properties = {
        "AUTO_INGEST": a_boolean,
        "ERROR_INTEGRATION": an_object,
        "AWS_SNS_TOPIC": Parser.string,
        "INTEGRATION": Parser.string,
        "PIPE_EXECUTION_PAUSED": a_boolean,
    }
    fixed = frozenset({"AUTO_INGEST", "AWS_SNS_TOPIC", "INTEGRATION"})
    altered_with = {"OPERATE": (("SET", "PIPE_EXECUTION_PAUSED"),)}
    show_columns = columns(
        "created_on name database_name schema_name definition owner notification_channel comment "
        "integration pattern error_integration owner_role_type invalid_reason kind"
    )

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        read = parser.properties({**self.properties, "COMMENT": Parser.string}, "AS")
        comment = read.pop("COMMENT", None)
        parser.expect("AS")
        text = parser.rest()
        _check_copy(call.session, text)
        if "INTEGRATION" in read and "AWS_SNS_TOPIC" in read:
            raise compilation("AWS_SNS_TOPIC and INTEGRATION exclude each other", 1008)
        return {"properties": read, "comment": comment, "definition": text}

    def alter_item(self, call: Call, item: Object) -> None:
        if call.parser.looking_at("REFRESH"):
            raise unsupported("ALTER PIPE … REFRESH")
        super().alter_item(call, item)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = super().show_row(session, item)
        held = item.body.get("properties", {})
        channel = "local" if held.get("AUTO_INGEST") else None
        return {
            **row,
            "definition": item.body["definition"],
            "notification_channel": held.get("AWS_SNS_TOPIC") or channel,
            "kind": "STAGE",
        }

    def describe(self, session: Session, item: Object, what: str) -> Result:
        return super(PropertyObject, self).describe(session, item, what)


def _check_copy(session: Session, text: str) -> None:
    """Fail unless it is a COPY INTO of a table and a stage that the role may use so."""
    parser = Parser(text.strip().removeprefix("(").removesuffix(")"))
    if not parser.accept("COPY", "INTO"):
        raise parser.unexpected()
    table = session.names.find("TABLE", parser.name())
    for privilege in ("INSERT", "SELECT"):
        session.identity.require(privilege, table)
    options = {token.upper for token, then in pairwise(parser.tokens) if then.text == "="}
    for word in _NOT_HERE:
        if word in options:
            raise compilation(f"COPY of a pipe does not support {word}", 90084)
    stage = _stage(parser)
    if stage is not None:
        item = session.names.find("STAGE", stage)
        external = bool(item.body.get("properties", {}).get("URL"))
        session.identity.require("USAGE" if external else "READ", item)


def _stage(parser: Parser) -> Name | None:
    """The stage after the first `@`; that of a table or user is none of these."""
    while parser.here.kind != "end":
        if parser.take().text == "@" and parser.here.kind in {"word", "quoted"}:
            return parser.name()
    return None


KIND = Pipe()
