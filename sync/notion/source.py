"""A data source against its mapping: which property is which, what is missing, what changed.

Properties are followed by their ids, so that a property that an editor renames stays tied to its
field. What was dropped, or changed its type, stops the sync of the entity: writing on would lose
values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..desk import CHOICES
from ..errors import MappingError
from ..mapping import EntityMap

# Properties that need more than a name: other data sources, formulas, options.
_BY_HAND = frozenset({"relation", "formula", "rollup", "status", "unique_id", "verification"})
# Properties of the sync itself: its tie, and what conflicts are shown and decided by.
_OWN: Mapping[str, Any] = {
    "rich_text": {"rich_text": {}},
    "select": {"select": {"options": [{"name": name} for name in CHOICES]}},
}


@dataclass(frozen=True)
class Binding:
    """Which property of a data source is which.

    Attributes:
        names: Property of the mapping -> the property's name in Notion now.
        ids: Property of the mapping -> its id in Notion, to be found again by.
        renamed: What to tell: properties that have another name than in the mapping.
    """

    names: Mapping[str, str]
    ids: Mapping[str, str]
    renamed: tuple[str, ...] = ()


@dataclass
class Differences:
    """What a data source lacks.

    Attributes:
        addable: What a request can add: name -> configuration.
        by_hand: What an editor has to make.
        wrong: Properties of another type, and others that nothing but an editor can put right.
        unmapped: What it has beside: `Approve (button)`.
    """

    addable: dict[str, Any] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)


def bind(of: EntityMap, source: Mapping[str, Any], known: Mapping[str, str]) -> Binding:
    """Tie the mapping's properties to those of a data source.

    Args:
        source: As Notion answers.
        known: The ids of an earlier binding.

    Raises:
        MappingError: A property is gone, or of another type; the data source is in the trash.
    """
    if source.get("in_trash") or source.get("archived"):
        raise MappingError(f"the data source of {of.entity} is in Notion's trash: restore it")
    by_name, by_id = _properties(source)
    names, ids, renamed, problems = {}, {}, [], []
    for wanted, kind in _wanted(of):
        # By its id first: another property may have got the old name.
        found = by_id.get(known.get(wanted, "")) or by_name.get(wanted)
        if found is None:
            problems.append(f"it has no property {wanted!r} ({kind})")
        elif found["type"] != kind:
            problems.append(f"the property {wanted!r} is {found['type']}, not {kind}")
        else:
            names[wanted], ids[wanted] = str(found["name"]), str(found["id"])
            if found["name"] != wanted:
                renamed.append(f"{wanted!r} is called {found['name']!r} in Notion now")
    if problems:
        raise MappingError(
            f"the data source of {of.entity} is not as its mapping has it, so nothing was synced: "
            + "; ".join(problems)
            + ". Correct it in Notion or in notion:, or run `hushflake sync notion --init`"
        )
    return Binding(names, ids, tuple(renamed))


def differences(of: EntityMap, source: Mapping[str, Any], known: Mapping[str, str]) -> Differences:
    """Return what a data source lacks to fit the mapping."""
    by_name, by_id = _properties(source)
    found = Differences()
    converters = {item.property_name: item for item in of.properties}
    taken = set()
    for wanted, kind in _wanted(of):
        there = by_id.get(known.get(wanted, "")) or by_name.get(wanted)
        if there is not None:
            taken.add(there["name"])
            if there["type"] != kind:
                found.wrong.append(f"{wanted!r} is {there['type']}, not {kind}")
        elif kind == "title":
            title = next((n for n, p in by_name.items() if p["type"] == "title"), "")
            found.by_hand.append(f"rename the title property {title!r} to {wanted!r}")
            taken.add(title)
        elif kind in _BY_HAND:
            found.by_hand.append(f"add the property {wanted!r} of type {kind}")
        else:
            item = converters.get(wanted)
            found.addable[wanted] = dict(item.converter.schema()) if item else _OWN[kind]
    found.unmapped = [f"{n} ({p['type']})" for n, p in sorted(by_name.items()) if n not in taken]
    return found


def _wanted(of: EntityMap) -> list[tuple[str, str]]:
    mapped = [(f.property_name, f.kind) for f in of.properties]
    if of.conflicts is not None:
        mapped += [(of.conflicts.shown, "rich_text"), (of.conflicts.choice, "select")]
    return [(of.sync_id, "rich_text"), *mapped]


def _properties(
    source: Mapping[str, Any],
) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    items = [{"name": name, **item} for name, item in source.get("properties", {}).items()]
    return {item["name"]: item for item in items}, {item["id"]: item for item in items}
