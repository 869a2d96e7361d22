"""Objects as they were read, to the definitions that declare them."""

import dataclasses
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from .codec import default_of
from .importer.where import variable
from .kinds import all_kinds
from .kinds.annotations import Target
from .kinds.grant_spec import Grant, is_role
from .names import Identifier, QualifiedName
from .resource import Resource

Definition = dict[str, Any]
# Kinds whose definition says itself what it is on.
_NAMELESS: Final = frozenset({"grant", "foreign_key"})


class InexpressibleError(ValueError):
    """What no definition can say."""


def definitions_of(
    resource: Resource,
    database: str,
    more: Mapping[str, Any] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Iterator[Definition]:
    """The definitions of an object: one, but for a grant of which a part may be passed on.

    Args:
        resource: As it was read.
        database: The stack's: cut off the names.
        more: Fields that another source has (GET_DDL), for those that no SHOW holds.
        kinds: Name -> kind of what can be queried: DESCRIBE of a semantic view names it alone.

    Raises:
        InexpressibleError: It holds what no definition can say.
    """
    writer = _Writer(Identifier.parse(database), kinds or {})
    kind = all_kinds()[resource.key.kind]
    if isinstance(resource.spec, Grant):
        yield from _grants(resource.spec, writer)
        return
    found: Definition = {"kind": kind.name}
    if kind.name not in _NAMELESS:
        found["name"] = writer.name(QualifiedName.parse(resource.key.name), with_arguments=False)
    told_elsewhere = {k: v for k, v in (more or {}).items() if k in _unreadable(resource)}
    found |= writer.fields(resource.spec, {*told_elsewhere, *unreported(resource)})
    found |= told_elsewhere
    missing = [name for name in _needed(resource) if name not in found]
    if missing:
        raise InexpressibleError(f"the account does not report its {' and '.join(missing)}")
    if kind.name == "role":
        found["grants"] = "additive"  # what others grant to it stays
    yield found


def unreported(resource: Resource) -> list[str]:
    """The fields of an object that its rows do not hold."""
    return [name for name in _unreadable(resource) if name not in resource.told]


def name_on(name: QualifiedName, database: str) -> str:
    """A name without the stack's database."""
    return _Writer(Identifier.parse(database), {}).name(name)


class _Writer:
    def __init__(self, database: Identifier, kinds: Mapping[str, str]) -> None:
        self._database = database
        self._kinds = kinds

    def name(self, name: QualifiedName, *, with_arguments: bool = True) -> str:
        parts = name.parts
        if parts == (self._database,):
            return variable("database")
        if len(parts) > 1 and parts[0] == self._database:
            parts = parts[1:]
        return str(QualifiedName(parts, name.arguments if with_arguments else None).sql)

    def fields(self, spec: Any, but: Container[str] = ()) -> Definition:
        """The fields of a spec that differ from their defaults, without some."""
        found: Definition = {}
        for item in dataclasses.fields(spec):
            value = getattr(spec, item.name)
            if (
                item.name not in but
                and item.metadata.get("yaml", True)
                and value != default_of(item)
            ):
                found[item.name] = self.value(value)
        return found

    def value(self, value: Any) -> Any:
        if isinstance(value, Target):
            kind = value.kind or self._kinds.get(value.name.sql, "")
            if not kind:
                raise InexpressibleError(f"the account does not report what {value.name} is")
            return {kind: self.name(value.name)}
        if isinstance(value, QualifiedName):
            return self.name(value)
        if isinstance(value, Identifier):
            return str(value.sql)
        if isinstance(value, tuple | list):
            return [self.value(item) for item in value]
        if isinstance(value, Mapping):
            return {str(key): self.value(item) for key, item in value.items()}
        if dataclasses.is_dataclass(value):
            return self.fields(value)
        return str(value) if isinstance(value, str) else value


def _unreadable(resource: Resource) -> list[str]:
    return [
        item.name
        for item in dataclasses.fields(resource.spec)
        if not item.metadata.get("readable", True) and item.metadata.get("yaml", True)
    ]


def _needed(resource: Resource) -> Iterator[str]:
    for item in dataclasses.fields(resource.spec):
        if not item.metadata.get("readable", True) and default_of(item) is dataclasses.MISSING:
            yield item.name


def _grants(spec: Grant, writer: _Writer) -> Iterator[Definition]:
    to = {"role": "to", "database_role": "to_database_role"}[spec.grantee.kind]
    found: Definition = {"kind": "grant", to: writer.name(spec.grantee.name)}
    if is_role(spec):
        yield {**found, spec.on_kind: writer.name(QualifiedName.parse(spec.on))}
        return
    for passed_on in (False, True):
        privileges = [p for p in spec.privileges if (p in spec.grantable) == passed_on]
        if privileges:
            definition = {**found, "privileges": privileges, "on": _on(spec, writer)}
            yield definition | ({"grant_option": True} if passed_on else {})


def _on(spec: Grant, writer: _Writer) -> Any:
    if not spec.on_kind:
        return "account"
    name = writer.name(QualifiedName.parse(spec.on))
    if not spec.future:
        return {spec.on_kind: name}
    return {"future": spec.future.lower().replace(" ", "_"), "in": name}
