"""Decides what the secrets of a run are called: one value, one key."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .fakes import fake, is_word
from .model import Choices, Found, Place


@dataclass
class Group:
    """All places of one value outside of tests.

    Attributes:
        value: The secret.
        places: Where it stands, in order.
        names: What its key may be called, the best first.
        fixed: Keys that the code reads it under already.
        key: What it is called.
        taken: Why the best name cannot be used, "" if it can.
        differs: Whether a store holds another value under the key, so that only its reads use it.
    """

    value: str = field(repr=False)
    places: list[Found] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    key: str = ""
    taken: str = ""
    differs: bool = False

    def suggestion(self, used: Collection[str]) -> str:
        """Return a free name."""
        free = [name for name in self.names if name not in used]
        number = 2
        while not free:
            name = f"{self.names[0]}_{number}"
            free = [] if name in used else [name]
            number += 1
        return free[0]


@dataclass
class Plan:
    """What is decided, and what is not."""

    groups: list[Group]
    fakes: dict[str, str] = field(repr=False)
    left: dict[Place, str]

    @property
    def undecided(self) -> list[Group]:
        """The groups whose best name is taken."""
        return [group for group in self.groups if group.taken]

    def values(self) -> dict[str, str]:
        """Return key -> value: what the store has to hold."""
        held = {group.key: group.value for group in self.groups if group.key}
        return {**held, **{key: group.value for group in self.groups for key in group.fixed}}

    def choices(self) -> Choices:
        """Return what the transform needs to know."""
        keys = {one.value: one.key for one in self.groups if one.key and not one.differs}
        return Choices(keys, self.fakes, self.left)


def group(found: Iterable[Found]) -> Plan:
    """Put the places of each value together, and leave those that contradict each other."""
    found = [each for each in found if not each.reason]
    left = _disputed([each for each in found if not each.in_test])
    groups: dict[str, Group] = {}
    for each in found:
        if each.in_test or each.place in left:
            continue
        one = groups.setdefault(each.value, Group(each.value))
        one.places.append(each)
        if each.key:
            one.fixed += [each.key] * (each.key not in one.fixed)
        one.names += [name for name in each.names if name not in one.names]
    fakes = _fakes(sorted(found, key=lambda each: not each.in_test), left)
    return Plan(list(groups.values()), fakes, left)


def name(
    plan: Plan,
    given: Mapping[Place, str],
    taken: Mapping[str, str],
    held: Collection[str] = (),
    other: Collection[str] = (),
) -> None:
    """Give every group its key, or say why its best name is taken.

    Args:
        plan: The groups; they are changed.
        given: Place -> key that the user named for it.
        taken: Key -> who has it already.
        held: What a store holds: pairs joined by NUL, `key\\0value`.
        other: Keys of reads that a store holds with another value than their default.
    """
    used: dict[str, str] = {}
    for one in plan.groups:
        used.update((key, one.value) for key in one.fixed)
    for one in plan.groups:
        named = [given[each.place] for each in one.places if each.place in given]
        fixed = [key for key in one.fixed if key not in other]
        if all(each.key for each in one.places):
            fixed = fixed or one.fixed
        if named or fixed:
            one.key = (named or fixed)[0]
            one.differs = one.key in other
            used.setdefault(one.key, one.value)
    for one in plan.groups:
        if one.key:
            continue
        best = one.names[0]
        is_held = f"{best}\0{one.value}" in held
        if best in used and used[best] != one.value:
            one.taken = "is the key of another secret here"
        elif best in taken and not is_held:
            one.taken = taken[best]
        else:
            one.key = best
            used[best] = one.value


def alone(found: Sequence[Found]) -> Choices:
    """Decide for one source that nobody else is asked about."""
    plan = group(found)
    name(plan, {}, {})
    used = {one.key for one in plan.groups}
    for one in plan.undecided:
        one.key = one.suggestion(used)
        used.add(one.key)
    return plan.choices()


def _disputed(found: Sequence[Found]) -> dict[Place, str]:
    """Return the defaults of keys that other reads give another default."""
    values: dict[str, set[str]] = {}
    for each in found:
        if each.key:
            values.setdefault(each.key, set()).add(each.value)
    return {
        each.place: "disputed-default" for each in found if each.key and len(values[each.key]) > 1
    }


def _fakes(found: Sequence[Found], left: dict[Place, str]) -> dict[str, str]:
    fakes: dict[str, str] = {}
    used: set[str] = set()
    for each in found:
        if is_word(each.value):
            if each.in_test:
                left[each.place] = "test-word"
        elif each.value not in fakes:
            key = each.key or (each.names[0] if each.names else "SECRET")
            number = 0
            while (made := fake(each.value, key, number)) in used:
                number += 1
            fakes[each.value] = made
            used.add(made)
    return fakes
