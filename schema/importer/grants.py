"""GRANT, and the ALTER statements that belong to a definition."""

from collections.abc import Iterator
from typing import Any

from ..errors import SchemaError
from ..kinds.grant_spec import PLURAL_OF
from ..names import Identifier, QualifiedName
from .head import Definition, short_name
from .scanner import Scanner, pieces


def read_grant(statement: str, database: Identifier | None) -> Iterator[Definition]:
    """GRANT of privileges or of a role, to a role or database role."""
    scanner = Scanner(statement)
    scanner.expect("GRANT")
    found: Definition = {"kind": "grant"}
    role = next(
        (k for k in ("database_role", "role") if scanner.accept(*k.upper().split("_"))), None
    )
    if role is not None:
        found[role] = str(scanner.name())
    else:
        found["privileges"] = [p.upper() for p in pieces(scanner.until("ON"))]
        if found["privileges"] == ["OWNERSHIP"]:
            raise SchemaError("who owns what is stated in owners: of the stack")
        scanner.expect("ON")
        found["on"] = _granted_on(scanner, database)
    scanner.expect("TO")
    to = "to_database_role" if scanner.accept("DATABASE", "ROLE") else "to"
    scanner.accept("ROLE")
    found[to] = short_name(scanner.name(), database if to != "to" else None)
    if scanner.accept("WITH", "GRANT", "OPTION"):
        found["grant_option"] = True
    scanner.end()
    yield found


def _granted_on(scanner: Scanner, database: Identifier | None) -> Any:
    if scanner.accept("ACCOUNT"):
        return "account"
    word = "future" if scanner.accept("FUTURE") else "all" if scanner.accept("ALL") else ""
    if word:
        plural = scanner.until("IN").lower().replace(" ", "_")
        scanner.expect("IN")
        scanner.word()
        return {word: plural, "in": str(scanner.name())}
    kinds = (*PLURAL_OF, "database", "schema", "warehouse", "resource_monitor", "mcp_server",
             "masking_policy", "row_access_policy", "tag")  # fmt: skip
    ordered = sorted(kinds, key=lambda kind: -kind.count("_"))
    kind = next((k for k in ordered if scanner.accept(*k.upper().split("_"))), None)
    if kind is None:
        raise scanner.unexpected()
    name = scanner.name()
    if scanner.token.text == "(":
        types = tuple(part.upper() for part in pieces(scanner.inside()))
        name = QualifiedName(name.parts, types)
    return {kind: short_name(name, database)}


def read_alter(statement: str, database: Identifier | None) -> Iterator[Definition]:
    """ALTER TABLE … ADD FOREIGN KEY, and RESUME, which is how tasks and alerts are declared."""
    scanner = Scanner(statement)
    scanner.expect("ALTER")
    kind = scanner.word()
    scanner.accept("IF", "EXISTS")
    table = scanner.name()
    if kind in ("TASK", "ALERT") and scanner.accept("RESUME"):
        scanner.end()
        return
    if kind != "TABLE" or not scanner.accept("ADD"):
        raise ValueError(f"ALTER {kind} is not read")
    if scanner.accept("CONSTRAINT"):
        scanner.name()
    if not scanner.accept("FOREIGN", "KEY"):
        raise scanner.unexpected()
    found: Definition = {
        "kind": "foreign_key",
        "table": short_name(table, database),
        "columns": scanner.names(),
    }
    scanner.expect("REFERENCES")
    to = scanner.name()
    found["to"] = short_name(QualifiedName((*table.parts[: -len(to.parts)], *to.parts)), database)
    if scanner.token.text == "(":
        found["to_columns"] = scanner.names()
    scanner.accept("NOT", "ENFORCED")
    if scanner.accept("RELY"):
        found["rely"] = True
    scanner.accept("NORELY")
    scanner.end()
    yield found
