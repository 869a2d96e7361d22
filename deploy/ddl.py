"""What only the statement that made an object holds: GET_DDL, read by the importer."""

from collections.abc import Mapping
from typing import Any

from hushflake.schema.adoption import unreported
from hushflake.schema.importer.script import READ_ERRORS, Script
from hushflake.schema.importer.where import Where
from hushflake.schema.names import Identifier, literal
from hushflake.schema.resource import Resource

from .errors import StatementError
from .session import Session


def from_ddl(
    session: Session, resource: Resource, database: Identifier
) -> Mapping[str, Any] | None:
    """What GET_DDL holds of an object beyond its rows; None where it holds nothing that is
    read."""
    kind, name = resource.key
    if kind in ("table", "warehouse", "grant") or not unreported(resource):
        return None
    if kind == "mcp_server":
        return _specification(session, name, database)
    try:
        rows = session.query(f"SELECT GET_DDL({literal(kind.upper())}, {literal(name)}, TRUE) AS D")
    except StatementError as error:
        if error.unknown:
            raise
        return None
    return _read_ddl(str(rows[0]["D"]), kind, database) if rows else None


def _specification(session: Session, name: str, database: Identifier) -> Mapping[str, Any] | None:
    try:
        rows = session.query(f"DESCRIBE MCP SERVER {name}")
    except StatementError as error:
        if error.unknown:
            raise
        return None
    text = next((str(row["server_spec"]) for row in rows if row.get("server_spec")), "")
    sql = f"CREATE MCP SERVER {name} FROM SPECIFICATION {literal(text)}"
    return _read_ddl(sql, "mcp_server", database)


def _read_ddl(sql: str, kind: str, database: Identifier) -> Mapping[str, Any] | None:
    script = Script(Where(database, database, Identifier("PUBLIC")))
    try:
        script.read(sql.strip().rstrip(";"))
    except (*READ_ERRORS, RecursionError):
        return None
    return next((item for item in script.finished() if item["kind"] == kind), None)
