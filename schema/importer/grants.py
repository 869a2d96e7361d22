"""GRANT, and the foreign keys that ALTER TABLE adds."""

from collections.abc import Iterator
from typing import Any

from ..kinds.grantable import PLURALS, PRIVILEGES
from ..kinds.privileges import every_privilege
from ..names import QualifiedName
from ..types import parse_type
from .head import Definition
from .scanner import Scanner, pieces
from .where import Where, level_of


def read_grant(statement: str, where: Where) -> Iterator[Definition]:
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
        privileges = [" ".join(p.upper().split()) for p in pieces(scanner.until("ON"))]
        scanner.expect("ON")
        found["on"] = on = _granted_on(scanner, where)
        found["privileges"] = _named(privileges, on)
    scanner.expect("TO")
    to = "to_database_role" if scanner.accept("DATABASE", "ROLE") else "to"
    scanner.accept("ROLE")
    found[to] = where.short(scanner.name(), "database" if to != "to" else "account")
    if scanner.accept("WITH", "GRANT", "OPTION"):
        found["grant_option"] = True
    if found.get("privileges") == ["OWNERSHIP"]:
        _ = scanner.accept("COPY", "CURRENT", "GRANTS") or scanner.accept(
            "REVOKE", "CURRENT", "GRANTS"
        )
    scanner.end()
    yield found


def role_of_user(statement: str) -> tuple[QualifiedName, QualifiedName] | None:
    """User and role of GRANT ROLE … TO USER …; None of any other statement."""
    scanner = Scanner(statement)
    if not scanner.accept("GRANT", "ROLE"):
        return None
    role = scanner.name()
    if not scanner.accept("TO", "USER"):
        return None
    user = scanner.name()
    scanner.end()
    return user, role


def _named(privileges: list[str], on: Any) -> list[str]:
    """ALL as the privileges that it stands for, where they are known."""
    if privileges[0] not in ("ALL", "ALL PRIVILEGES"):
        return privileges
    kind = next((str(on[word]) for word in ("all", "future") if word in on), "")
    found = every_privilege(PLURALS.get(kind) or next(iter(on))) if isinstance(on, dict) else ()
    if not found:
        raise ValueError("ALL means other privileges every month")
    return list(found)


def _granted_on(scanner: Scanner, where: Where) -> Any:
    if scanner.accept("ACCOUNT"):
        return "account"
    word = "future" if scanner.accept("FUTURE") else "all" if scanner.accept("ALL") else ""
    if word:
        plural = scanner.until("IN").lower().replace(" ", "_")
        if plural not in PLURALS:
            raise ValueError(f"{plural} is not read")
        scanner.expect("IN")
        level = "database" if scanner.word() == "SCHEMA" else "account"
        return {word: plural, "in": where.short(scanner.name(), level)}
    ordered = sorted(PRIVILEGES, key=lambda kind: -kind.count("_"))
    kind = next((k for k in ordered if scanner.accept(*k.upper().split("_"))), None)
    if kind is None:
        raise scanner.unexpected()
    name = scanner.name()
    if scanner.token.text == "(":
        types = tuple(parse_type(part).family for part in pieces(scanner.inside()))
        name = QualifiedName(name.parts, types)
    return {kind: where.short(name, level_of(kind))}


def foreign_key_of(scanner: Scanner, table: QualifiedName, where: Where) -> Definition | None:
    """`ADD [CONSTRAINT …] FOREIGN KEY …` behind ALTER TABLE; None when it adds something else."""
    if not any(scanner.looks_at("ADD", *words) for words in (("CONSTRAINT",), ("FOREIGN", "KEY"))):
        return None
    scanner.expect("ADD")
    if scanner.accept("CONSTRAINT"):
        scanner.name()
    if not scanner.accept("FOREIGN", "KEY"):
        raise scanner.unexpected()
    full = where.full(table)
    found: Definition = {
        "kind": "foreign_key",
        "table": where.short(table),
        "columns": scanner.names(),
    }
    scanner.expect("REFERENCES")
    to = scanner.name()
    found["to"] = where.short(QualifiedName((*full.parts[: -len(to.parts)], *to.parts)))
    if scanner.token.text == "(":
        found["to_columns"] = scanner.names()
    scanner.accept("NOT", "ENFORCED")
    if scanner.accept("RELY"):
        found["rely"] = True
    scanner.accept("NORELY")
    scanner.end()
    return found
