"""DYNAMIC TABLE: a query's rows, kept; refreshed on demand and when its lag has passed."""

from dataclasses import replace
from typing import Any

from ...engine import storage
from ...engine.catalogue import Change, Object, now
from ...language.errors import SqlError, compilation, exists_already
from ...language.names import quote
from ...language.parser import Parser
from ...language.results import Result
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ, from_json
from ...sessions.call import Call
from ...sessions.owned import open_session
from ...sessions.session import Session
from ...sql.described import result_columns
from ..columns import Definition, check
from .base import Kind, Mode, read_if_not_exists, status
from .describing import describe_columns
from .future_grants import add_future_grants
from .readers import an_object, one_of, whole
from .showing import common_row, timestamp
from .table import read_columns
from .table_facts import estimated_bytes, estimated_rows


def lag_seconds(text: str) -> int | None:
    """Return the seconds of a target lag; None for DOWNSTREAM.

    Raises:
        SqlError: It is neither DOWNSTREAM nor a number of seconds, minutes, hours or days.
    """
    words = text.lower().split()
    if text.upper() == "DOWNSTREAM":
        return None
    units = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
    if len(words) != 2 or not words[0].isdigit() or words[1].rstrip("s") not in units:
        raise SqlError(f"SQL compilation error:\nInvalid target lag '{text}'.", 91922, "22023")
    seconds = int(words[0]) * units[words[1].rstrip("s")]
    if seconds < 60:
        raise SqlError(
            "SQL compilation error:\nA target lag is at least 60 seconds.", 91923, "22023"
        )
    return seconds


def read_lag(parser: Parser) -> str:
    """Read a target lag, quoted or DOWNSTREAM."""
    text = parser.string() if parser.here.kind == "string" else one_of("DOWNSTREAM")(parser)
    lag_seconds(text)
    return text


class DynamicTable(Kind):
    """Dynamic tables."""

    name = "DYNAMIC TABLE"
    plural = "DYNAMIC TABLES"
    modifiers = frozenset({"TRANSIENT"})
    # https://docs.snowflake.com/en/user-guide/dynamic-tables/privileges
    altered_with = {
        "OPERATE": (
            ("SUSPEND",),
            ("RESUME",),
            ("REFRESH",),
            ("SET", "TARGET_LAG"),
            ("SET", "WAREHOUSE"),
        )
    }
    properties = {
        "TARGET_LAG": read_lag,
        "WAREHOUSE": an_object,
        "REFRESH_MODE": one_of("AUTO", "FULL", "INCREMENTAL"),
        "INITIALIZE": one_of("ON_CREATE", "ON_SCHEDULE"),
        "DATA_RETENTION_TIME_IN_DAYS": whole(0, 90),
        "MAX_DATA_EXTENSION_TIME_IN_DAYS": whole(0, 90),
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("database_name", TEXT),
        ("schema_name", TEXT),
        ("cluster_by", TEXT),
        ("rows", NUMBER),
        ("bytes", NUMBER),
        ("owner", TEXT),
        ("target_lag", TEXT),
        ("refresh_mode", TEXT),
        ("refresh_mode_reason", TEXT),
        ("warehouse", TEXT),
        ("comment", TEXT),
        ("text", TEXT),
        ("automatic_clustering", TEXT),
        ("scheduling_state", TEXT),
        ("last_suspended_on", TIMESTAMP_LTZ),
        ("is_clone", TEXT),
        ("is_replica", TEXT),
        ("is_iceberg", TEXT),
        ("data_timestamp", TIMESTAMP_LTZ),
        ("owner_role_type", TEXT),
    )

    def create(self, call: Call, mode: Mode) -> Result:
        parser, session = call.parser, call.session
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        definition, names = read_columns(parser, session)
        read = parser.properties({**self.properties, "COMMENT": Parser.string}, "AS")
        for needed in ("TARGET_LAG", "WAREHOUSE"):
            if needed not in read:
                raise SqlError(
                    f"SQL compilation error:\nMissing option: [{needed}].", 2029, "42601"
                )
        read["WAREHOUSE"] = session.names.find_account(
            "WAREHOUSE", Parser(read["WAREHOUSE"]).name()
        ).name
        parser.expect("AS")
        query = parser.rest()
        parent, shown = self.parent_of(session, name)
        existing = session.engine.catalogue.find("TABLE", parent, name.last)
        if existing is not None and mode.if_not_exists:
            return status(f"{name.last} already exists, statement succeeded.")
        with session.names.within(parent):
            _, context, found = result_columns(session, query)
        count = len(definition.columns if definition is not None else names or found)
        if count != len(found):
            raise compilation(
                f"Invalid column definition list: {count} columns for {len(found)}", 2026, "42601"
            )
        if definition is not None:
            columns = definition.columns
        else:
            given = names or [column.name for column in found]
            columns = [
                {"name": label, "type": column.type.to_json()}
                for label, column in zip(given, found, strict=True)
            ]
        check(Definition(columns, []))
        if existing is not None:
            if not mode.replace:
                raise exists_already(shown)
            self.require_same_kind(session, existing, name)
            session.identity.require_ownership(existing)
        self.require_create(session, parent, name)
        body = {
            "columns": columns,
            "query": query,
            "text": call.sql.strip().rstrip(";"),
            "comment": read.pop("COMMENT", None),
            "properties": read,
            "transient": ("TRANSIENT" in mode.modifiers) or None,
            "reads": sorted(context.reads) or None,
        }
        with session.transaction.ddl() as change:
            if existing is not None:
                change.drop(existing)
            item = change.add("DYNAMIC TABLE", parent, name.last, body)
            add_future_grants(session, change, item)
            storage.create(session.transaction.cursor, item)
            if read.get("INITIALIZE", "ON_CREATE") == "ON_CREATE":
                self._fill(session, change, item)
        return status(f"Dynamic table {name.last} successfully created.")

    @staticmethod
    def _fill(session: Session, change: Change, item: Object) -> None:
        from ...sql.fitting import fit
        from ...sql.parameters import strip_parameters

        with session.names.within(item.parent):
            sql, context, _ = result_columns(session, str(item.body["query"]))
        version = session.engine.next_version()
        names = [quote(column["name"]) for column in item.body["columns"]]
        numbers = [f"c{index}" for index in range(len(names))]
        values = ", ".join(
            f"{fit(f'q.{number}', from_json(column['type']))} AS {quote(column['name'])}"
            for number, column in zip(numbers, item.body["columns"], strict=True)
        )
        # Rows that stay the same keep their identity, so that a stream sees only what changed.
        session.transaction.cursor.execute("DROP TABLE IF EXISTS temp.hush_refresh")
        session.transaction.cursor.execute(
            f"CREATE TEMP TABLE hush_refresh AS SELECT {values} FROM ({sql}) AS q({', '.join(numbers)})",
            strip_parameters(sql, context.parameters),
        )
        listed = ", ".join(names)
        current = f'SELECT {listed} FROM data."t{item.id}"'
        session.transaction.cursor.execute(
            f'INSERT INTO data."h{item.id}" ({listed}, "$rid", "$from", "$born", "$to") '
            f'SELECT {listed}, "$rid", "$from", "$born", {version} FROM data."t{item.id}" AS t '
            f"WHERE NOT EXISTS (SELECT 1 FROM temp.hush_refresh AS r WHERE {_equal(names)})"
        )
        session.transaction.cursor.execute(
            f'DELETE FROM data."t{item.id}" WHERE "$rid" IN '
            f'(SELECT "$rid" FROM data."h{item.id}" WHERE "$to" = {version})'
        )
        session.transaction.cursor.execute(
            f'INSERT INTO data."t{item.id}" ({listed}, "$from", "$born") '
            f"SELECT *, {version}, {version} FROM (SELECT * FROM temp.hush_refresh EXCEPT ALL {current})"
        )
        session.transaction.cursor.execute("DROP TABLE temp.hush_refresh")
        change.put(item.with_body(refreshed=now()))

    def refresh(self, session: Session, item: Object) -> None:
        """Compute the rows anew, with the privileges of the owner."""
        own = open_session(session.engine, item)
        try:
            with own.transaction.ddl() as change:
                self._fill(own, change, item)
        finally:
            own.close()

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        if parser.accept("REFRESH"):
            parser.end()
            call.session.transaction.commit()
            self.refresh(call.session, item)
            return
        for word, state in (("SUSPEND", "SUSPENDED"), ("RESUME", None)):
            if parser.accept(word):
                parser.end()
                with call.session.transaction.ddl() as change:
                    change.put(item.with_body(state=state, suspended=now() if state else None))
                return
        super().alter_item(call, item)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body["properties"]
        mode = held.get("REFRESH_MODE", "AUTO")
        rows = estimated_rows(session, item)
        row.update(
            cluster_by="",
            rows=rows,
            bytes=estimated_bytes(item, rows),
            target_lag=held["TARGET_LAG"],
            refresh_mode="FULL" if mode == "AUTO" else mode,
            refresh_mode_reason=None,
            warehouse=held["WAREHOUSE"],
            text=item.body["text"],
            automatic_clustering="OFF",
            scheduling_state="SUSPENDED" if item.body.get("state") else "ACTIVE",
            last_suspended_on=timestamp(item.body.get("suspended")),
            is_clone="false",
            is_replica="false",
            is_iceberg="false",
            data_timestamp=timestamp(item.body.get("refreshed")),
        )
        return row

    def describe(self, session: Session, item: Object, what: str) -> Result:
        return describe_columns(session, item)


def _equal(names: list[str]) -> str:
    return " AND ".join(f"t.{name} IS NOT DISTINCT FROM r.{name}" for name in names)


KIND = DynamicTable()
