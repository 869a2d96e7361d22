"""References of definitions to edges between objects; what is dangling is said."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .context import Found
from .errors import Position, SchemaError
from .kinds import all_kinds
from .kinds.base import Key, Resource
from .kinds.role import BUILT_IN
from .names import QualifiedName
from .sql.queries import names_in, stages_in
from .suggest import did_you_mean
from .types import parse_type

if TYPE_CHECKING:
    from .loaded import Declared, FieldReference
    from .model import Field


def complete_references(
    declared: "Mapping[Key, Declared]",
    entities: "Mapping[str, Declared]",
    resources: dict[Key, Resource],
    lates: "Iterable[Declared]",
    unread: Container[str],
    left_out: Container[Key],
    broken: Mapping[Key, Resource],
    loose: Iterable[Found],
    loose_fields: "Iterable[tuple[str, FieldReference]]",
    external: Iterable[Key],
    errors: list[SchemaError],
) -> None:
    """Give every resource the keys that it refers to.

    Args:
        declared: Definitions by key.
        entities: Entity name -> its references (warehouse, policies, fields of other entities).
        resources: Changed in place.
        lates: Definitions that are expanded later, whose references are only checked.
        unread: Names of entities with mistakes: what refers to them is not dangling.
        left_out: Keys of what this stack does without: references to it are dropped.
        broken: Keys of definitions with mistakes of their own: nor is what refers to them.
        loose: What those refer to.
        loose_fields: Fields of other entities that entities with mistakes refer to.
        external: Objects that others look after.
        errors: Dangling references are added.
    """
    lookup = _Lookup(resources, left_out, {*broken, *external})
    for key, item in declared.items():
        if key not in resources:
            continue
        references = list(lookup.container(key, item.at, errors))
        references += lookup.resolved(item.found, errors)
        references += lookup.named(item.depends_on, item.at, errors)
        references += lookup.in_text(key, resources[key])
        resources[key] = lookup.with_full_names(key, resources[key])
        known = (r for r in dict.fromkeys((*resources[key].references, *references)) if r != key)
        resources[key] = resources[key].referring_to(tuple(known))
    for key, resource in list(resources.items()):
        if resource.entity is not None:
            owner = lookup.container(key, resource.at, errors if key.kind == "table" else [])
            every = dict.fromkeys((*resource.references, *owner))
            resources[key] = resource.referring_to(tuple(every))
        if resource.entity is not None and key.kind == "semantic_view":
            resources[key] = lookup.with_full_names(key, resources[key])
    for key, resource in broken.items():
        if resource.entity is None:
            list(lookup.container(key, resource.at, errors))
    lookup.resolved(loose, errors)
    for name, (written, at) in loose_fields:
        _check_field(name, written, at, entities, unread, errors)
    for late in lates:
        lookup.resolved(late.found, errors)
    for item in entities.values():
        found = lookup.resolved(item.found, errors)
        table = Key("table", item.name)
        if table in resources:
            governed = (key for key in found if key.kind in _GOVERNANCE)
            every = dict.fromkeys((*resources[table].references, *governed))
            resources[table] = resources[table].referring_to(tuple(every))
        _check_fields(item, entities, unread, errors)


class _Lookup:
    """Names of what is declared, in the ways in which a definition can name them."""

    def __init__(
        self, resources: Mapping[Key, Resource], left_out: Container[Key], elsewhere: Container[Key]
    ) -> None:
        self._left_out = left_out
        self._resources = resources
        self._elsewhere = elsewhere
        self._tables = {key.name: key for key in resources if key.kind in _QUERYABLE}
        self._databases = {key.name for key in resources if key.kind == "database"}

    def container(self, key: Key, at: Position | None, errors: list[SchemaError]) -> Iterator[Key]:
        """The database of a schema, the schema of a table."""
        level = all_kinds()[key.kind].level
        if level == "account":
            return
        parent = QualifiedName.parse(key.name).parent
        owner = Key("schema" if level == "schema" else "database", parent.sql)
        if owner in self._resources:
            yield owner
        elif (
            owner.kind == "schema"
            and parent.last.text == "PUBLIC"
            and parent.parent.sql in self._databases
        ):
            yield Key("database", parent.parent.sql)
        elif owner not in self._elsewhere:
            known = (k.name for k in self._resources if k.kind == owner.kind)
            remedy = (
                did_you_mean(owner.name, known)
                or f"declare it: {{kind: {owner.kind}, name: {parent.last}}}"
            )
            errors.append(SchemaError(f"{key} is in {owner}, which is not declared", remedy, at))

    def resolved(self, found: Iterable[Found], errors: list[SchemaError]) -> list[Key]:
        keys: list[Key] = []
        for kinds, name, may_be_unknown, at in found:
            key = next((Key(k, name) for k in kinds if Key(k, name) in self._resources), None)
            if key is not None:
                keys.append(key)
            elif not may_be_unknown and not self._is_known_elsewhere(kinds, name):
                errors.append(self._dangling(" or ".join(kinds), kinds, name, at))
        return keys

    def named(self, texts: Iterable[str], at: Position, errors: list[SchemaError]) -> list[Key]:
        """`depends_on: [table S.T]`."""
        keys: list[Key] = []
        for text in texts:
            kind, _, name = text.strip().partition(" ")
            wanted = {name.upper(), *(f"{database}.{name.upper()}" for database in self._databases)}
            key = next(
                (k for k in self._resources if k.kind == kind and k.name.upper() in wanted), None
            )
            if key is None:
                errors.append(self._dangling(kind or "object", (kind,), name, at))
            else:
                keys.append(key)
        return keys

    def in_text(self, key: Key, resource: Resource) -> Iterator[Key]:
        """Objects whose names stand in a query of the resource."""
        own = QualifiedName.parse(key.name)
        for field in all_kinds()[key.kind].query_fields:
            for written, is_source in names_in(str(getattr(resource.spec, field) or "")):
                found = self._queried(own, written, is_source=is_source)
                if found is not None:
                    yield found
            for written in stages_in(str(getattr(resource.spec, field) or "")):
                yield from self._stage(own, written)

    def _stage(self, own: QualifiedName, written: str) -> Iterator[Key]:
        """The declared stage that stands after `@` in a statement of `own`."""
        try:
            parts = QualifiedName.parse(written).parts
        except SchemaError:
            return
        key = Key("stage", QualifiedName((*own.parts[: 3 - len(parts)], *parts)).sql)
        if key in self._resources:
            yield key

    def with_full_names(self, key: Key, resource: Resource) -> Resource:
        """The resource with the names of declared objects completed in its queries."""
        kind = all_kinds()[key.kind]
        if not kind.completes_names:
            return resource
        own = QualifiedName.parse(key.name)

        def full_name(written: str) -> str | None:
            found = self._queried(own, written, is_source=True)
            return found.name if found else None

        return replace(resource, spec=kind.completed(resource.spec, full_name))

    def _queried(self, own: QualifiedName, written: str, *, is_source: bool) -> Key | None:
        """The declared object that a name in a query of `own` means."""
        try:
            name = QualifiedName.parse(written)
        except SchemaError:
            return None
        missing = 3 - len(name.parts)
        if missing == 2 and not is_source:
            return None
        return self._tables.get(QualifiedName((*own.parts[:missing], *name.parts)).sql)

    def _is_known_elsewhere(self, kinds: tuple[str, ...], name: str) -> bool:
        if any(Key(k, name) in self._elsewhere or Key(k, name) in self._left_out for k in kinds):
            return True
        if "role" in kinds and name in BUILT_IN:
            return True
        database = QualifiedName.parse(name).parts[0].sql
        levels = {all_kinds()[kind].level for kind in kinds if kind in all_kinds()}
        return "account" not in levels and database not in self._databases

    def _dangling(self, words: str, kinds: tuple[str, ...], name: str, at: Position) -> SchemaError:
        known = [key.name for key in self._resources if key.kind in kinds]
        remedy = (
            did_you_mean(name, known) or "declare it, or list it under external: in hushflake.yaml"
        )
        return SchemaError(f"{words} {name} is not declared", remedy, at)


_GOVERNANCE = frozenset({"tag", "masking_policy", "row_access_policy"})
_QUERYABLE = frozenset({"table", "view", "dynamic_table", "stream", "semantic_view"})


def _check_fields(
    declared: "Declared",
    entities: "Mapping[str, Declared]",
    unread: Container[str],
    errors: list[SchemaError],
) -> None:
    """`references: ENTITY.field` names an entity and a field of it."""
    name = declared.value.name
    fields = [item for item in declared.value.fields if item.references is not None]
    for own, (written, at) in zip(fields, declared.field_references, strict=True):
        target = _check_field(name, written, at, entities, unread, errors)
        if target is not None and parse_type(own.type).family != parse_type(target.type).family:
            message = f"{name}.{own.name} is {own.type}, {written.upper()} is {target.type}"
            errors.append(SchemaError(message, "give both one type", at))


def _check_field(
    name: str,
    written: str,
    at: Position,
    entities: "Mapping[str, Declared]",
    unread: Container[str],
    errors: list[SchemaError],
) -> "Field | None":
    """The field that the entity `name` refers to; None when it is not there, or not readable."""
    entity, _, column = written.upper().partition(".")
    target = entities.get(entity)
    if target is None:
        if entity not in unread:
            remedy = did_you_mean(entity, entities) or "declare the entity"
            message = f"{name} refers to the entity {entity}, which is not declared"
            errors.append(SchemaError(message, remedy, at))
        return None
    found: Field | None = next((f for f in target.value.fields if f.name.text == column), None)
    if found is None:
        known = [field.name.text.lower() for field in target.value.fields]
        remedy = did_you_mean(column, known) or f"write {entity}.{known[0]}, for instance"
        message = f"{name} refers to {entity}.{column}, which is not a field"
        errors.append(SchemaError(message, remedy, at))
    return found
