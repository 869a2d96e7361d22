"""Masking policies on tags: what they mask of which table. Not a kind: a part of `tag.py`.

https://docs.snowflake.com/en/user-guide/tag-based-masking-policies
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..names import Identifier, QualifiedName, Sql
from ..types import parse_type
from ..values import Key, Value
from .base import Mistake, Operations, Resource, Resources
from .masking_policy import MaskingPolicy
from .table_spec import Table


def masked_by_tags(
    table: Table, resources: Mapping[Key, Resource]
) -> Iterator[tuple[Identifier, QualifiedName]]:
    """Yield the columns that tags mask, each with a policy that may be in force on it.

    A policy counts where its first argument has the type of the column, and one that nobody here
    declares for every column. A policy on the column itself wins.
    """
    own = {item.column for item in table.masking}
    for column in table.columns:
        if column.name in own:
            continue
        tags = {item.tag for item in table.tags if item.column in (None, column.name)}
        for policy in sorted({policy for tag in tags for policy in _policies(tag, resources)}):
            if family_of(policy, resources) in (None, parse_type(column.type).family):
                yield column.name, policy


def family_of(policy: QualifiedName, resources: Mapping[Key, Resource]) -> str | None:
    """Return the type that a policy masks, without its arguments; None: it is not known here."""
    resource = resources.get(Key("masking_policy", policy.sql))
    spec = resource.spec if resource is not None else None
    if not isinstance(spec, MaskingPolicy) or not spec.arguments:
        return None
    return parse_type(spec.arguments[0].type).family


def _policies(tag: QualifiedName, resources: Mapping[Key, Resource]) -> tuple[QualifiedName, ...]:
    resource = resources.get(Key("tag", tag.sql))
    spec: Any = resource.spec if resource is not None else None
    return spec.masking_policies if spec is not None else ()


def two_of_a_type(policies: Iterable[QualifiedName], resources: Resources) -> Iterator[Mistake]:
    """A tag takes one policy per type."""
    held: dict[str, QualifiedName] = {}
    for policy in policies:
        family = family_of(policy, resources)
        if family is not None and family in held:
            message = f"{held[family]} and {policy} both mask {family}: a tag takes one per type"
            yield Mistake("masking_policies", message, "keep one")
        elif family is not None:
            held[family] = policy


def unreadable_columns(table: Table, resources: Resources) -> Iterator[Mistake]:
    """Columns that no query reads, because two tags mask them; and those that a row access policy
    reads too, which Snowflake refuses."""
    known: dict[Identifier, list[QualifiedName]] = {}
    for column, policy in masked_by_tags(table, resources):
        if family_of(policy, resources) is not None:
            known.setdefault(column, []).append(policy)
    for column, policies in known.items():
        if len(policies) > 1:
            named = " and ".join(map(str, policies))
            message = f"tags mask the column {column} with {named}: no query could read it"
            yield Mistake("tags", message, "take a tag away, or mask the column by itself")
        if table.row_access is not None and column in table.row_access.on:
            message = f"a tag masks {column}, which decides in a row access policy"
            yield Mistake("row_access", message, "let another column decide")


def without_replaced(operations: Operations, desired: Resources, actual: Resources) -> None:
    """Leave to `SET … FORCE` what it replaces: a policy of the same type is gone when UNSET comes.

    Of a policy whose type is not known here, the next plan takes away what is left.
    """
    resources = {**actual, **desired}
    for group in operations.values():
        for place, op in enumerate(group):
            if op.kind != "tag" or op.action != "set_policies" or not op.payload["set"]:
                continue
            came = {_family_named(name, resources) for name in _names(op.payload["set"])}
            kept: list[Value] = [
                name
                for name in _names(op.payload["unset"])
                if None not in came and _family_named(name, resources) not in {None, *came}
            ]
            group[place] = replace(op, payload={**op.payload, "unset": kept})


def _names(value: Value) -> list[Sql]:
    return [name for name in value if isinstance(name, Sql)] if isinstance(value, list) else []


def _family_named(name: Sql, resources: Mapping[Key, Resource]) -> str | None:
    return family_of(QualifiedName.parse(name), resources)
