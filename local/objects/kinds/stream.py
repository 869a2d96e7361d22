"""STREAM on a table or a view."""

from dataclasses import replace
from typing import Any

from sqlglot import exp

from ...engine.catalogue import Change, Object
from ...language.errors import compilation, unsupported
from ...language.parser import Parser
from ...language.results import Result
from ...language.types import TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.streams import is_stale, last_version, version_of
from .base import Kind, Mode, read_if_not_exists
from .readers import a_boolean
from .showing import common_row, timestamp
from .table import copy_grants_of

_DAY = 86_400_000_000
_STALE_DAYS = 14


class Stream(Kind):
    """Streams."""

    name = "STREAM"
    plural = "STREAMS"
    or_alter = True
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("database_name", TEXT),
        ("schema_name", TEXT),
        ("owner", TEXT),
        ("comment", TEXT),
        ("table_name", TEXT),
        ("source_type", TEXT),
        ("base_tables", TEXT),
        ("type", TEXT),
        ("stale", TEXT),
        ("mode", TEXT),
        ("stale_after", TIMESTAMP_LTZ),
        ("invalid_reason", TEXT),
        ("owner_role_type", TEXT),
    )

    def create(self, call: Call, mode: Mode) -> Result:
        parser, session = call.parser, call.session
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        parser.accept("COPY", "GRANTS")
        parser.expect("ON")
        source_type = parser.accept_any(
            ["TABLE", "VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE", "STAGE", "EVENT TABLE"]
        )
        if source_type is None:
            raise parser.unexpected()
        if source_type not in {"TABLE", "VIEW", "DYNAMIC TABLE"}:
            raise unsupported(f"a stream on a {source_type.lower()}")
        source = session.names.find("TABLE", parser.name())
        if source.kind != source_type:
            raise compilation(
                f"Object found is of type '{source.kind}', not specified type '{source_type}'.",
                2203,
                "42710",
            )
        session.identity.require("SELECT", source)
        bases = self._bases(session, source)
        starts = self._start(call, bases)
        read = parser.properties(
            {
                "APPEND_ONLY": a_boolean,
                "INSERT_ONLY": a_boolean,
                "SHOW_INITIAL_ROWS": a_boolean,
                "COMMENT": Parser.string,
            }
        )
        parser.end()
        if read.get("INSERT_ONLY"):
            raise compilation("INSERT_ONLY is for streams on external tables", 1420, "22023")
        append = bool(read.get("APPEND_ONLY"))
        if append and source_type == "VIEW" and len(bases) > 1:
            raise unsupported("an append-only stream on a view of several tables")
        if read.get("SHOW_INITIAL_ROWS"):
            starts = dict.fromkeys((base.id for base in bases), 0)
        body = {
            "source": source.id,
            "table_name": session.engine.catalogue.full_name(source),
            "source_type": {"TABLE": "Table", "VIEW": "View", "DYNAMIC TABLE": "Dynamic Table"}[
                source_type
            ],
            "bases": [base.id for base in bases],
            "view": source.id if source_type == "VIEW" else None,
            "mode": "APPEND_ONLY" if append else "DEFAULT",
            "comment": read.get("COMMENT"),
            "starts": {str(key): value for key, value in starts.items()},
        }
        parent, _ = self.parent_of(session, name)
        existing = session.engine.catalogue.find("STREAM", parent, name.last)
        if existing is not None and mode.alter:
            same = all(existing.body.get(key) == body.get(key) for key in ("source", "mode"))
            if not same:
                raise compilation("CREATE OR ALTER STREAM changes the comment only", 2108, "22000")
        session.transaction.commit()
        session.transaction.lock_objects([base.id for base in bases])
        try:
            return self.store(session, name, mode, body)
        finally:
            session.engine.locks.release(session.key)

    @staticmethod
    def _bases(session: Session, source: Object) -> list[Object]:
        if source.kind != "VIEW":
            return [source]
        found = [session.engine.catalogue.get(key) for key in source.body.get("reads") or []]
        tables = [table for table in found if table is not None and table.dropped is None]
        if not tables:
            raise compilation("the view reads no table that could be tracked", 2029, "55000")
        return tables

    @staticmethod
    def _start(call: Call, bases: list[Object]) -> dict[int, int]:
        """Consume AT or BEFORE and return the versions at which the stream begins."""
        parser, session = call.parser, call.session
        if not (parser.looking_at("AT", "(") or parser.looking_at("BEFORE", "(")):
            return {base.id: last_version(session.transaction, base) for base in bases}
        from ...sql.context import Context
        from ...sql.dialect import parse

        word = parser.take().upper
        tree = parse(f"SELECT * FROM x {word} ({parser.bracketed_text()})")
        table = tree.find(exp.Table)
        assert table is not None
        when = table.args["when"]
        return {base.id: version_of(Context(session), base, when) for base in bases}

    def created(self, session: Session, change: Change, item: Object, old: Object | None) -> None:
        for key, version in item.body["starts"].items():
            session.transaction.cursor.execute(
                "INSERT INTO hush.stream_offsets VALUES (?, ?, ?)", [item.id, int(key), version]
            )
        change.put(item.with_body(starts=None))
        if old is not None:
            copy_grants_of(session, change, old, item)

    def dropped(self, session: Session, change: Change, item: Object) -> None:
        session.transaction.cursor.execute(
            "DELETE FROM hush.stream_offsets WHERE stream = ?", [item.id]
        )

    def altered(self, existing: Object, body: dict[str, Any]) -> Object:
        return existing.with_body(comment=body.get("comment"))

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        stale = is_stale(session, item)
        names = []
        for key in item.body["bases"]:
            base = session.engine.catalogue.get(int(key))
            if base is not None:
                names.append(session.engine.catalogue.full_name(base))
        read = session.transaction.cursor.execute(
            "SELECT max(version) FROM hush.stream_offsets WHERE stream = ?", [item.id]
        ).fetchone()
        last = max(item.created, int(read[0]) if read and read[0] else 0)
        source = session.engine.catalogue.get(int(item.body["source"]))
        row.update(
            table_name=session.engine.catalogue.full_name(source)
            if source
            else item.body["table_name"],
            source_type=item.body["source_type"],
            base_tables=", ".join(names),
            type="DELTA",
            stale="true" if stale else "false",
            mode=item.body["mode"],
            stale_after=timestamp(last + _STALE_DAYS * _DAY),
            invalid_reason="Base table dropped or replaced" if stale else "N/A",
        )
        return row


KIND = Stream()
