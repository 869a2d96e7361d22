"""A plan in words: folded lines, one line of an operation, counts. It prints nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hushflake.schema.fold import Detail, Folded, Group, Sign, Touched
    from hushflake.schema.plan import Operation, Plan

_SIGNS = {"create": "+", "undrop": "+", "drop": "-"}
_WORDS: "dict[Sign, str]" = {"+": "to create", "~": "to change", "-": "to drop"}
CLASSES = {
    "rebuild": "locks or rebuilds",
    "takeover": "takes over an existing object",
    "loss": "loses data",
}
_COUNTED_CLASSES = {
    "rebuild": ("locks or rebuilds", "lock or rebuild"),
    "takeover": ("takes over an existing object", "take over existing objects"),
    "loss": ("loses data", "lose data"),
}
_SHOWN_NAMES = 8
_MOST_ALIKE = 20
_SHOWN_DETAILS = 3


class Line(NamedTuple):
    """One line of a folded plan: `sign head: items [mark]`.

    Attributes:
        sign: `+`, `-` or `~`.
        head: The entity, or the kind with its number.
        items: What happens, to be separated by commas.
        mark: Whose changes these are, or "".
    """

    sign: "Sign"
    head: str
    items: tuple[str, ...]
    mark: str

    def __str__(self) -> str:
        text = f"{self.sign} {self.head}"
        text += f": {', '.join(self.items)}" if self.items else ""
        return f"{text} [{self.mark}]" if self.mark else text


def folded_lines(folded: "Folded") -> list[Line]:
    """Return one line per entity, and per kind for what belongs to no entity."""
    return [_of_entity(group) if group.entity else _of_kind(group) for group in folded.groups]


def shortened(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with one for all that differ in their entity only, where these are many."""
    alike: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        alike.setdefault((line.sign, line.items, line.mark), []).append(line)
    found = []
    for line in lines:
        same = alike[line.sign, line.items, line.mark]
        if not line.items or len(same) <= _MOST_ALIKE:
            found.append(line)
        elif line is same[0]:
            names = ", ".join(some([each.head for each in same], _SHOWN_NAMES))
            found.append(line._replace(head=f"{len(same)} entities alike ({names})"))
    return found


def spoken(kind: str) -> str:
    """What a reader calls a kind: "search service" for `cortex_search_service`."""
    from hushflake.schema.kinds import all_kinds

    found = all_kinds().get(kind)
    return (found.spoken if found is not None else "") or kind.replace("_", " ")


def counted(number: int, noun: str) -> str:
    """Return "1 table", "2 tables", "2 policies"."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a kind's name."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def sign_of(op: "Operation") -> str:
    """Return the sign of one operation."""
    return _SIGNS.get(op.action, "~")


def reason_of(op: "Operation") -> str:
    """Return why an operation is there, with its action when that does not show in its sign."""
    from hushflake.schema.planner import NEW

    # That something to create is not there yet, the sign says already.
    reason = "" if op.reason == NEW else op.reason
    action = "" if sign_of(op) != "~" else f"{op.action.replace('_', ' ')}:"
    return " ".join(filter(None, (action, reason)))


def summary(plan: "Plan") -> str:
    """Return the counts of a plan on one line."""
    from hushflake.schema.fold import object_signs

    signs = Counter(object_signs(plan).values())
    numbers = [(signs[sign], words) for sign, words in _WORDS.items() if signs[sign]]
    parts = [
        f"{number if place else counted(number, 'object')} {words}"
        for place, (number, words) in enumerate(numbers)
    ]
    classes = Counter[str](op.severity for op in plan.operations)
    parts += [
        f"{classes[name]} that {one if classes[name] == 1 else many}"
        for name, (one, many) in _COUNTED_CLASSES.items()
        if classes[name]
    ]
    drift = sum(op.cause == "drift" for op in plan.operations)
    if drift:
        parts.append(f"{drift} to undo changes made by hand")
    return f"{counted(len(plan.operations), 'operation')}: {', '.join(parts)}"


def grouped(plan: "Plan") -> "dict[str, list[Operation]]":
    """Return the operations by kind, in the order of the plan."""
    groups: dict[str, list[Operation]] = {}
    for op in plan.operations:
        groups.setdefault(op.kind, []).append(op)
    return groups


def _of_entity(group: "Group") -> Line:
    items = [
        item
        for kind, objects in group.by_kind().items()
        for item in _counts(spoken(kind), objects, group.sign)
    ]
    return Line(group.sign, group.entity, tuple(items), _mark(group))


def _counts(noun: str, objects: "Sequence[Touched]", common: "Sign") -> list[str]:
    """Objects of one kind of an entity: `table`, `+ 3 foreign keys`, `table (+ column X)`."""
    found = []
    for sign in ("+", "~", "-"):
        some = [item for item in objects if item.sign == sign]
        if not some:
            continue
        text = noun if len(some) == 1 else counted(len(some), noun)
        details = [detail for item in some for detail in item.details]
        text += f" ({_detailed(details)})" if details else ""
        found.append(text if sign in (common, "~") else f"{sign} {text}")
    return found


def _of_kind(group: "Group") -> Line:
    noun, objects = spoken(group.kind), group.objects
    if len(objects) == 1:
        only = objects[0]
        details = (_detailed(only.details),) if only.details else ()
        return Line(group.sign, f"{noun} {only.label}", details, _mark(group))
    names = Counter((_sign_shown(item, group.sign), _named(item)) for item in objects)
    listed = [
        f"{sign}{name}" if number == 1 else f"{sign}{number} {name}"
        for (sign, name), number in names.items()
    ]
    head = counted(len(objects), noun)
    return Line(group.sign, head, tuple(some(listed, _SHOWN_NAMES)), _mark(group))


def _named(item: "Touched") -> str:
    return item.label + (f" ({_detailed(item.details)})" if item.details else "")


def _sign_shown(item: "Touched", common: "Sign") -> str:
    return "" if item.sign in (common, "~") else f"{item.sign} "


def _detailed(details: "Iterable[Detail]") -> str:
    texts = [
        detail.text if detail.sign == "~" else f"{detail.sign} {detail.text}" for detail in details
    ]
    return ", ".join(some(texts, _SHOWN_DETAILS))


def some(texts: Sequence[str], most: int) -> list[str]:
    """Return the first of `texts`, with how many more there are."""
    if len(texts) <= most:
        return list(texts)
    return [*texts[:most], f"and {len(texts) - most} more"]


def _mark(group: "Group") -> str:
    operations = group.operations
    drift = sum(op.cause == "drift" for op in operations)
    if not drift:
        return ""
    return "drift" if drift == len(operations) else f"drift: {drift} of {len(operations)}"
