"""TABLE: its columns, constraints, clustering, and the rows behind it."""

from dataclasses import replace
from typing import Any

from ...engine import storage
from ...engine.catalogue import Change, Object
from ...language.errors import SqlError, compilation, exists_already, unsupported
from ...language.names import Name, quote
from ...language.parser import Parser
from ...language.results import Result
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ, from_json
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.described import result_columns
from ..applying import require_apply
from ..columns import Definition, check, read_definition, read_inline_tags
from .base import Kind, Mode, read_if_not_exists, status
from .describing import describe_columns
from .future_grants import add_future_grants
from .readers import a_boolean, whole
from .showing import Scope, common_row
from .table_facts import estimated_bytes, estimated_rows, inherited_retention, table_kind


class Table(Kind):
    """Permanent, transient and temporary tables."""

    name = "TABLE"
    plural = "TABLES"
    modifiers = frozenset({"TRANSIENT", "TEMPORARY"})
    or_alter = True
    overseers = ("APPLY MASKING POLICY", "APPLY ROW ACCESS POLICY", "APPLY TAG")
    drop_cascades = True
    properties = {
        "CHANGE_TRACKING": a_boolean,
        "DATA_RETENTION_TIME_IN_DAYS": whole(0, 90),
        "MAX_DATA_EXTENSION_TIME_IN_DAYS": whole(0, 90),
        "ENABLE_SCHEMA_EVOLUTION": a_boolean,
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        ("name", TEXT),
        ("database_name", TEXT),
        ("schema_name", TEXT),
        ("kind", TEXT),
        ("comment", TEXT),
        ("cluster_by", TEXT),
        ("rows", NUMBER),
        ("bytes", NUMBER),
        ("owner", TEXT),
        ("retention_time", TEXT),
        ("automatic_clustering", TEXT),
        ("change_tracking", TEXT),
        ("search_optimization", TEXT),
        ("is_external", TEXT),
        ("enable_schema_evolution", TEXT),
        ("owner_role_type", TEXT),
        ("is_event", TEXT),
        ("is_hybrid", TEXT),
        ("is_iceberg", TEXT),
        ("is_dynamic", TEXT),
        ("is_immutable", TEXT),
    )

    def find_dropped(self, session: Session, name: Name) -> Object:
        # https://docs.snowflake.com/en/sql-reference/sql/drop-dynamic-table: DROP TABLE drops one.
        found = session.names.find(self.name, name)
        return found if found.kind == "DYNAMIC TABLE" else self.find(session, name)

    def create(self, call: Call, mode: Mode) -> Result:
        parser, session = call.parser, call.session
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        if not mode.if_not_exists and parser.accept("IF", "NOT", "EXISTS"):
            mode = replace(mode, if_not_exists=True)
        if parser.accept("LIKE"):
            return self._copy(call, name, mode, with_rows=False)
        if parser.accept("CLONE"):
            return self._copy(call, name, mode, with_rows=True)
        definition, names = read_columns(parser, session)
        body, query, copy_grants = self._read_clauses(call, mode)
        if query is None:
            if definition is None:
                raise parser.unexpected()
            body |= {"columns": definition.columns, "constraints": definition.constraints or None}
            return self._store_table(session, name, mode, body, copy_grants=copy_grants)
        if mode.alter:
            raise unsupported("CREATE OR ALTER TABLE … AS SELECT")
        return self._create_as(call, name, mode, body, query, definition, names)

    def _read_clauses(self, call: Call, mode: Mode) -> tuple[dict[str, Any], str | None, bool]:
        parser, session = call.parser, call.session
        body: dict[str, Any] = {
            "properties": {},
            "transient": ("TRANSIENT" in mode.modifiers) or None,
            "temporary": mode.temporary or None,
        }
        query: str | None = None
        copy_grants = False
        while not parser.at_end():
            if parser.accept("CLUSTER", "BY"):
                body["cluster_by"] = [part.strip() for part in _split(parser.bracketed_text())]
            elif parser.accept("COPY", "GRANTS"):
                copy_grants = True
            elif parser.looking_at("WITH", "TAG") or parser.looking_at("TAG"):
                body["tags"] = read_inline_tags(parser, session)
            elif parser.accept("WITH", "ROW", "ACCESS", "POLICY") or parser.accept(
                "ROW", "ACCESS", "POLICY"
            ):
                policy = session.names.find("ROW ACCESS POLICY", parser.name())
                require_apply(session.identity, policy, None)
                parser.expect("ON")
                body["row_access_policy"] = {"policy": policy.id, "columns": parser.names()}
            elif parser.accept("AS"):
                query = parser.rest()
            else:
                read = parser.properties(
                    {**self.properties, "COMMENT": Parser.string},
                    "CLUSTER",
                    "COPY",
                    "WITH",
                    "ROW",
                    "TAG",
                    "AS",
                )
                if not read:
                    raise parser.unexpected()
                body["comment"] = read.pop("COMMENT", body.get("comment"))
                body["properties"].update(read)
        return body, query, copy_grants

    def _store_table(
        self,
        session: Session,
        name: Name,
        mode: Mode,
        body: dict[str, Any],
        *,
        copy_grants: bool = False,
        rows: str | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> Result:
        parent, shown = self.place_of(session, name, mode)
        existing = session.engine.catalogue.find("TABLE", parent, name.last)
        if existing is not None:
            if mode.if_not_exists:
                return status(f"{name.last} already exists, statement succeeded.")
            if not (mode.replace or mode.alter):
                raise exists_already(shown)
            self.require_same_kind(session, existing, name)
            session.identity.require_ownership(existing)
            if mode.alter:
                from ..create_or_alter import alter_table

                return alter_table(session, existing, body)
        self.require_create(session, parent, name)
        session.transaction.commit()
        if existing is not None:
            session.transaction.lock_objects([existing.id])
        try:
            with session.transaction.ddl() as change:
                if existing is not None:
                    change.drop(existing)
                item = change.add("TABLE", parent, name.last, body)
                add_future_grants(session, change, item)
                item = next(o for o in change.pending.values() if o is not None and o.id == item.id)
                if copy_grants and existing is not None:
                    copy_grants_of(session, change, existing, item)
                storage.create(session.transaction.cursor, item)
                if rows is not None:
                    version = session.engine.next_version()
                    from ...sql.parameters import strip_parameters

                    sql = _insert_rows(item, rows, version)
                    session.transaction.cursor.execute(sql, strip_parameters(sql, parameters))
        finally:
            session.engine.locks.release(session.key)
        return status(f"Table {name.last} successfully created.")

    def _create_as(
        self,
        call: Call,
        name: Name,
        mode: Mode,
        body: dict[str, Any],
        query: str,
        definition: Definition | None,
        names: list[str],
    ) -> Result:
        session = call.session
        sql, context, found = result_columns(session, query, call.bindings)
        if definition is not None:
            columns = definition.columns
            body["constraints"] = definition.constraints or None
        else:
            columns = [{"name": column.name, "type": column.type.to_json()} for column in found]
            if names:
                columns = [
                    {**column, "name": given} for column, given in zip(columns, names, strict=False)
                ]
        if len(columns) != len(found) or (names and len(names) != len(found)):
            raise compilation(
                f"Invalid column definition list: {len(names or columns)} columns for {len(found)}",
                2026,
                "42601",
            )
        check(Definition(columns, definition.constraints if definition else []))
        body["columns"] = columns
        return self._store_table(session, name, mode, body, rows=sql, parameters=context.parameters)

    def _copy(self, call: Call, name: Name, mode: Mode, *, with_rows: bool) -> Result:
        parser, session = call.parser, call.session
        source = session.names.find("TABLE", parser.name())
        self.require_same_kind(session, source, name)
        session.identity.require("SELECT", source)
        sql: str | None = None
        if with_rows:
            sql = f'SELECT {", ".join(quote(c["name"]) for c in source.body["columns"])} FROM data."t{source.id}"'
            if parser.looking_at("AT") or parser.looking_at("BEFORE"):
                sql = _past(call, source)
        parser.end()
        body = {
            key: value
            for key, value in source.body.items()
            if key not in {"owner", "tags", "transient", "temporary"}
            or (with_rows and key == "transient")
        }
        if "TRANSIENT" in mode.modifiers:
            body["transient"] = True
        if mode.temporary:
            body["temporary"] = True
        if not with_rows:
            # https://docs.snowflake.com/en/user-guide/security-row-intro#create-table-statements
            body.pop("row_access_policy", None)
        return self._store_table(session, name, mode, body, rows=sql)

    # --- ALTER ------------------------------------------------------------------------------------

    def require_alter(self, call: Call, item: Object) -> None:
        # Of policies and tags each change asks for itself: who may apply them need not own the table.
        if not any(call.parser.looking_at(*words) for words in _APPLYING):
            super().require_alter(call, item)

    def alter_item(self, call: Call, item: Object) -> None:
        from ..alter_table import run

        if not run(call, item):
            super().alter_item(call, item)

    # --- SHOW, DESCRIBE ---------------------------------------------------------------------------

    def listed(self, session: Session, scope: Scope) -> list[Object]:
        found = super().listed(session, scope)
        catalogue = session.engine.catalogue
        dynamic = (
            catalogue.of_kind("DYNAMIC TABLE")
            if scope.parents is None
            else [o for p in scope.parents for o in catalogue.children(p.id, "DYNAMIC TABLE")]
        )
        return found + dynamic

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        properties = item.body.get("properties", {})
        cluster = item.body.get("cluster_by")
        rows = estimated_rows(session, item)
        row.update(
            kind=table_kind(item),
            cluster_by=f"LINEAR({', '.join(cluster)})" if cluster else "",
            rows=rows,
            bytes=estimated_bytes(item, rows),
            retention_time=str(
                properties.get("DATA_RETENTION_TIME_IN_DAYS", inherited_retention(session, item))
            ),
            automatic_clustering="ON" if cluster else "OFF",
            change_tracking="ON" if properties.get("CHANGE_TRACKING") else "OFF",
            search_optimization="OFF",
            is_external="N",
            enable_schema_evolution="Y" if properties.get("ENABLE_SCHEMA_EVOLUTION") else "N",
            is_event="N",
            is_hybrid="N",
            is_iceberg="N",
            is_dynamic="Y" if item.kind == "DYNAMIC TABLE" else "N",
            is_immutable="N",
        )
        return row

    def describe(self, session: Session, item: Object, what: str) -> Result:
        return describe_columns(session, item)


def read_columns(parser: Parser, session: Session) -> tuple[Definition | None, list[str]]:
    """Consume `(a INT, …)`, or `(a, b)` before AS SELECT: definitions, or names alone."""
    if not parser.looking_at("("):
        return None, []
    begin = parser.index
    try:
        names = parser.names()
        if not parser.at_end():
            return None, names
    except SqlError:
        pass
    parser.index = begin
    return read_definition(parser, session), []


_APPLYING = (
    ("ALTER",),
    ("MODIFY",),
    ("ADD", "ROW", "ACCESS", "POLICY"),
    ("DROP", "ROW", "ACCESS", "POLICY"),
    ("SET", "TAG"),
    ("UNSET", "TAG"),
)


def copy_grants_of(session: Session, change: Change, old: Object, new: Object) -> None:
    """Give a replaced object the grants of the one before."""
    for grant in session.engine.catalogue.children(old.id, "GRANT"):
        if change.find("GRANT", new.id, grant.name) is None:
            change.add("GRANT", new.id, grant.name, dict(grant.body))


def _insert_rows(item: Object, query: str, version: int) -> str:
    from ...sql.fitting import fit

    columns = item.body["columns"]
    numbers = [f"c{index}" for index in range(len(columns))]
    values = ", ".join(
        fit(f"q.{number}", from_json(column["type"]), nullable=not column.get("not_null"))
        for number, column in zip(numbers, columns, strict=True)
    )
    names = ", ".join(quote(column["name"]) for column in columns)
    return (
        f'INSERT INTO data."t{item.id}" ({names}, "$from", "$born") '
        f"SELECT {values}, {version}, {version} FROM ({query}) AS q({', '.join(numbers)})"
    )


def _past(call: Call, source: Object) -> str:
    from sqlglot import exp

    from ...sql.context import Context
    from ...sql.dialect import parse
    from ...sql.streams import images_at, version_of

    text = call.parser.rest()
    tree = parse(f"SELECT * FROM x {text}")
    table = tree.find(exp.Table)
    assert table is not None
    # All rows as they are: the clone has the policies of its source.
    return images_at(source, version_of(Context(call.session), source, table.args["when"]))


def _split(text: str) -> list[str]:
    parser = Parser(text)
    parts = [parser.text_until(",")]
    while parser.accept(","):
        parts.append(parser.text_until(","))
    return parts


KIND = Table()
