"""What future grants gave, and so is no drift: not a kind, but what `grant.py` arranges at the end.

A role with a declared future grant on the tables of a schema holds its privileges on every table
that comes, declared or not: to revoke them would be undone by the next one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..names import QualifiedName
from ..plan import Operation, Operations
from ..values import Key
from .base import Resource
from .grant_spec import Grant
from .grantable import plural_of


def leave_what_future_grants_gave(
    operations: Operations,
    desired: Mapping[Key, Resource],
    actual: Mapping[Key, Resource],
) -> None:
    """Take out of the revocations of drift what a declared future grant gives."""
    given = _given(desired.values())
    if not given:
        return
    for key in [key for key in operations if key.kind == "grant" and key in actual]:
        covered = _covered(_grant(actual[key]), given)
        if covered:
            kept = [found for op in operations[key] if (found := _rest(op, covered)) is not None]
            if kept:
                operations[key] = kept
            else:
                del operations[key]


def _given(resources: Iterable[Resource]) -> dict[tuple[Key, str, str], set[str]]:
    """Role, plural of the kind and container -> privileges."""
    found: dict[tuple[Key, str, str], set[str]] = {}
    for resource in resources:
        if resource.key.kind == "grant" and _grant(resource).future:
            grant = _grant(resource)
            place = (grant.grantee.key, grant.future, grant.on)
            found.setdefault(place, set()).update(grant.privileges)
    return found


def _covered(grant: Grant, given: Mapping[tuple[Key, str, str], set[str]]) -> set[str]:
    if grant.future or grant.on_kind not in plural_of():
        return set()
    plural = plural_of()[grant.on_kind].upper().replace("_", " ")
    name = QualifiedName.parse(grant.on.partition("(")[0])  # routines bear their argument types
    containers = [name.parent.sql, name.parts[0].sql]
    return {p for place in containers for p in given.get((grant.grantee.key, plural, place), ())}


def _rest(op: Operation, covered: set[str]) -> Operation | None:
    """The operation without what is covered; None when nothing is left of it."""
    if op.cause != "drift" or op.action not in ("revoke", "drop"):
        return op
    listed = op.payload["privileges"]
    assert isinstance(listed, list)
    left = [p for p in listed if str(p) not in covered]
    if len(left) == len(listed):
        return op
    if not left:
        return None
    reason = f"{', '.join(map(str, left))} is not declared"
    return replace(op, payload={**op.payload, "privileges": left}, reason=reason)


def _grant(resource: Resource) -> Grant:
    assert isinstance(resource.spec, Grant)
    return resource.spec
