"""A plan folded for a reader: one group per entity, and per kind for what belongs to no entity.

Pure. What loses data, locks or rebuilds is never folded: it is handed on whole. Which entity an
object belongs to comes from what the compiler, or the journal, knows of it, never from its name.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .errors import SchemaError
from .kinds import all_kinds
from .kinds.base import Key, KindT, Resource
from .names import QualifiedName
from .plan import Operation, Plan

Sign = Literal["+", "-", "~"]
# First word of an action -> what it does to a part of an object; the others change it.
_ADDING = frozenset({"create", "undrop", "add", "grant"})
_REMOVING = frozenset({"drop", "unset", "remove", "revoke"})


@dataclass(frozen=True, slots=True)
class Detail:
    """A change within an object that stays.

    Attributes:
        sign: Whether it adds, removes or changes a part.
        text: The part that is touched ("column NAME"); without one, what changes.
    """

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Touched:
    """An object, and what the folded operations do to it.

    Attributes:
        key: Kind and full name.
        label: What to call it among others of its kind.
        sign: Made, dropped, or changed.
        details: What changes in it, or why it is made again; empty for what is new or dropped.
        operations: The folded operations, in the order of the plan.
    """

    key: Key
    label: str
    sign: Sign
    details: tuple[Detail, ...]
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that are shown on one line.

    Attributes:
        entity: The entity that they belong to, or "".
        kind: The kind that they have in common when they belong to no entity, or "".
        objects: In the order of the plan.
    """

    entity: str
    kind: str
    objects: tuple[Touched, ...]

    @property
    def sign(self) -> Sign:
        """`~` unless all of the objects are made, or all are dropped."""
        return _common({item.sign for item in self.objects})

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(op for item in self.objects for op in item.operations)

    def by_kind(self) -> dict[str, list[Touched]]:
        """The objects by their kind, in the order in which kinds are created."""
        found: dict[str, list[Touched]] = {}
        for item in sorted(self.objects, key=lambda item: list(all_kinds()).index(item.key.kind)):
            found.setdefault(item.key.kind, []).append(item)
        return found


@dataclass(frozen=True, slots=True)
class Folded:
    """A plan, folded.

    Attributes:
        groups: In the order of the first operation of each.
        whole: Every operation that is not safe, to be shown as it is.
    """

    groups: tuple[Group, ...]
    whole: tuple[Operation, ...]


def fold(plan: Plan, *states: Mapping[Key, Resource]) -> Folded:
    """Fold a plan.

    Args:
        plan: Any plan.
        states: Where to look up what an object belongs to, best first: what is declared, what was
            applied, what is in the account.
    """
    safe: dict[Key, list[Operation]] = {}
    for op in plan.operations:
        if op.severity == "safe":
            safe.setdefault(op.key, []).append(op)
    groups: dict[tuple[str, str], list[Touched]] = {}
    for key, operations in safe.items():
        entity = _entity_of(key, states)
        place = (entity, "") if entity else ("", key.kind)
        groups.setdefault(place, []).append(_touched(key, operations, states))
    return Folded(
        tuple(Group(*place, _told_apart(objects)) for place, objects in groups.items()),
        tuple(op for op in plan.operations if op.severity != "safe"),
    )


def object_signs(plan: Plan) -> dict[Key, Sign]:
    """Return for each object of a plan whether it is made, dropped or changed."""
    actions: dict[Key, list[str]] = {}
    for op in plan.operations:
        actions.setdefault(op.key, []).append(op.action)
    return {key: _sign_of(found) for key, found in actions.items()}


def _entity_of(key: Key, states: Sequence[Mapping[Key, Resource]]) -> str:
    """The entity of an object, or of what it is attached to: a grant on a table."""
    seen: set[Key] = set()
    while key not in seen:
        seen.add(key)
        for resource in _found(key, states):
            if resource.entity:
                return resource.entity
        known = next(_found(key, states), None)
        kind = all_kinds().get(key.kind)
        attached = kind.attached_to(known.spec) if known is not None and kind is not None else None
        if attached is None:
            return ""
        key = attached
    return ""


def _found(key: Key, states: Sequence[Mapping[Key, Resource]]) -> Iterator[Resource]:
    return (state[key] for state in states if key in state)


def _touched(
    key: Key, operations: Sequence[Operation], states: Sequence[Mapping[Key, Resource]]
) -> Touched:
    kind = all_kinds().get(key.kind)
    resource = next(_found(key, states), None)
    label, is_attached = "", False
    if kind is not None and resource is not None:
        label = kind.label(resource.spec)
        is_attached = kind.attached_to(resource.spec) is not None
    sign = _sign_of([op.action for op in operations])
    # What is attached to another object is only counted.
    # Why something that was there is made again is worth a word.
    is_told = sign == "~" or any(op.cause == "drift" for op in operations)
    details = _details(kind, operations) if is_told and not is_attached else ()
    return Touched(key, label or _last_part(key.name), sign, details, tuple(operations))


def _told_apart(objects: Sequence[Touched]) -> tuple[Touched, ...]:
    """With their full names where objects of different containers have the same last part."""
    names = Counter(item.label for item in objects if item.label == _last_part(item.key.name))
    return tuple(
        replace(item, label=item.key.name) if names[item.label] > 1 else item for item in objects
    )


def _sign_of(actions: Sequence[str]) -> Sign:
    """Of all that is done to an object: what is made and dropped in one plan is changed."""
    made = any(action in ("create", "undrop") for action in actions)
    dropped = "drop" in actions
    return "~" if made == dropped else "+" if made else "-"


def _details(kind: KindT | None, operations: Sequence[Operation]) -> tuple[Detail, ...]:
    """What changes, without what only prepares or ends it, unless that is all."""
    in_passing = kind.in_passing if kind is not None else frozenset()
    telling = [op for op in operations if op.action not in in_passing and not op.always]
    return tuple(
        dict.fromkeys(
            Detail(_action_sign(op.action), op.part)
            if op.part
            else Detail("~", op.reason or op.action.replace("_", " "))
            for op in telling or operations
        )
    )


def _action_sign(action: str) -> Sign:
    verb = action.partition("_")[0]
    return "+" if verb in _ADDING else "-" if verb in _REMOVING else "~"


def _common(signs: set[Sign]) -> Sign:
    return signs.pop() if len(signs) == 1 else "~"


def _last_part(name: str) -> str:
    """The name without its containers; what is no plain name stays as it is."""
    try:
        parsed = QualifiedName.parse(name)
    except SchemaError:
        return name
    return QualifiedName(parsed.parts[-1:], parsed.arguments).sql
