"""Definitions of columns and constraints, in CREATE TABLE and ALTER TABLE."""

from dataclasses import dataclass, field
from typing import Any

from ..language.errors import SqlError, compilation, invalid_identifier, unsupported
from ..language.parser import Parser
from ..language.types import NUMBER, read_type
from ..sessions.session import Session
from ..sessions.settings import Settings
from .applying import require_apply

# Keywords that end the expression of a default.
_AFTER_DEFAULT = (
    "NOT NULL",
    "NULL",
    "COMMENT",
    "PRIMARY KEY",
    "UNIQUE",
    "CONSTRAINT",
    "REFERENCES",
    "WITH",
    "TAG",
    "COLLATE",
    "MASKING POLICY",
    ",",
    ")",
)


# What a constraint says and nothing acts upon, in Snowflake neither: none of them is enforced.
# https://docs.snowflake.com/en/sql-reference/sql/create-table-constraint
_INFORMATIVE = (
    "NOT ENFORCED", "NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE",
    "ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", "NORELY", "MATCH FULL", "MATCH SIMPLE",
    "MATCH PARTIAL",
)  # fmt: skip
_ACTIONS = ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION")


@dataclass
class Definition:
    """The content of the brackets of CREATE TABLE."""

    columns: list[dict[str, Any]] = field(default_factory=list)
    constraints: list[dict[str, Any]] = field(default_factory=list)


def read_definition(parser: Parser, session: Session) -> Definition:
    """Consume `( column, …, constraint, … )`."""
    found = Definition()
    parser.expect("(")
    while True:
        if parser.looking_at("CONSTRAINT") or _starts_constraint(parser):
            found.constraints.append(read_constraint(parser))
        else:
            found.columns.append(read_column(parser, session, found.constraints, found.columns))
        if parser.accept(")"):
            break
        parser.expect(",")
    check(found)
    require_keys(found)
    return found


def _starts_constraint(parser: Parser) -> bool:
    return (
        parser.looking_at("PRIMARY", "KEY")
        or parser.looking_at("UNIQUE", "(")
        or parser.looking_at("FOREIGN", "KEY")
    )


def check(definition: Definition) -> None:
    """Fail on columns that are twice there, and on constraints that name none."""
    names = [column["name"] for column in definition.columns]
    for name in names:
        if names.count(name) > 1:
            raise compilation(f"duplicate column name '{name}'", 2025, "42S21")
        clash = [other for other in names if other != name and other.upper() == name.upper()]
        if clash:
            raise unsupported(f"columns whose names differ in case only ({name}, {clash[0]})")
    for constraint in definition.constraints:
        for name in constraint["columns"]:
            if name not in names:
                raise invalid_identifier(name)
    for column in definition.columns:
        if column["name"] in _keys(definition) and column["type"]["base"] == "VECTOR":
            raise compilation("a VECTOR column cannot be part of a primary key", 2218, "42601")
    if sum(constraint["type"] == "PRIMARY KEY" for constraint in definition.constraints) > 1:
        raise compilation("multiple primary keys are defined", 2215, "42601")


def require_keys(definition: Definition) -> None:
    """Make the columns of a primary key NOT NULL, as CREATE TABLE does."""
    for column in definition.columns:
        if column["name"] in _keys(definition):
            column["not_null"] = True


def _keys(definition: Definition) -> set[str]:
    return {
        name
        for constraint in definition.constraints
        if constraint["type"] == "PRIMARY KEY"
        for name in constraint["columns"]
    }


def read_column(  # noqa: C901 - one clause a branch
    parser: Parser,
    session: Session,
    constraints: list[dict[str, Any]],
    before: list[dict[str, Any]],
) -> dict[str, Any]:
    """Consume the definition of a column; its inline constraints are added to `constraints`."""
    name = parser.identifier()
    column: dict[str, Any] = {"name": name}
    if parser.here.kind == "word" and not parser.looking_at("AUTOINCREMENT"):
        column["type"] = read_type(parser).to_json()
    else:
        column["type"] = NUMBER.to_json()
    label: str | None = None
    while True:
        if parser.accept("NOT", "NULL"):
            column["not_null"] = True
        elif parser.accept("NULL"):
            column.pop("not_null", None)
        elif parser.accept("DEFAULT"):
            column["default"] = _expression(parser)
        elif parser.accept("AUTOINCREMENT") or parser.accept("IDENTITY"):
            column["identity"] = _identity(parser, session.settings, len(before))
        elif parser.accept("COMMENT"):
            column["comment"] = parser.string()
        elif parser.accept("CONSTRAINT"):
            label = parser.identifier()
        elif parser.accept("PRIMARY", "KEY"):
            column["not_null"] = True
            constraints.append(_constraint("PRIMARY KEY", [name], label, parser))
        elif parser.accept("UNIQUE"):
            constraints.append(_constraint("UNIQUE", [name], label, parser))
        elif parser.accept("FOREIGN", "KEY") or parser.looking_at("REFERENCES"):
            constraints.append(_foreign_key([name], label, parser))
        elif parser.accept("COLLATE"):
            collation = parser.string()
            if collation not in ("", "utf8"):
                raise unsupported(f"COLLATE '{collation}'")
            if collation:
                column["collation"] = collation
        elif parser.looking_at("WITH", "TAG") or parser.looking_at("TAG", "("):
            column["tags"] = read_inline_tags(parser, session)
        elif parser.accept("WITH", "MASKING", "POLICY") or parser.accept("MASKING", "POLICY"):
            policy = session.names.find("MASKING POLICY", parser.name())
            require_apply(session.identity, policy, None)
            column["masking_policy"] = policy.id
            if parser.accept("USING"):
                column["masking_using"] = parser.names()
        else:
            return column


def _expression(parser: Parser) -> str:
    begin = parser.here
    last = parser.take()
    depth = 1 if last.text == "(" else 0
    while parser.here.kind != "end":
        if depth == 0 and any(parser.looking_at(*stop.split()) for stop in _AFTER_DEFAULT):
            break
        depth += {"(": 1, ")": -1}.get(parser.here.text, 0)
        last = parser.take()
    return parser.sql[begin.start : last.end]


def _identity(parser: Parser, settings: Settings, number: int) -> dict[str, Any]:
    start, step = 1, 1
    if parser.accept("("):
        start = parser.number()
        parser.expect(",")
        step = parser.number()
        parser.expect(")")
    else:
        if parser.accept("START"):
            parser.accept("WITH")
            parser.accept("=")
            start = parser.number()
        if parser.accept("INCREMENT"):
            parser.accept("BY")
            parser.accept("=")
            step = parser.number()
    order = parser.accept_any(["ORDER", "NOORDER"])
    ordered = order == "ORDER" if order else not settings.parameter("NOORDER_SEQUENCE_AS_DEFAULT")
    if step == 0:
        raise compilation("the increment of an identity must not be 0", 1422, "22023")
    return {"id": number, "start": start, "step": step, "ordered": ordered}


def read_inline_tags(parser: Parser, session: Session) -> dict[str, str]:
    """Consume `[WITH] TAG (name = 'value', …)`."""
    from .kinds.tagging import read_tags

    parser.accept("WITH")
    parser.expect("TAG", "(")
    found = read_tags(session, parser)
    parser.expect(")")
    return found


def read_constraint(parser: Parser) -> dict[str, Any]:
    """Consume a constraint that stands beside the columns."""
    label = parser.identifier() if parser.accept("CONSTRAINT") else None
    if parser.accept("PRIMARY", "KEY"):
        return _constraint("PRIMARY KEY", parser.names(), label, parser)
    if parser.accept("UNIQUE"):
        return _constraint("UNIQUE", parser.names(), label, parser)
    parser.expect("FOREIGN", "KEY")
    return _foreign_key(parser.names(), label, parser)


def _constraint(kind: str, columns: list[str], label: str | None, parser: Parser) -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "columns": columns, "name": label}
    # Never enforced, as in Snowflake; what is said about it is kept and shown.
    while True:
        if parser.accept("RELY"):
            found["rely"] = True
        elif parser.accept("ON"):
            event = parser.accept_any(["UPDATE", "DELETE"])
            action = parser.accept_any(_ACTIONS)
            if kind != "FOREIGN KEY" or event is None or action is None:
                raise parser.unexpected()
            found[event.lower()] = action
        elif parser.accept_any(_INFORMATIVE) is None:
            return found


def _foreign_key(columns: list[str], label: str | None, parser: Parser) -> dict[str, Any]:
    parser.expect("REFERENCES")
    table = parser.name()
    targets = parser.names() if parser.looking_at("(") else []
    if targets and len(targets) != len(columns):
        raise SqlError(
            "SQL compilation error:\nthe numbers of columns of a foreign key differ.", 2214, "42601"
        )
    found = _constraint("FOREIGN KEY", columns, label, parser)
    found["references"] = [table.database, table.schema, table.last]
    found["target_columns"] = targets
    return found
