"""Schemas: https://docs.snowflake.com/en/sql-reference/sql/create-schema"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..names import Sql
from ..values import Payload, Row
from .base import Change
from .container_base import Container, ContainerKind
from .properties import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(Container):
    """With `managed_access` the owner of the schema grants on what is in it."""

    managed_access: bool = False


class SchemaKind(ContainerKind[Schema]):
    name = "schema"
    plural = "schemas"
    privileges = (
        "ADD SEARCH OPTIMIZATION", "APPLYBUDGET", "EXECUTE AUTO CLASSIFICATION", "MANAGE GRANTS",
        "MODIFY", "MONITOR", "USAGE", "CREATE …",
    )  # fmt: skip
    level = "database"
    spec_type = Schema
    order = 25
    show = "SCHEMAS"

    def read_row(self, row: Row) -> Schema:
        managed = "MANAGED ACCESS" in words(row.get("options"))
        return Schema(**self.facts(row), managed_access=managed)

    def body(self, name: str, spec: Schema) -> Payload:
        return {**super().body(name, spec), "managed_access": spec.managed_access}

    def difference(self, name: str, desired: Schema, actual: Schema) -> Iterator[Change]:
        if desired.managed_access != actual.managed_access:
            word = "ENABLE" if desired.managed_access else "DISABLE"
            yield Change("managed_access", f"{word.lower()} managed access", {"word": Sql(word)})
        yield from super().difference(name, desired, actual)
