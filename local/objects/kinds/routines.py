"""What functions and procedures share. Not a kind."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import missing
from ...language.names import Name
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ, from_json, read_type
from ...sessions.call import Call
from ...sessions.session import Session
from ..get_ddl import is_hidden
from .base import Kind, Mode
from .policies import read_arguments
from .readers import one_of
from .showing import common_row
from .table import copy_grants_of

_NULLS = {False: "CALLED ON NULL INPUT", True: "RETURNS NULL ON NULL INPUT"}
_REACHING = ("external_access_integrations", "secrets")
_LANGUAGES = one_of("SQL", "PYTHON", "JAVASCRIPT", "JAVA", "SCALA")


class Routine(Kind):
    """A function or a procedure; its name holds the types of its arguments."""

    or_alter = True
    modifiers = frozenset({"SECURE", "TEMPORARY"})
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("schema_name", TEXT),
        ("is_builtin", TEXT),
        ("is_aggregate", TEXT),
        ("is_ansi", TEXT),
        ("min_num_arguments", NUMBER),
        ("max_num_arguments", NUMBER),
        ("arguments", TEXT),
        ("description", TEXT),
        ("catalog_name", TEXT),
        ("is_table_function", TEXT),
        ("valid_for_clustering", TEXT),
        ("is_secure", TEXT),
    )

    def create(self, call: Call, mode: Mode) -> Result:
        from dataclasses import replace

        from .base import read_if_not_exists

        parser = call.parser
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        body = read_definition(parser)
        arguments = body["arguments"]
        body["secure"] = ("SECURE" in mode.modifiers) or None
        return self.store(call.session, signed(name, arguments), mode, body)

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        if old is not None and item.body.get("copy_grants"):
            copy_grants_of(session, change, old, item)

    def signed(self, name: Name, parser: Parser) -> Name:
        """Consume the types of a signature and return the name under which it is kept."""
        kinds = parser.listed(lambda: read_type(parser))
        return signed(name, [{"type": kind.to_json()} for kind in kinds])

    def read_name(self, parser: Parser) -> Name:
        name = parser.name()
        return self.signed(name, parser) if parser.looking_at("(") else name

    def find(self, session: Session, name: Name) -> Object:
        if "(" not in name.last:
            raise missing(self.name, str(name))
        return super().find(session, name)

    def drop(self, call: Call) -> Result:
        return self._with_signature(call, super().drop)

    def alter(self, call: Call) -> Result:
        return self._with_signature(call, super().alter)

    def _with_signature(self, call: Call, run: Any) -> Result:
        """Let the parser read `name(types)` as one name."""
        parser = call.parser
        original = parser.name

        def name() -> Name:
            return self.signed(original(), parser)

        parser.name = name  # type: ignore[method-assign]
        try:
            found = run(call)
            assert isinstance(found, Result)
            return found
        finally:
            parser.name = original  # type: ignore[method-assign]

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        arguments = item.body["arguments"]
        plain = item.name.partition("(")[0]
        types = ", ".join(from_json(argument["type"]).base for argument in arguments)
        returns = from_json(item.body["returns"]).base if "returns" in item.body else "TABLE ()"
        row.update(
            name=plain,
            is_builtin="N",
            is_aggregate="N",
            is_ansi="N",
            min_num_arguments=sum("default" not in argument for argument in arguments),
            max_num_arguments=len(arguments),
            arguments=f"{plain}({types}) RETURN {returns}",
            description=item.comment or "user-defined function",
            catalog_name=row["database_name"],
            is_table_function="Y" if "returns_table" in item.body else "N",
            valid_for_clustering="N",
            is_secure="Y" if item.body.get("secure") else "N",
        )
        return row

    def describe(self, session: Session, item: Object, what: str) -> Result:
        shown = ", ".join(
            f"{argument['name']} {from_json(argument['type']).base}"
            for argument in item.body["arguments"]
        )
        rows = [
            ["signature", f"({shown})"],
            [
                "returns",
                str(from_json(item.body["returns"])) if "returns" in item.body else "TABLE",
            ],
            ["language", item.body["language"]],
            ["null handling", _NULLS[bool(item.body.get("strict"))]],
            ["execute as", item.body.get("execute_as", "OWNER")],
            *([] if is_hidden(session.identity, item) else [["body", item.body["body"]]]),
            *([key, f"[{item.body[key]}]"] for key in _REACHING if key in item.body),
        ]
        return Result([Column("property", TEXT), Column("value", TEXT)], rows, SHOW)


def signed(name: Name, arguments: list[dict[str, Any]]) -> Name:
    """Return the name of a routine with the types of its arguments."""
    types = ", ".join(from_json(argument["type"]).base for argument in arguments)
    return Name(name.database, name.schema, f"{name.last}({types})")


def read_definition(parser: Parser, *, last: bool = True) -> dict[str, Any]:
    """Consume arguments, clauses and the text of a routine.

    Args:
        parser: Behind the routine's name.
        last: Whether the text ends the statement; it can be a block without quotes then.
    """
    body: dict[str, Any] = {"arguments": read_arguments(parser), "language": "SQL"}
    while not parser.accept("AS"):
        if not _clause(parser, body):
            raise parser.unexpected()
    if last and (parser.looking_at("BEGIN") or parser.looking_at("DECLARE")):
        body["body"] = parser.rest()
        return body
    body["body"] = parser.string()
    if last:
        parser.end()
    return body


def _clause(parser: Parser, body: dict[str, Any]) -> bool:
    """Consume one clause, and tell whether there was one."""
    if parser.accept("COPY", "GRANTS"):
        body["copy_grants"] = True
    elif parser.accept("RETURNS", "NULL", "ON", "NULL", "INPUT"):
        body["strict"] = True
    elif parser.accept("RETURNS"):
        if parser.accept("TABLE"):
            body["returns_table"] = read_arguments(parser)
        else:
            body["returns"] = read_type(parser).to_json()
            parser.accept("NOT", "NULL")
    elif parser.accept("LANGUAGE"):
        body["language"] = _LANGUAGES(parser)
    elif parser.accept("EXECUTE", "AS"):
        body["execute_as"] = one_of("OWNER", "CALLER", "RESTRICTED")(parser)
    elif parser.accept("STRICT"):
        body["strict"] = True
    elif parser.accept_any(["IMMUTABLE", "VOLATILE", "CALLED ON NULL INPUT"]) is None:
        read = parser.properties(_PROPERTIES, *_STOPS)
        body |= {key.lower(): value for key, value in read.items()}
        return bool(read)
    return True


_PROPERTIES: dict[str, Any] = {
    "COMMENT": Parser.string,
    "RUNTIME_VERSION": Parser.value,
    "PACKAGES": Parser.value,
    "HANDLER": Parser.string,
    "IMPORTS": Parser.value,
    # Kept and shown: nothing here reaches out of the machine.
    "EXTERNAL_ACCESS_INTEGRATIONS": Parser.bracketed_text,
    "SECRETS": Parser.bracketed_text,
}
_STOPS = ("AS", "EXECUTE", "RETURNS", "LANGUAGE", "IMMUTABLE", "VOLATILE", "STRICT", "CALLED")
