"""Grants that go with a replacement, given again by the same plan.

CREATE OR REPLACE makes a new object, without the grants of the old one where the kind knows no
COPY GRANTS (`Kind.replace_keeps_grants`).
"""

from collections.abc import Mapping
from dataclasses import replace

from .kinds import kind_named
from .kinds.grant_spec import Grant, payload_of
from .plan import Operations, operation_of
from .resource import Change, Resource
from .values import Key


def give_again_what_goes(operations: Operations, desired: Mapping[Key, Resource]) -> None:
    """Grant after each replacement what is declared on the object that is replaced."""
    replaced = _replaced(operations)
    if not replaced:
        return
    for key, resource in desired.items():
        grant = resource.spec
        if not isinstance(grant, Grant) or grant.future:
            continue
        on = Key(grant.on_kind, grant.on)
        if on in replaced:
            reason = f"{', '.join(grant.privileges)} goes with what is replaced, and is given again"
            change = Change("grant", reason, payload_of(grant, grant.privileges))
            operations[key] = [operation_of(key, change, depends_on=(replaced[on],))]


def _replaced(operations: Operations) -> dict[Key, str]:
    """The objects whose grants go, and the operation that does it; its reason then says so."""
    found: dict[Key, str] = {}
    for key, group in operations.items():
        if kind_named(key.kind).replace_keeps_grants:
            continue
        for index, op in enumerate(group):
            if op.action == "replace":
                found[key] = group[-1].id
                group[index] = replace(
                    op, reason=f"{op.reason}; grants to undeclared roles go with it"
                )
    return found
