"""Which rows a caller sees of an entity with an `acl:`, as a filter of its search service.

A service answers with its owner's rights, so the filter is no boundary: whoever may use the service
can leave it out. The boundary is that one role may use it (`search: {reader: ROLE}`), and that
everybody else searches by SQL, where the row access policy decides.
"""

from collections.abc import Collection, Iterable
from typing import Any

from hushflake.deploy.session import Session
from hushflake.schema.model import Entity
from hushflake.schema.names import Identifier, literal

Condition = dict[str, Any]


def roles_held(session: Session, entities: Iterable[Entity]) -> frozenset[str]:
    """Return which of the roles that decide about the entities a session works with.

    Asked each time: a role that was taken away shows nothing from then on.

    Raises:
        StatementError: The account refused the statement.
    """
    named = sorted({name for entity in entities for name in _deciding(entity)})
    if not named:
        return frozenset()
    columns = ", ".join(f"IS_ROLE_IN_SESSION({literal(r)}) AS R{n}" for n, r in enumerate(named))
    row = session.query(f"SELECT {columns}")[0]
    return frozenset(role for n, role in enumerate(named) if row[f"R{n}"])


def is_protected(entity: Entity) -> bool:
    """Tell whether who asks decides what of the entity is seen."""
    return _is_masked(entity) or entity.row_access is not None


def is_served(entity: Entity, held: Collection[str]) -> bool:
    """Tell whether a session with these roles may ask the entity's service.

    What a service shows of a masked column, and of rows under a policy that is not ours, cannot be
    put right by a filter.
    """
    if _is_masked(entity):
        return False
    return entity.row_access is None or (entity.acl is not None and _reader(entity) in held)


def conditions_of(entity: Entity, held: Collection[str]) -> list[Condition] | None:
    """Return what a row must have to be seen with these roles; None: no row is seen."""
    acl = entity.acl
    if acl is None or any(role in held for role in acl.all):
        return []
    rules = [rule.values for rule in acl.rules if rule.role in held]
    if not rules:
        return None
    return [_any([_every([_has(entity, *value) for value in values]) for values in rules])]


def _is_masked(entity: Entity) -> bool:
    masked = any(item.masking_policy is not None for item in entity.fields)
    return masked or bool(entity.masked_by_tags)


def _deciding(entity: Entity) -> Iterable[str]:
    reader = _reader(entity)
    if entity.acl is None or not reader:
        return ()
    return (reader, *entity.acl.all, *(rule.role for rule in entity.acl.rules))


def _reader(entity: Entity) -> str:
    reader = entity.search.reader if entity.search is not None else None
    return Identifier.parse(reader).text if reader else ""


def _has(entity: Entity, name: Identifier, values: tuple[str | int, ...]) -> Condition:
    is_array = entity.field_named(name.text).type == "ARRAY"
    operator = "@contains" if is_array else "@eq"
    return _any([{operator: {name.text: value}} for value in values])


def _any(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else {"@or": conditions}


def _every(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else {"@and": conditions}
