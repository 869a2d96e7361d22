"""VIEW, also secure: the text is kept, and its query is expanded where it is used."""

from dataclasses import replace
from typing import Any

from ...engine.catalogue import Object
from ...language.errors import compilation, exists_already
from ...language.parser import Parser
from ...language.results import Result
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.described import result_columns
from ..get_ddl import is_hidden
from .base import Kind, Mode, read_if_not_exists, status
from .describing import describe_columns
from .future_grants import add_future_grants
from .showing import common_row
from .table import copy_grants_of


class View(Kind):
    """Views."""

    name = "VIEW"
    plural = "VIEWS"
    modifiers = frozenset({"SECURE", "RECURSIVE", "TEMPORARY"})
    or_alter = True
    drop_cascades = True
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("reserved", TEXT),
        ("database_name", TEXT),
        ("schema_name", TEXT),
        ("owner", TEXT),
        ("comment", TEXT),
        ("text", TEXT),
        ("is_secure", TEXT),
        ("is_materialized", TEXT),
        ("owner_role_type", TEXT),
        ("change_tracking", TEXT),
    )

    def create(self, call: Call, mode: Mode) -> Result:  # noqa: C901 - one clause a branch
        parser, session = call.parser, call.session
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        named = self._named_columns(parser) if parser.looking_at("(") else []
        comment: str | None = None
        copy_grants = False
        while not parser.looking_at("AS"):
            if parser.accept("COPY", "GRANTS"):
                copy_grants = True
            elif parser.accept("COMMENT"):
                parser.expect("=")
                comment = parser.string()
            elif parser.accept("CHANGE_TRACKING"):
                parser.expect("=")
                parser.boolean()
            else:
                raise parser.unexpected()
        parser.expect("AS")
        query = parser.rest()
        parent, shown = self.place_of(session, name, mode)
        existing = session.engine.catalogue.find("VIEW", parent, name.last)
        if existing is not None and mode.if_not_exists:
            return status(f"{name.last} already exists, statement succeeded.")
        with session.names.within(parent):
            _, context, found = result_columns(session, query)
        if named and len(named) != len(found):
            raise compilation(
                f"Invalid column definition list: {len(named)} names for {len(found)} columns",
                2026,
                "42601",
            )
        columns: list[dict[str, Any]] = []
        for index, column in enumerate(found):
            given = named[index] if named else {"name": column.name}
            if any(held["name"] == given["name"] for held in columns):
                raise compilation(f"duplicate column name '{given['name']}'", 2025, "42S21")
            columns.append({**given, "type": column.type.to_json()})
        body = {
            "columns": columns,
            "query": query,
            "text": call.sql.strip().rstrip(";"),
            "secure": ("SECURE" in mode.modifiers) or None,
            "temporary": mode.temporary or None,
            "comment": comment,
            "reads": sorted(context.reads) or None,
            "streams": [stream.id for stream in context.streams] or None,
        }
        if existing is None:
            self.require_create(session, parent, name)
        else:
            self.require_same_kind(session, existing, name)
            session.identity.require_ownership(existing)
            if not (mode.replace or mode.alter):
                raise exists_already(shown)
        with session.transaction.ddl() as change:
            if existing is not None and mode.alter:
                change.put(self.altered(existing, body))
                return status(f"View {name.last} successfully created.")
            if existing is not None:
                change.drop(existing)
            item = change.add("VIEW", parent, name.last, body)
            add_future_grants(session, change, item)
            if existing is not None and copy_grants:
                copy_grants_of(session, change, existing, item)
        return status(f"View {name.last} successfully created.")

    @staticmethod
    def _named_columns(parser: Parser) -> list[dict[str, Any]]:
        def one() -> dict[str, Any]:
            found = {"name": parser.identifier()}
            if parser.accept("COMMENT"):
                found["comment"] = parser.string()
            return found

        return parser.listed(one)

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        for words, secure in ((("SET", "SECURE"), True), (("UNSET", "SECURE"), None)):
            if parser.accept(*words):
                parser.end()
                with call.session.transaction.ddl() as change:
                    change.put(item.with_body(secure=secure))
                return
        if parser.accept("ALTER") or parser.accept("MODIFY"):
            self._comment_column(call, item)
            return
        super().alter_item(call, item)

    @staticmethod
    def _comment_column(call: Call, item: Object) -> None:
        from ..table_edits import column_of, with_column

        parser = call.parser
        parser.accept("COLUMN")
        column = column_of(item, parser.identifier())
        parser.expect("COMMENT")
        column["comment"] = parser.string()
        parser.end()
        with call.session.transaction.ddl() as change:
            change.put(with_column(item, column["name"], column))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        row.update(
            reserved="",
            text="" if is_hidden(session.identity, item) else item.body["text"],
            is_secure="true" if item.body.get("secure") else "false",
            is_materialized="false",
            change_tracking="OFF",
        )
        return row

    def describe(self, session: Session, item: Object, what: str) -> Result:
        return describe_columns(session, item)


KIND = View()
