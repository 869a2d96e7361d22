"""Which masking policy stands before a column: its own, or one of a tag that it bears.

https://docs.snowflake.com/en/user-guide/tag-based-masking-policies
"""

from typing import Any, NamedTuple

from ..engine.catalogue import Catalogue, Object
from ..language.errors import SqlError
from ..language.types import from_json


class Mask(NamedTuple):
    """A policy, and the columns that it is given."""

    policy: int
    columns: list[str]


def masks_of(catalogue: Catalogue, item: Object) -> dict[str, Mask]:
    """Return the masks of a table's or view's columns by their names.

    Raises:
        SqlError: Tags give a column more than one policy, or one that asks for a column that is not
            there.
    """
    around = tags_around(catalogue, item)
    found: dict[str, Mask] = {}
    columns = item.body.get("columns") or []
    for column in columns:
        name = str(column["name"])
        if column.get("masking_policy"):
            others = (column.get("masking_using") or [])[1:]
            found[name] = Mask(int(column["masking_policy"]), [name, *others])
        elif around or column.get("tags"):
            policies = policies_by_tags(catalogue, column, around)
            if len(policies) > 1:
                raise _unusable(name, "multiple masking policies by tags")
            for policy in policies:
                found[name] = Mask(policy.id, [name, *_others(policy, name, columns)])
    return found


def policies_by_tags(
    catalogue: Catalogue, column: dict[str, Any], around: set[str]
) -> list[Object]:
    """Return the policies of a column's tags whose first argument has its type.

    Args:
        catalogue: Of the tags.
        column: Of a body.
        around: Ids of the tags of what the column is in.
    """
    found: dict[int, Object] = {}
    for key in around | set(column.get("tags") or {}):
        for policy in policies_of_tag(catalogue, catalogue.get(int(key))):
            if first_type(policy) == from_json(column["type"]).base:
                found[policy.id] = policy
    return [found[key] for key in sorted(found)]


def policies_of_tag(catalogue: Catalogue, tag: Object | None) -> list[Object]:
    """Return the masking policies that are set on a tag, none on one that was dropped."""
    if tag is None or tag.dropped is not None:
        return []
    held = [catalogue.get(key) for key in tag.body.get("masking_policies") or []]
    return [policy for policy in held if policy is not None]


def first_type(policy: Object) -> str:
    """Return the type of what a policy masks, without its arguments."""
    return from_json(policy.body["arguments"][0]["type"]).base


def bears(catalogue: Catalogue, item: Object, tag: int) -> bool:
    """Tell whether a table or view, or a column of it, bears a tag, by itself or by what it is in."""
    columns = item.body.get("columns") or []
    return str(tag) in tags_around(catalogue, item).union(*(c.get("tags") or () for c in columns))


def tags_around(catalogue: Catalogue, item: Object) -> set[str]:
    """Return the ids of the tags on an object, its schema and its database."""
    found: set[str] = set()
    here: Object | None = item
    while here is not None:
        found.update(here.body.get("tags") or ())
        here = catalogue.get(here.parent) if here.parent else None
    return found


def _others(policy: Object, name: str, columns: list[dict[str, Any]]) -> list[str]:
    """Return the columns of a conditional policy's other arguments: they are found by name."""
    types = {column["name"]: from_json(column["type"]).base for column in columns}
    names = []
    for argument in policy.body["arguments"][1:]:
        names.append(str(argument["name"]))
        if argument["name"] not in types:
            raise _unusable(
                name,
                "a masking policy where the table doesn't have a column for a secondary "
                "argument name of the policy",
            )
        if types[argument["name"]] != from_json(argument["type"]).base:
            raise _unusable(
                name,
                "a masking policy where the table has a column with different data-type for a "
                "secondary argument name",
            )
    return names


def _unusable(column: str, what: str) -> SqlError:
    return SqlError(
        f"SQL execution error: Column {column} is mapped to {what}."
        "Please contact your local administrator to fix the issue.",
        3551,
        "22023",
    )
