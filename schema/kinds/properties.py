"""`NAME = value` properties: one table a kind says how they are created, altered and unset."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..codec import default_of
from ..names import Identifier, QualifiedName, Sql, literal
from ..values import Payload, Row, Value
from .base import Change, Spec

Spelling = Literal["literal", "word", "name"]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object.

    Attributes:
        field: Of the spec. A field whose default is None is not managed while it is None.
        sql: Its name in SQL.
        spelling: literal ('…'), word (a keyword or number, as it is), or name (an identifier); of a
            list, each of its items.
        always: Spelled at creation also where it is the default.
    """

    field: str
    sql: str
    spelling: Spelling = "word"
    always: bool = False

    def spell(self, value: Any) -> Sql:
        return spell(value, self.spelling)


def spell(value: Any, spelling: Spelling) -> Sql:
    """A value as it is spelled after `=`."""
    if isinstance(value, bool):
        return Sql("TRUE" if value else "FALSE")
    if isinstance(value, int | float):
        return Sql(value)
    if isinstance(value, tuple):
        return Sql(f"({', '.join(spell(item, spelling) for item in value)})")
    if isinstance(value, QualifiedName):
        return literal(value.sql) if spelling == "literal" else value.sql
    return literal(value) if spelling == "literal" else Sql(value)


def options(spec: Spec, properties: Iterable[Property]) -> list[Value]:
    """The properties that are not at their default, as a template spells them, in clause order."""
    defaults = _defaults(type(spec))
    return [
        {"name": Sql(p.sql), "value": p.spell(value)}
        for p in properties
        if (value := getattr(spec, p.field)) is not None
        and (p.always or value != defaults[p.field])
    ]


def alteration(
    desired: Spec, actual: Spec, properties: Iterable[Property], action: str = "alter"
) -> Iterator[Change]:
    """One `alter` change that sets or unsets every property that differs; none if none does."""
    defaults = _defaults(type(desired))
    to_set: list[Value] = []
    to_unset: list[Value] = []
    words: list[str] = []
    for p in properties:
        wanted, there = getattr(desired, p.field), getattr(actual, p.field)
        if wanted == there or wanted is None:
            continue
        words.append(f"{p.sql} {_shown(there)} -> {_shown(wanted)}")
        if wanted == "" and defaults[p.field] == "":
            to_unset.append(Sql(p.sql))
        else:
            to_set.append({"name": Sql(p.sql), "value": p.spell(wanted)})
    if words:
        payload: Payload = {"set": to_set, "unset": to_unset}
        yield Change(action, ", ".join(words), payload)


def truth(value: Any) -> bool:
    """A boolean of an answer: TRUE, 'true', 'Y', 'YES', 'ON'."""
    return value is True or str(value).upper() in ("TRUE", "Y", "YES", "ON", "1")


def whole(value: Any) -> int | None:
    """A whole number of an answer; None when there is none."""
    text = str(value if value is not None else "").strip()
    return int(text) if text.lstrip("-").isdecimal() else None


def words(value: Any) -> str:
    """Text of an answer; "" for NULL and the string 'null'."""
    return "" if value is None or value == "null" else str(value)


def parameters(rows: Iterable[Row], level: str) -> dict[str, str]:
    """The parameters that are set on the object itself, of an answer to SHOW PARAMETERS IN …."""
    return {
        str(row["key"]): words(row.get("value"))
        for row in rows
        if words(row.get("level")).upper() == level
    }


def name_of(row: Row) -> QualifiedName:
    """The full name of a schema object in a SHOW answer."""
    return QualifiedName.of(row["database_name"], row["schema_name"], row["name"])


def owner_in(row: Row) -> str:
    """The role that a SHOW answer names as owner, as it is spelled in SQL; "": none is told."""
    owner = words(row.get("owner"))
    if not owner:
        return ""
    if words(row.get("owner_role_type")).upper() == "DATABASE_ROLE":
        return f"DATABASE ROLE {owner}"
    return Identifier(owner).sql


def _shown(value: Any) -> str:
    if isinstance(value, str) and len(value) > 40:
        return repr(value[:37] + "…")
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return repr(value) if isinstance(value, str) else str(value)


def _defaults(spec_type: Any) -> Mapping[str, Any]:
    found = _DEFAULTS.get(spec_type)
    if found is None:
        fields = spec_type.__dataclass_fields__.values()
        found = _DEFAULTS[spec_type] = {item.name: default_of(item) for item in fields}
    return found


_DEFAULTS: dict[Any, Mapping[str, Any]] = {}
COMMENT = Property("comment", "COMMENT", "literal")
