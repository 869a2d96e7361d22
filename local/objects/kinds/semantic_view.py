"""SEMANTIC VIEW: read in the order that Snowflake demands, kept, shown; Analyst does not run here."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.errors import compilation
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT
from ...sessions.call import Call
from ...sessions.names import Names
from ...sessions.session import Session
from .base import Mode
from .table import copy_grants_of
from .texts import TextKind


class SemanticView(TextKind):
    """Semantic views."""

    name = "SEMANTIC VIEW"
    plural = "SEMANTIC VIEWS"
    or_alter = True

    def read_text(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        parser.expect("TABLES")
        tables = self._tables(parser, call.session.names)
        parts: dict[str, str] = {}
        for clause in ("RELATIONSHIPS", "FACTS", "DIMENSIONS", "METRICS"):
            if parser.accept(clause):
                parts[clause] = parser.bracketed_text()
        if "DIMENSIONS" not in parts and "METRICS" not in parts:
            raise compilation("a semantic view needs a dimension or a metric", 392700, "42601")
        comment = None
        if parser.accept("COMMENT"):
            parser.expect("=")
            comment = parser.string()
        for clause in ("AI_SQL_GENERATION", "AI_QUESTION_CATEGORIZATION"):
            if parser.accept(clause):
                parts[clause] = parser.string()
        if parser.accept("AI_VERIFIED_QUERIES"):
            parts["AI_VERIFIED_QUERIES"] = parser.bracketed_text()
        copied = bool(parser.accept("COPY", "GRANTS"))
        return {"tables": tables, "parts": parts, "comment": comment, "copy_grants": copied}

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        if old is not None and item.body["copy_grants"]:
            copy_grants_of(session, change, old, item)

    @staticmethod
    def _tables(parser: Parser, names: Names) -> list[int]:
        found: list[int] = []

        def one() -> None:
            name = parser.name()
            if parser.accept("AS"):
                name = parser.name()
            found.append(names.find("TABLE", name).id)
            if not (parser.looking_at(",") or parser.looking_at(")")):
                parser.text_until(",", ")")

        parser.listed(one)
        return found

    def describe(self, session: Session, item: Object, what: str) -> Result:
        names = ("object_kind", "object_name", "parent_entity", "property", "property_value")
        rows: list[list[Any]] = [[None, None, None, "COMMENT", item.comment]]
        for clause, text in item.body["parts"].items():
            rows.append([clause, None, None, "DEFINITION", text])
        return Result([Column(name, TEXT) for name in names], rows, SHOW)


KIND = SemanticView()
