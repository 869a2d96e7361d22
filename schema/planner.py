"""Three states in, a plan out: what is wanted, what is there, what was applied last.

The last applied state tells a change of ours from drift made by hand, and is the only reason for
which anything is dropped (grants of roles that are managed authoritatively excepted).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from heapq import heapify, heappop, heappush
from typing import Any, cast

from .comes_with import with_what_comes
from .dangling import dangling_reads
from .errors import SchemaError
from .kinds import all_kinds, kind_named
from .ownership import gives_away, owner_change, towards_owner
from .plan import Cause, Operation, Operations, Plan, operation_of
from .regrant import give_again_what_goes
from .renaming import order_renames, rename_operation, renames, with_names
from .resource import Change, Resource
from .same_texts import with_declared_texts
from .state import Desired, State
from .undrop import is_inside, undropped, with_undropped
from .undrop import notes as undrop_notes
from .values import Key

NEW = "does not exist yet"
_SHARE_NAMES = frozenset({"table", "view", "dynamic_table"})
CauseOf = Callable[[Change], Cause]


def make_plan(desired: Desired, actual: State, last_applied: State | None = None) -> Plan:
    """Compute the operations that turn `actual` into `desired`.

    Args:
        desired: A compiled stack.
        actual: What introspection read; `State()` for an empty account.
        last_applied: What the journal holds; None when nothing was ever applied.

    Returns:
        A plan whose operations are in an order that respects their dependencies; empty when
        there is nothing to do. It does not depend on the order of any input.
    """
    last = last_applied or State()
    fingerprint = actual.fingerprint()
    renamed = renames(desired, actual)
    actual, last = with_names(actual, renamed), with_names(last, renamed)
    back = undropped(desired, actual, last)
    actual = with_undropped(actual, last, back)
    actual = with_declared_texts(with_what_comes(actual, desired), desired)
    notes = [*desired.notes, *undrop_notes(back)]
    operations: Operations = {}
    for key, resource in desired.resources.items():
        found = list(_towards(resource, actual.resources.get(key), last.resources.get(key)))
        if key in back:
            undrop = operation_of(key, back[key], "drift")
            found = [undrop, *(op.after({*op.depends_on, undrop.id}) for op in found)]
        if key in renamed:
            rename = rename_operation(resource, renamed[key])
            found = [rename, *(op.after({*op.depends_on, rename.id}) for op in found)]
        if found:
            operations[key] = found
        there = actual.resources.get(key)
        if there is not None:
            notes += kind_named(key.kind).notes(key.name, resource.spec, there.spec)
            notes += _left_in_force(resource, there, last.resources.get(key))
    removals: Operations = {}
    for resource in _to_remove(desired, actual, last, notes):
        applied = last.resources.get(resource.key)
        known = resource if applied is None else _with_unreadable(resource, applied)
        removals[resource.key] = [_removal(known, applied is not None)]
    _connect(operations, desired.resources)
    _connect_removals(removals, actual.resources, last.resources)
    _let_go_first(operations, removals, actual.resources, last.resources)
    _make_room(operations, removals)
    order_renames(operations, removals, renamed)
    merged: Operations = {**operations, **removals}
    for kind in all_kinds().values():
        kind.arrange(merged, desired.resources, actual.resources)
    give_again_what_goes(merged, desired.resources)
    _after_what_comes_back(merged, back)
    ordered = _in_order(op for group in merged.values() for op in group)
    notes += dangling_reads(desired, actual, ordered)
    return Plan(
        desired.project,
        desired.stack,
        fingerprint,
        ordered,
        tuple(notes),
    )


def _towards(
    wanted: Resource, there: Resource | None, last: Resource | None
) -> Iterator[Operation]:
    """The operations for one object that is wanted."""
    kind = kind_named(wanted.key.kind)
    name = wanted.key.name
    if there is None:
        cause: Cause = "drift" if last else "ours"
        yield from _chain(wanted.key, _making(wanted, last), lambda _: cause)
        return
    if last is not None:
        there = _with_unreadable(there, last)
    given = gives_away(wanted, there)
    if there.spec == wanted.spec and not given:
        return
    start = kind.given_away(there.spec) if given else there.spec
    changes = list(towards_owner(wanted, given, kind.difference(name, wanted.spec, start)))
    if not changes:
        return  # what differs is not managed: whose it is need not be found out
    ours: set[tuple[str, str, str]] | None = None
    if last is not None:
        since = [owner_change(wanted, "")] if last.owner != wanted.owner else []
        since += towards_owner(wanted, (), kind.difference(name, wanted.spec, last.spec))
        ours = {change.identity for change in since}

    def cause_of(change: Change) -> Cause:
        return "ours" if ours is None or change.identity in ours else "drift"

    yield from _chain(wanted.key, changes, cause_of)


def _making(wanted: Resource, last: Resource | None) -> Iterator[Change]:
    """The creation of an object, its owner, and what follows."""
    kind, name = kind_named(wanted.key.kind), wanted.key.name
    start = kind.given_away(wanted.spec) if wanted.owner else wanted.spec
    yield Change("create", _why_created(wanted, last), kind.create(name, start))
    if wanted.owner:
        yield owner_change(wanted, "")
    if start == wanted.spec:
        yield from kind.after_create(name, wanted.spec)
    else:
        yield from kind.difference(name, wanted.spec, start)


def _left_in_force(wanted: Resource, there: Resource, last: Resource | None) -> Iterator[str]:
    """What was declared, is not any more, and is not managed while it is absent."""
    if last is None:
        return
    kind, name = kind_named(wanted.key.kind), wanted.key.name
    for item in fields(wanted.spec):
        before = getattr(last.spec, item.name, None)
        is_kept = before is not None and getattr(there.spec, item.name, None) == before
        if not is_kept or not item.compare or getattr(wanted.spec, item.name) is not None:
            continue
        as_before = replace(wanted.spec, **{item.name: before})  # type: ignore[arg-type]
        changes, without = (
            [change.identity for change in kind.difference(name, spec, there.spec)]
            for spec in (wanted.spec, as_before)
        )
        if changes == without:
            yield (
                f"{wanted.key}: {item.name} stays {before}: it is not declared any more, and what "
                "is not declared is not changed; declare another value, or change it by hand"
            )


def _why_created(wanted: Resource, last: Resource | None) -> str:
    kind = kind_named(wanted.key.kind)
    told = kind.summary(wanted.spec)
    if last is None:
        return told or NEW
    gone = kind.gone_by_hand
    if kind.drop_class == "loss":
        gone += ", and nothing is left that UNDROP could bring back: it is made again, empty"
    return f"{told}: {gone}" if told else gone


def _with_unreadable(there: Resource, known: Resource) -> Resource:
    """Fields that the account did not tell are taken to be what was applied last."""
    never = _unreadable_fields(cast("Hashable", type(there.spec)))
    names = [name for name in never if name not in there.told]
    if not names:
        return there
    return replace(
        there, spec=replace(there.spec, **{name: getattr(known.spec, name) for name in names})
    )


@cache
def _unreadable_fields(spec_type: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(spec_type) if not item.metadata.get("readable", True))


def _chain(key: Key, changes: Iterable[Change], cause_of: CauseOf) -> Iterator[Operation]:
    """Changes of one object run one after another."""
    before: tuple[str, ...] = ()
    for change in changes:
        operation = operation_of(key, change, cause_of(change), before)
        before = (operation.id,)
        yield operation


def _to_remove(
    desired: Desired, actual: State, last: State, notes: list[str]
) -> Iterator[Resource]:
    """Objects that are there and must go: applied by us and no longer declared, or surplus."""
    going: dict[Key, Resource] = {}
    for key, resource in sorted(actual.resources.items()):
        if key in desired.resources:
            continue
        applied = last.resources.get(key)
        kind = kind_named(key.kind)
        if applied is None and not kind.is_surplus(resource, desired.resources):
            continue
        if not desired.account_admin and kind.needs_account_admin(resource.spec):
            # What an administrator gave in our place stays.
            if applied is not None:
                notes.append(f"{key} is not declared here, and stays: account_admin is false")
            continue
        if resource.protect or (applied is not None and applied.protect):
            notes.append(f"{key} is protected: it is no longer declared, and stays")
            continue
        going[key] = resource
    for container in ("schema", "database"):  # from the inside out
        for key in [key for key in going if key.kind == container]:
            inside = _held_inside(key, going, actual)
            if inside is not None:
                notes.append(f"{key} is no longer declared, and stays: it holds {inside}")
                del going[key]
    yield from going.values()


def _held_inside(container: Key, going: Mapping[Key, Resource], actual: State) -> Key | None:
    """Something in a schema or database that would be lost with it and is not ours to drop."""
    prefix = f"{container.name}."
    for key in actual.resources:
        # PUBLIC comes with every database, and a foreign key goes with its table.
        if key.name == f"{prefix}PUBLIC" or Key("table", key.name.partition("(")[0]) in going:
            continue
        if key.name.startswith(prefix) and key not in going:
            return key
    return None


def _removal(resource: Resource, was_applied: bool) -> Operation:
    kind = kind_named(resource.key.kind)
    reason = "is no longer declared" if was_applied else "is not declared"
    told = kind.summary(resource.spec)
    reason = f"{told} {reason}" if told else reason
    change = Change("drop", reason, kind.drop(resource.key.name, resource.spec), kind.drop_class)
    return operation_of(resource.key, change, "ours" if was_applied else "drift")


def _connect(operations: Operations, resources: Mapping[Key, Resource]) -> None:
    """The first operation of an object waits for the last of each object that it refers to.

    An object without operations hands on what it waits for.
    """
    settled: dict[Key, tuple[str, ...]] = {}
    for key, resource in resources.items():  # in dependency order
        waits = {op for ref in resource.references for op in settled.get(ref, ())}
        group = operations.get(key)
        if group:
            group[0] = group[0].after({*group[0].depends_on, *waits})
            settled[key] = (group[-1].id,)
        else:
            settled[key] = tuple(sorted(waits))


def _connect_removals(
    removals: Operations, actual: Mapping[Key, Resource], last: Mapping[Key, Resource]
) -> None:
    """What refers to an object goes before it."""
    for key, group in removals.items():
        resource = last.get(key) or actual[key]
        for ref in {*resource.references, *actual[key].references}:
            if ref in removals and ref != key:
                target = removals[ref][0]
                removals[ref][0] = target.after({*target.depends_on, group[-1].id})


def _after_what_comes_back(operations: Operations, back: Iterable[Key]) -> None:
    """Nothing happens to what is in a database, schema or table before that was undropped: also
    what an arrangement put before everything else."""
    for container in back:
        undrop = operations[container][0].id
        for key, group in operations.items():
            if key != container and is_inside(key, container):
                group[:] = [op.after({*op.depends_on, undrop}) for op in group]


def _let_go_first(
    operations: Operations,
    removals: Operations,
    actual: Mapping[Key, Resource],
    last: Mapping[Key, Resource],
) -> None:
    """What is not dropped while it is used goes after whatever stops using it."""
    held = {key for key in removals if kind_named(key.kind).held_by_use}
    for key, group in operations.items() if held else ():
        known = [state[key].references for state in (actual, last) if key in state]
        for ref in held.intersection(*[{r for refs in known for r in refs}]):
            drop = removals[ref][0]
            removals[ref][0] = drop.after({*drop.depends_on, *(op.id for op in group)})


def _make_room(operations: Operations, removals: Operations) -> None:
    """What leaves a name to an object of another kind goes before that is made: tables, views and
    dynamic tables share their names (Snowflake documentation, Identifier requirements)."""
    going = {key.name: group[-1].id for key, group in removals.items() if key.kind in _SHARE_NAMES}
    for key, group in operations.items():
        room = going.get(key.name) if key.kind in _SHARE_NAMES else None
        if room is not None and group[0].action == "create":
            group[0] = group[0].after({*group[0].depends_on, room})


def _in_order(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Topological, and among the ready ones by kind, name and place in their object."""
    rank = {name: index for index, name in enumerate(all_kinds())}
    by_id = {op.id: op for op in operations}
    waiting = {op.id: sum(d in by_id for d in op.depends_on) for op in by_id.values()}
    dependents: dict[str, list[str]] = {}
    for op in by_id.values():
        for needed in op.depends_on:
            dependents.setdefault(needed, []).append(op.id)

    def sort_key(op: Operation) -> tuple[bool, int, str, str]:
        removal = op.action == "drop"
        return (removal, -rank[op.kind] if removal else rank[op.kind], op.name, op.id)

    ready = [sort_key(by_id[i]) for i, count in waiting.items() if count == 0]
    heapify(ready)
    ordered: list[Operation] = []
    while ready:
        op = by_id[heappop(ready)[-1]]
        ordered.append(op)
        for dependent in dependents.get(op.id, ()):
            waiting[dependent] -= 1
            if waiting[dependent] == 0:
                heappush(ready, sort_key(by_id[dependent]))
    if len(ordered) < len(by_id):
        stuck = ", ".join(sorted(set(by_id) - {op.id for op in ordered})[:5])
        raise SchemaError(f"these operations wait for each other: {stuck}")
    return tuple(ordered)
