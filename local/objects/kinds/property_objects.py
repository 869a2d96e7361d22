"""Kinds that are properties and nothing else: DESCRIBE answers with a row for each.

Not a kind.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ...engine.catalogue import Object
from ...language.errors import SqlError
from ...language.parser import Parser
from ...language.results import SHOW, Column, Result
from ...language.types import TEXT, TIMESTAMP_LTZ, DataType
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
from .readers import Reader

PROPERTY_COLUMNS = ("property", "property_type", "property_value", "property_default")


class PropertyObject(Kind):
    """A kind with properties that must be there, and some that no ALTER changes."""

    required: ClassVar[tuple[str, ...]] = ()
    fixed: ClassVar[frozenset[str]] = frozenset()
    described_as: ClassVar[tuple[str, ...]] = PROPERTY_COLUMNS

    @property
    def alterable(self) -> Mapping[str, Reader]:
        return {name: read for name, read in self.properties.items() if name not in self.fixed}

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        body = super().read_body(call, mode)
        require(body["properties"], self.required)
        self.check_created(call.session, body["properties"])
        return body

    def check_created(self, session: Session, properties: dict[str, Any]) -> None:
        """Fail when what the properties name is not there, or not for the role."""

    def describe(self, session: Session, item: Object, what: str) -> Result:
        held = item.body.get("properties", {})
        rows = [described(name, value, self.described_as) for name, value in held.items()]
        return Result([Column(name, TEXT) for name in self.described_as], rows, SHOW)


def columns(names: str) -> tuple[tuple[str, DataType], ...]:
    """Return the columns of a SHOW by their names."""
    return tuple((name, TIMESTAMP_LTZ if name.endswith("_on") else TEXT) for name in names.split())


def require(properties: Mapping[str, Any], names: Iterable[str]) -> None:
    """Fail when a property is missing."""
    missing = [name for name in names if not properties.get(name) and name not in properties]
    if missing:
        raise SqlError(
            f"SQL compilation error:\nMissing option(s): [{', '.join(missing)}]", 2029, "42601"
        )


def described(name: str, value: Any, names: tuple[str, ...]) -> list[Any]:
    """Return the row of a property."""
    kind = {bool: "Boolean", int: "Integer", list: "List"}.get(type(value), "String")
    row = {"property": name, "name": name, "property_type": kind}
    shown = written(value)
    return [row.get(column, shown if column.endswith("value") else "") for column in names]


def written(value: Any) -> str:
    """Return a value as SHOW and DESCRIBE write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def texts(parser: Parser) -> list[str]:
    """Consume `('a', 'b')`."""
    found: list[str] = parser.listed(parser.string)
    return found


def full_names(session: Session, kind: str, names: Iterable[str]) -> list[str]:
    """Return the full names of the objects that a list names.

    Raises:
        SqlError: One is not there, or not for the role.
    """
    catalogue = session.engine.catalogue
    found = (session.names.find(kind, Parser(name).name()) for name in names)
    return [catalogue.full_name(item) for item in found]


def names(parser: Parser) -> list[str]:
    """Consume `(a, b.c)`."""
    return [str(name) for name in parser.listed(parser.name)]


def users_of(session: Session, kinds: Iterable[str], full_name: str) -> list[Object]:
    """Return the objects of these kinds with a property that names another object."""

    def is_named(value: Any) -> bool:
        return full_name in value if isinstance(value, list) else value == full_name

    return [
        item
        for kind in kinds
        for item in session.engine.catalogue.of_kind(kind)
        if any(map(is_named, item.body.get("properties", {}).values()))
    ]
