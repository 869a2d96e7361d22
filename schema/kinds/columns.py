"""How the columns of tables are given to a template, and read back. Not a kind: a part of
`table.py`."""

import json
import re
from collections.abc import Iterable
from typing import Any

from ..names import Identifier, QualifiedName, Sql, literal
from ..sql.compare import same_sql
from ..types import normal_type
from ..values import Row, Value
from .properties import truth, whole, words
from .table_spec import Column, Identity

_LITERAL = re.compile(r"'(?:[^'\\]|''|\\.)*'")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_NUMBERS = ("NUMBER", "FLOAT", "BOOLEAN")


def column_payload(column: Column) -> dict[str, Value]:
    return {
        "name": column.name.sql,
        "type": Sql(column.type),
        "nullable": column.nullable,
        "collate": column.collate,
        "identity": _identity_payload(column),
        "default": None if column.default is None else Sql(column.default),
        "comment": column.comment,
    }


def _identity_payload(column: Column) -> Value:
    found = column.autoincrement
    if found is None:
        return None
    order = Sql("ORDER" if found.ordered else "NOORDER")
    return {"start": found.start, "increment": found.increment, "order": order}


def has_literal_default(column: Column) -> bool:
    """Whether the default, if there is one, is a literal of the column's type: only such a column
    can be added with its default.

    https://docs.snowflake.com/en/sql-reference/sql/alter-table (ADD COLUMN, DEFAULT)
    """
    default = (column.default or "NULL").strip()
    if _LITERAL.fullmatch(default):
        return column.type.startswith("VARCHAR")
    if _NUMBER.fullmatch(default):
        return column.type.startswith(("NUMBER", "FLOAT"))
    return default.upper() == "NULL" or (
        default.upper() in ("TRUE", "FALSE") and column.type == "BOOLEAN"
    )


def cannot_get_default(wanted: Column, there: Column) -> bool:
    """Whether the default of a column that is there is another one, and no operation can set the
    wanted one, which is an expression."""
    if wanted.default is None or same_sql(wanted.default, there.default or ""):
        return False
    return not has_literal_default(wanted)


def is_text_for_a_number(column: Column) -> bool:
    """Whether the default is a string literal and the type is no text: Snowflake refuses it.

    https://docs.snowflake.com/en/sql-reference/sql/create-table (DEFAULT): the value must match
    the data type of the column.
    """
    default = (column.default or "").strip()
    return _LITERAL.fullmatch(default) is not None and column.type.startswith(_NUMBERS)


def columns_query(database: Identifier) -> str:
    """Every column of a database in one statement, however many there are."""
    return (
        "SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, "
        "COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, "
        "NUMERIC_SCALE, DATETIME_PRECISION, COMMENT, COLLATION_NAME, IS_IDENTITY, IDENTITY_START, "
        "IDENTITY_INCREMENT, IDENTITY_ORDERED "
        f"FROM {database}.INFORMATION_SCHEMA.COLUMNS "
        "WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' "
        "ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"
    )


def vector_query(column: Identifier, database: Identifier) -> str:
    """INFORMATION_SCHEMA names no dimension of a VECTOR; SHOW COLUMNS does, in `data_type`."""
    return f"SHOW COLUMNS LIKE {literal(column.text)} IN DATABASE {database}"


def columns_by_table(rows: Iterable[Row], vectors: Iterable[Row]) -> dict[Sql, list[Column]]:
    """Rows of INFORMATION_SCHEMA.COLUMNS as columns, by the full name of their table."""
    dimensions: dict[tuple[Any, ...], str] = {}
    for row in vectors:
        place = (row["database_name"], row["schema_name"], row["table_name"], row["column_name"])
        dimensions[place] = shown_type(row["data_type"])
    found: dict[Sql, list[Column]] = {}
    for row in rows:
        place = (row["table_catalog"], row["table_schema"], row["table_name"], row["column_name"])
        column = Column(
            name=Identifier(row["column_name"]),
            type=dimensions.get(place) or described_type(row),
            nullable=truth(row["is_nullable"]),
            default=words(row.get("column_default")) or None,
            comment=words(row.get("comment")),
            collate=words(row.get("collation_name")),
            autoincrement=_identity(row) if truth(row.get("is_identity")) else None,
        )
        found.setdefault(QualifiedName.of(*place[:3]).sql, []).append(column)
    return found


def _identity(row: Row) -> Identity:
    start, increment = whole(row.get("identity_start")), whole(row.get("identity_increment"))
    return Identity(
        start=1 if start is None else start,
        increment=increment or 1,
        ordered=truth(row.get("identity_ordered")),
    )


def described_type(row: Row) -> str:
    """The type of a row of INFORMATION_SCHEMA.COLUMNS, in our spelling."""
    name = str(row["data_type"]).upper()
    if "(" in name:
        return normal_type(name)
    if name == "VECTOR":
        return "VECTOR"
    length, precision = (
        whole(row.get("character_maximum_length")),
        whole(row.get("numeric_precision")),
    )
    if name in ("TEXT", "VARCHAR", "BINARY") and length is not None:
        return normal_type(f"{name}({length})")
    if name in ("NUMBER", "DECIMAL") and precision is not None:
        return normal_type(f"NUMBER({precision}, {whole(row.get('numeric_scale')) or 0})")
    scale = whole(row.get("datetime_precision"))
    if name.startswith("TIME") and scale is not None:
        return normal_type(f"{name}({scale})")
    return normal_type(name)


def shown_type(data_type: str) -> str:
    """The type in the `data_type` column of SHOW COLUMNS, which is JSON (or plain text)."""
    if not data_type.startswith("{"):
        return normal_type(data_type)
    facts = json.loads(data_type)
    if facts.get("type") != "VECTOR":
        return ""
    element = facts.get("vectorElementType") or facts.get("elementType") or "FLOAT"
    if isinstance(element, dict):
        element = element.get("type", "FLOAT")
    element = "INT" if str(element).upper() in ("INT", "FIXED", "INTEGER") else "FLOAT"
    dimension = facts.get("dimension") or facts.get("vectorDimension")
    return normal_type(f"VECTOR({element}, {dimension})") if dimension else "VECTOR"
