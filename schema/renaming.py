"""Renames and moves: `renamed_from` of tables, views, dynamic tables and entities.

ALTER … RENAME TO also takes another schema. Rows, grants, and streams on the object stay
(https://docs.snowflake.com/en/user-guide/streams-intro, "Renaming a source object"). A plan looks
at both states as they will be once it is renamed, so that only what else differs is changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from .errors import SchemaError
from .kinds.annotations import Target
from .kinds.foreign_key import ForeignKey, foreign_key_name
from .kinds.grant_spec import Grant, grant_name
from .kinds.stream import Stream
from .kinds.view import View
from .names import QualifiedName, Sql
from .plan import Operation, Operations, operation_of
from .resource import Change, Resource, Resources
from .state import Desired, State
from .values import Key

RENAMABLE: Final = ("table", "view", "dynamic_table")
# The object that is declared -> what it is called in the account.
Renames = Mapping[Key, Key]


def renames(desired: Desired, actual: State) -> dict[Key, Key]:
    """The declared objects that are still there under their former names."""
    found: dict[Key, Key] = {}
    for key, resource in desired.resources.items():
        old = _former(resource)
        is_open = key not in actual.resources and key not in actual.dropped
        is_free = old not in desired.resources and old not in found.values()
        if old is not None and is_open and is_free and old in actual.resources:
            found[key] = old
    return found


def mistakes(resources: Resources) -> Iterator[SchemaError]:
    """Objects that are renamed from what is declared still."""
    for key, resource in resources.items():
        old = _former(resource)
        if old is not None and old in resources:
            message = f"{key} is renamed from {old.name}, which is still declared"
            yield SchemaError(message, "remove renamed_from, or the old definition", resource.at)


def _former(resource: Resource) -> Key | None:
    old = getattr(resource.spec, "renamed_from", None) if resource.key.kind in RENAMABLE else None
    return Key(resource.key.kind, old.sql) if isinstance(old, QualifiedName) else None


def with_names(state: State, renamed: Renames) -> State:
    """The state as it will be once the objects are renamed."""
    if not renamed:
        return state
    moves = _Moves(renamed)
    resources = (moves.resource(resource) for resource in state.resources.values())
    return replace(state, resources={resource.key: resource for resource in resources})


def new_key(key: Key, state: State, renamed: Renames) -> Key:
    """What an object is called once the objects are renamed."""
    resource = state.resources.get(key)
    return _Moves(renamed).resource(resource).key if resource is not None else key


class _Moves:
    def __init__(self, renamed: Renames) -> None:
        self._new = {old: new for new, old in renamed.items()}
        self._tables = {o.name: QualifiedName.parse(n.name) for o, n in self._new.items()}

    def resource(self, resource: Resource) -> Resource:
        key, spec = self._new.get(resource.key, resource.key), resource.spec
        if isinstance(spec, Grant) and not spec.future:
            on = self._new.get(Key(spec.on_kind, spec.on))
            if on is not None:
                spec = replace(spec, on=on.name)
                key = Key("grant", grant_name(spec))
        elif isinstance(spec, ForeignKey):
            spec = replace(spec, table=self._table(spec.table), to=self._table(spec.to))
            key = Key("foreign_key", foreign_key_name(spec))
        elif isinstance(spec, Stream) and spec.on.key in self._new:
            moved = self._new[spec.on.key]
            spec = replace(spec, on=Target(moved.kind, QualifiedName.parse(moved.name)))
        elif spec is resource.spec and key == resource.key and not self._names(resource):
            return resource
        references = tuple(self._new.get(ref, ref) for ref in resource.references)
        return replace(resource, key=key, spec=spec, references=references)

    def _names(self, resource: Resource) -> bool:
        return any(ref in self._new for ref in resource.references)

    def _table(self, name: QualifiedName) -> QualifiedName:
        return self._tables.get(name.sql, name)


def rename_operation(resource: Resource, old: Key) -> Operation:
    """ALTER … RENAME TO."""
    payload: dict[str, Any] = {"from": Sql(old.name)}
    if isinstance(resource.spec, View):
        payload["materialized"] = resource.spec.materialized
    reason = f"is renamed from {old.name}: rows, grants and streams on it stay"
    return operation_of(resource.key, Change("rename", reason, payload), "ours")


def order_renames(operations: Operations, removals: Operations, renamed: Renames) -> None:
    """What takes the old name, and what drops the old container, waits for the rename."""
    for key, old in renamed.items():
        first = operations[key][0].id
        for group in operations.values():
            takes = group[0].action == "create" and group[0].name == old.name
            if takes and group[0].kind in RENAMABLE:
                group[0] = group[0].after({*group[0].depends_on, first})
        for container, group in removals.items():
            if old.name.startswith(f"{container.name}."):
                group[0] = group[0].after({*group[0].depends_on, first})
