"""What a plan would take from objects that were there before: held back until it is confirmed.

An object that no deployment of this stack made or recorded belongs to somebody. Declaring it may
add to it: columns, grants, a comment where there was none. What it had already (properties,
grants of a role, columns that are not declared) is changed only after `--take-over NAME`.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from typing import Final

from hushflake.schema.kinds import kind_named
from hushflake.schema.plan import Operation, Plan
from hushflake.schema.resource import Resource
from hushflake.schema.state import Desired, State
from hushflake.schema.values import Key

from .applied import Applied, owner_of
from .errors import MistakeError
from .selection import is_named

# An object and the id of an operation -> whether the operation may take something from it.
Confirmed = Callable[[Key, str], bool]
# Operations that leave what is there as it is.
_ADD: Final = frozenset(
    (
        "create", "grant", "add_column", "add_primary_key", "set_masking", "set_tag", "undrop",
        "embed_again",
    )
)  # fmt: skip


def hold_back(
    plan: Plan, desired: Desired, actual: State, applied: Applied, confirmed: Confirmed
) -> Plan:
    """Return the plan with what takes something away held, or marked where it was confirmed.

    Args:
        confirmed: Whether an operation on an object may take: for a grant, the object is its role.
    """
    owners: dict[str, Key] = {}
    former = {op.key: Key(op.kind, str(op.payload["from"])) for op in plan.operations
              if op.action == "rename"}  # fmt: skip
    for op in plan.operations:
        owner = owner_of(op, actual)
        old = former.get(op.key)
        if old is not None and old not in applied.made and op.action not in _ADD:
            owners[op.id] = old
        if not _is_ours(owner, op, applied, actual) and _takes(op, desired, actual):
            owners[op.id] = owner
    if not owners:
        return plan
    taking = {op.key for op in plan.operations if op.id in owners and op.kind != "grant"}
    for op in plan.operations:
        # A suspension only serves the change that it surrounds.
        if op.key in taking and op.action in kind_named(op.kind).in_passing:
            owners[op.id] = op.key
    held = {name for name, owner in owners.items() if not confirmed(owner, name)}
    marked = (
        replace(op, severity="takeover") if op.id in owners and op.severity != "loss" else op
        for op in plan.operations
    )
    return without(replace(plan, operations=tuple(marked)), held, held_back=True)


def without(plan: Plan, ids: set[str], *, held_back: bool = False) -> Plan:
    """Return the plan without some operations; what waited for them waits for what they did.

    Args:
        held_back: They are kept as `Plan.held`.
    """
    if not ids:
        return plan
    gone = {op.id: op for op in plan.operations if op.id in ids}

    def waits(names: Iterable[str], seen: frozenset[str] = frozenset()) -> set[str]:
        found: set[str] = set()
        for name in names:
            if name not in gone:
                found.add(name)
            elif name not in seen:
                found |= waits(gone[name].depends_on, seen | {name})
        return found

    kept = tuple(
        op.after(waits(op.depends_on)) if gone.keys() & set(op.depends_on) else op
        for op in plan.operations
        if op.id not in gone
    )
    held = (*plan.held, *gone.values()) if held_back else plan.held
    return replace(plan, operations=kept, held=held)


def owner_names(plan: Plan, actual: State) -> list[str]:
    """Return the words for `--take-over`, one per object whose operations are held back."""
    owners = dict.fromkeys(owner_of(op, actual) for op in plan.held)
    return [f"{key.kind} {key.name}" for key in owners]


def confirmation(words: Sequence[str], saved: Container[str], actual: State) -> Confirmed:
    """Return a test for what `--take-over` names, and a saved plan holds.

    Args:
        words: Names of objects, or `kind NAME`.
        saved: Ids of operations that were confirmed when their plan was saved.

    Raises:
        MistakeError: A word names nothing that is in the account.
    """
    for word in words:
        if not any(is_named(key, word) for key in actual.resources):
            raise MistakeError(f"--take-over {word}: no such object was found in the account")
    return lambda owner, op_id: op_id in saved or any(is_named(owner, word) for word in words)


def _is_ours(owner: Key, op: Operation, applied: Applied, actual: State) -> bool:
    if op.kind != "grant" and op.key in applied.others.used:
        return False  # another stack uses it too
    if owner not in actual.resources or op.key in applied.state.resources:
        return True
    if op.kind == "grant":
        return owner in applied.made or owner in applied.taken_over
    database, _, schema = owner.name.rpartition(".")
    comes_with = owner.kind == "schema" and schema == "PUBLIC"
    return owner in applied.made or (comes_with and Key("database", database) in applied.made)


def _takes(op: Operation, desired: Desired, actual: State) -> bool:
    if op.action in _ADD or op.key not in actual.resources:
        return False
    wanted, there = desired.resources.get(op.key), actual.resources[op.key]
    if op.action in kind_named(op.kind).in_passing:
        # A suspended task that somebody left so is not started by declaring it.
        states = [getattr(r.spec, "state", None) for r in (wanted, there) if r is not None]
        return len(set(states)) > 1
    if op.action == "alter" and wanted is not None:
        return _alters_something(wanted, there)
    if op.action == "set_column_comment":
        columns = getattr(there.spec, "columns", ())
        was = [column.comment for column in columns if f"column {column.name}" == op.part]
        return any(was)
    if op.action == "set_row_access":
        return getattr(there.spec, "row_access", None) is not None
    if op.action == "set_policies":
        return bool(getattr(there.spec, "masking_policies", ()))
    return True


def _alters_something(wanted: Resource, there: Resource) -> bool:
    """Whether a property that differs had a value."""
    for item in wanted.spec.__dataclass_fields__.values():
        new, old = getattr(wanted.spec, item.name), getattr(there.spec, item.name, None)
        is_changed = item.compare and new is not None and new != old
        # Lists (columns, tags) have operations of their own. Streams need change tracking, and
        # nothing suffers from it.
        is_property = not isinstance(old, tuple) and item.name != "change_tracking"
        if is_changed and is_property and old not in (None, ""):
            return True
    return False
