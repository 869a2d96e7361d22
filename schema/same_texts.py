"""SQL that only reads otherwise than declared is taken as declared: nothing is made anew for it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from .kinds.annotations import sql_fields
from .sql.compare import same_sql
from .state import Desired, State

if TYPE_CHECKING:
    from .resource import Resource
    from .values import Key


def with_declared_texts(actual: State, desired: Desired) -> State:
    """The state with the texts of the definitions, where what is there means the same."""
    changed: dict[Key, Resource] = {}
    for key, wanted in desired.resources.items():
        there = actual.resources.get(key)
        if there is None or there.spec == wanted.spec:
            continue
        names = {
            name: getattr(wanted.spec, name)
            for name in sql_fields(cast("Any", type(wanted.spec)))
            if _is_the_same(getattr(there.spec, name, None), getattr(wanted.spec, name))
        }
        if names:
            changed[key] = replace(there, spec=replace(there.spec, **names))
    if not changed:
        return actual
    return replace(actual, resources={**actual.resources, **changed})


def _is_the_same(one: Any, other: Any) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or not one or not other:
        return False
    if same_sql(one, other):
        return False  # kinds see that themselves
    # Few texts come here, and the parser takes its time to load.
    from .importer.meaning import same_meaning

    return same_meaning(one, other)
