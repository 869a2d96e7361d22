"""Kinds that are nothing but properties: a table of them spells CREATE, ALTER and the import.

Not a kind. The templates are those of `templates/sql/_every`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..names import QualifiedName, Sql
from ..values import OperationClass, Payload, Row
from .base import Change, SpecT
from .common import Shown, same_field
from .properties import Property, alteration, options, words


class PropertyKind(Shown[SpecT]):
    """A kind that `CREATE kind name PROPERTY = value …` makes.

    Class variables:
        fixed: Fields that no ALTER changes: CREATE OR REPLACE does.
        if_not_exists: Whether CREATE knows IF NOT EXISTS.
        described: DESCRIBE is asked of each declared object, for what SHOW does not tell.
    """

    fixed: ClassVar[tuple[str, ...]] = ()
    if_not_exists: ClassVar[bool] = True
    described: ClassVar[bool] = False
    replace_keeps_grants = False
    replace_class: ClassVar[OperationClass] = "rebuild"
    optional = True

    def title(self, spec: SpecT) -> str:
        """What stands after CREATE and ALTER."""
        return self.name.upper().replace("_", " ")

    def table(self, spec: SpecT) -> Sequence[Property]:
        """The properties of an object, in clause order."""
        return self.properties

    def create(self, name: str, spec: SpecT) -> Payload:
        return {
            **self.body(name, spec),
            "object_kind": Sql(self.title(spec)),
            "if_not_exists": self.if_not_exists,
            "options": options(spec, self.table(spec)),
            "replace": False,
        }

    def drop(self, name: str, spec: SpecT) -> Payload:
        return {"object_kind": Sql(self.name.upper().replace("_", " "))}

    def difference(self, name: str, desired: SpecT, actual: SpecT) -> Iterator[Change]:
        changed = [item for item in self.fixed if not same_field(desired, actual, item)]
        if changed:
            reason = f"{', '.join(changed).replace('_', ' ')} changes"
            reason += f": {self.replace_reason}" if self.replace_reason else ""
            payload = {**self.create(name, desired), "replace": True}
            yield Change("replace", reason, payload, self.replace_class)
            return
        known = [item for item in self.table(desired) if item.field not in self.fixed]
        for change in alteration(desired, actual, known):
            change.payload["object_kind"] = Sql(self.title(desired))
            yield change

    def needs_own_query(self, spec: SpecT) -> bool:
        return self.described

    def own_query(self, name: str) -> str:
        return f"DESCRIBE {self.name.upper().replace('_', ' ')} {name}"


def told_by(rows: Iterable[Row]) -> Mapping[str, str]:
    """Property -> value, of a DESCRIBE that has a row for each."""
    return {
        words(row.get("property", row.get("name"))).upper(): words(
            row.get("property_value", row.get("value"))
        )
        for row in rows
    }


def listed(text: Any) -> tuple[str, ...]:
    """`a,b` or `[a, b]` or `('a', 'b')` of an answer as a list."""
    inside = words(text).strip().strip("[]()")
    return tuple(part.strip().strip("'\"") for part in inside.split(",") if part.strip())


def names_listed(text: Any) -> tuple[QualifiedName, ...]:
    """The same of names."""
    inside = words(text).strip().strip("[]()")
    parts = (part.strip().strip("'") for part in inside.split(","))
    return tuple(QualifiedName.parse(part) for part in parts if part)
