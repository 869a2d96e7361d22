"""The small words that definitions, kinds, plans and states have in common."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .names import Sql

OperationClass = Literal["safe", "rebuild", "takeover", "loss"]
# A plain YAML value.
Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
Level = Literal["account", "database", "schema"]
# What a template is given: plain values, and SQL that is rendered already.
Value = str | Sql | int | float | bool | None | list["Value"] | dict[str, "Value"]
Payload = dict[str, Value]
# One row of an answer: column name in lower case -> value as the connector returns it.
Row = Mapping[str, Any]


class Key(NamedTuple):
    """What identifies an object: its kind and its full name as it is spelled."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
