"""What FUNCTIONS and PROCEDURES share. Not a view."""

from typing import Any

from ...engine.catalogue import Object
from ...language.types import from_json
from ...sessions.session import Session
from ..get_ddl import is_hidden
from ..kinds.showing import timestamp
from .visible import schema_objects

_TIME = "TIMESTAMP WITH TIME ZONE"


def columns(prefix: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of a view whose names begin with `prefix`."""
    texts = (
        f"{prefix}_CATALOG", f"{prefix}_SCHEMA", f"{prefix}_NAME", f"{prefix}_OWNER", "ARGUMENT_SIGNATURE",
        "DATA_TYPE", f"{prefix}_LANGUAGE", f"{prefix}_DEFINITION", "COMMENT", "IS_SECURE", "RUNTIME_VERSION",
        "PACKAGES", "HANDLER", "IMPORTS", "EXECUTE_AS", "IS_NULL_CALL", "VOLATILITY",
    )  # fmt: skip
    return (*((name, "VARCHAR") for name in texts), ("CREATED", _TIME), ("LAST_ALTERED", _TIME))


def rows(session: Session, database: Object, kind: str) -> list[list[Any]]:
    """Return a row for each routine of a kind that the role may see."""
    found = []
    for item, path in schema_objects(session, database, (kind,)):
        body = item.body
        # https://docs.snowflake.com/en/developer-guide/stored-procedure/stored-procedures-rights
        owners = kind == "PROCEDURE" and body.get("execute_as", "OWNER") == "OWNER"
        if owners and not session.identity.allows("OWNERSHIP", item):
            continue
        arguments = ", ".join(
            f"{argument['name']} {from_json(argument['type']).base}"
            for argument in body["arguments"]
        )
        created = timestamp(item.created)
        packages = body.get("packages")
        found.append(
            [
                path[0],
                path[1],
                item.name.partition("(")[0],
                item.owner,
                f"({arguments})",
                str(from_json(body["returns"])) if "returns" in body else _table(body),
                body["language"],
                None if is_hidden(session.identity, item) else body["body"],
                item.comment or None,
                "YES" if body.get("secure") else "NO",
                body.get("runtime_version"),
                None if packages is None else str(packages),
                body.get("handler"),
                None,
                body.get("execute_as", "OWNER"),
                "YES",
                "VOLATILE",
                created,
                created,
            ]
        )
    return found


def _table(body: dict[str, Any]) -> str:
    """Return what a table function returns: `TABLE (N NUMBER, T VARCHAR)`."""
    shown = [f"{c['name']} {from_json(c['type']).base}" for c in body.get("returns_table", ())]
    return f"TABLE ({', '.join(shown)})"
