"""SEQUENCE."""

from typing import Any

from ...engine.catalogue import Change, Object
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
from .showing import common_row


class Sequence(Kind):
    """Sequences."""

    name = "SEQUENCE"
    plural = "SEQUENCES"
    or_alter = True
    show_columns = (
        ("name", TEXT),
        ("database_name", TEXT),
        ("schema_name", TEXT),
        ("next_value", NUMBER),
        ("interval", NUMBER),
        ("created_on", TIMESTAMP_LTZ),
        ("owner", TEXT),
        ("comment", TEXT),
        ("owner_role_type", TEXT),
        ("ordered", TEXT),
    )

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        parser = call.parser
        ordered = not call.session.settings.parameter("NOORDER_SEQUENCE_AS_DEFAULT") or None
        body: dict[str, Any] = {"start": 1, "step": 1, "ordered": ordered}
        parser.accept("WITH")
        while not parser.at_end():
            if parser.accept("START"):
                parser.accept("WITH")
                parser.accept("=")
                body["start"] = parser.number()
            elif parser.accept("INCREMENT"):
                parser.accept("BY")
                parser.accept("=")
                body["step"] = parser.number()
            elif parser.accept("ORDER"):
                body["ordered"] = True
            elif parser.accept("NOORDER"):
                body["ordered"] = None
            elif parser.accept("COMMENT"):
                parser.accept("=")
                body["comment"] = parser.string()
            else:
                raise parser.unexpected()
        return body

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        session.transaction.cursor.execute(
            f'CREATE SEQUENCE data."q{item.id}" START WITH {item.body["start"]} '
            f"INCREMENT BY {item.body['step']} MINVALUE -9223372036854775807 "
            "MAXVALUE 9223372036854775807"
        )

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        if parser.looking_at("SET", "COMMENT") or not (
            parser.looking_at("SET") or parser.looking_at("UNSET", "ORDER")
        ):
            super().alter_item(call, item)
            return
        parser.expect("SET")
        body = self.read_body(call, Mode())
        parser.end()
        with call.session.transaction.ddl() as change:
            kept = {"step": body["step"], "ordered": body["ordered"]}
            if "comment" in body:
                kept["comment"] = body["comment"]
            row = call.session.transaction.cursor.execute(
                "SELECT last_value FROM duckdb_sequences() WHERE sequence_name = ?", [f"q{item.id}"]
            ).fetchone()
            start = (
                (int(row[0]) + kept["step"]) if row and row[0] is not None else item.body["start"]
            )
            call.session.transaction.cursor.execute(
                f'CREATE OR REPLACE SEQUENCE data."q{item.id}" START WITH {start} '
                f"INCREMENT BY {kept['step']} MINVALUE -9223372036854775807"
            )
            change.put(item.with_body(**kept))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        last = session.transaction.cursor.execute(
            "SELECT last_value FROM duckdb_sequences() WHERE sequence_name = ?", [f"q{item.id}"]
        ).fetchone()
        step = int(item.body["step"])
        used = int(last[0]) + step if last and last[0] is not None else int(item.body["start"])
        row.update(next_value=used, interval=step, ordered="Y" if item.body.get("ordered") else "N")
        return row


KIND = Sequence()
