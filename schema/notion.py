"""The `notion:` mapping of an entity: which Notion data source it is kept in step with, and how."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import yaml

from .binding import converter
from .context import Context
from .kinds.annotations import Range
from .names import Identifier
from .nodes import Node

PropertyType = Literal[
    "title", "rich_text", "number", "select", "multi_select", "status", "date", "people",
    "checkbox", "url", "email", "phone_number", "relation", "formula", "rollup", "created_time",
    "last_edited_time", "created_by", "last_edited_by", "unique_id", "files", "verification",
    "place",
]  # fmt: skip
COMPUTED: Final = frozenset(
    {"formula", "rollup", "created_time", "last_edited_time", "created_by", "last_edited_by",
     "unique_id", "files", "verification", "place"}
)  # fmt: skip
# Types that hold several values need a column that does.
SEVERAL: Final = frozenset({"multi_select", "people", "relation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NotionField:
    """The property that a field is kept in.

    Attributes:
        type: Of the property; empty: what fits the field's type (`default_type`).
        owner: Whose changes count; the other side's are put back, and recorded.
        time_zone: For `date` on a TIMESTAMP_NTZ field: whose clock the field is on.
    """

    property: str
    type: PropertyType | None = None
    owner: Literal["both", "notion", "snowflake"] = "both"
    time_zone: str = "UTC"


def _read_fields(node: Node, context: Context) -> Any:
    """`field: Property` is `field: {property: Property}`."""
    if isinstance(node, yaml.MappingNode):
        pairs = [(key, _long(value)) for key, value in node.value]
        node = yaml.MappingNode(node.tag, pairs, node.start_mark, node.end_mark)
    return _FIELDS(node, context)


def _long(value: Node) -> Node:
    if not isinstance(value, yaml.ScalarNode):
        return value
    key = yaml.ScalarNode("", "property", value.start_mark, value.end_mark)
    return yaml.MappingNode("", [(key, value)], value.start_mark, value.end_mark)


_FIELDS: Final = converter(dict[Identifier, NotionField])


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """More deletions than this in one cycle are not carried out unasked; one always is."""

    rows: Annotated[int, Range(0, 1_000_000)] = 20
    percent: Annotated[int, Range(0, 100)] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictProperties:
    """The properties by which conflicts are shown and decided in Notion.

    Attributes:
        shown: A text: what is in conflict. The sync writes it.
        choice: A select: whose value is to stand.
    """

    shown: str = "Sync conflict"
    choice: str = "Sync decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notion:
    """How an entity and a Notion data source are kept in step.

    Attributes:
        data_source: Its id; empty: the stack says it (`settings: {notion: {ENTITY: id}}`).
        fields: Field -> property.
        body: The field that holds the page's content as Markdown.
        sync_id: The property that ties a page to its row.
        winner: Whose value stands when both sides changed a field.
        markdown: The version of Notion's Markdown for content that is read for the first time, or
            that an editor changed. Other content keeps the version in which both sides agreed.
        conflicts: Conflicts can be decided in Notion, by these properties; None: they cannot.
    """

    fields: Mapping[Identifier, NotionField] = field(
        default_factory=dict, metadata={"convert": _read_fields}
    )
    data_source: str = ""
    body: Identifier | None = None
    sync_id: str = "sync_id"
    winner: Literal["notion", "snowflake"] = "notion"
    brake: Brake = field(default_factory=Brake)
    markdown: Literal["v1", "v2"] = "v1"
    conflicts: ConflictProperties | None = None


_DEFAULTS: Final = {
    "NUMBER": "number",
    "FLOAT": "number",
    "BOOLEAN": "checkbox",
    "DATE": "date",
    "TIMESTAMP_NTZ": "date",
    "TIMESTAMP_LTZ": "date",
    "TIMESTAMP_TZ": "date",
    "ARRAY": "multi_select",
    "VARCHAR": "rich_text",
}
_TAKES: Final[dict[str, frozenset[str]]] = {
    "number": frozenset({"NUMBER", "FLOAT"}),
    "checkbox": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "VARCHAR"}),
    "created_time": frozenset({"TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "VARCHAR"}),
    "last_edited_time": frozenset({"TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "VARCHAR"}),
    "formula": frozenset({"VARCHAR", "NUMBER", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP_LTZ"}),
    "rollup": frozenset({"VARCHAR", "NUMBER", "FLOAT", "DATE", "TIMESTAMP_LTZ", "ARRAY"}),
    "files": frozenset({"ARRAY", "VARCHAR"}),
    "verification": frozenset({"VARCHAR"}),
    "place": frozenset({"VARCHAR"}),
    **dict.fromkeys(SEVERAL, frozenset({"ARRAY", "VARCHAR"})),
}


def base_type(sql_type: str) -> str:
    """Return a Snowflake type without its arguments."""
    return sql_type.partition("(")[0].strip()


def default_type(sql_type: str) -> str | None:
    """Return the property type that fits a Snowflake type; None: nothing does."""
    return _DEFAULTS.get(base_type(sql_type))


def mistakes(
    declared: Notion, types: Mapping[Identifier, str], key: tuple[Identifier, ...]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a mapping, and what would be right.

    Args:
        types: Every field of the entity -> its Snowflake type.
        key: The key of the entity.
    """
    if not declared.fields:
        return
    titles = [name for name, item in declared.fields.items() if item.type == "title"]
    if len(titles) != 1:
        yield "a data source has exactly one title", "give one field type: title"
    if declared.body is not None and declared.body not in types:
        yield f"the body {declared.body} is not a field", "name a field of the entity"
    elif declared.body is not None and base_type(types[declared.body]) != "VARCHAR":
        yield f"the body {declared.body} is {types[declared.body]}", "a body needs a text field"
    if declared.body in declared.fields:
        yield f"{declared.body} is both the body and a property", "keep one"
    taken = [declared.sync_id, *(item.property for item in declared.fields.values())]
    if declared.conflicts is not None:
        taken += [declared.conflicts.shown, declared.conflicts.choice]
    for twice in sorted({other for other in taken if taken.count(other) > 1}):
        yield f"the property {twice!r} is used twice", "give each field its own"
    for name, item in declared.fields.items():
        if name not in types:
            yield f"{name} is not a field", "name a field of the entity"
            continue
        kind = item.type or default_type(types[name])
        if kind is None or base_type(types[name]) not in _TAKES.get(kind, {"VARCHAR"}):
            problem = f"{name} is {types[name]}, which no property of type {kind} can hold"
            yield problem, "choose another property type, or leave the field out"
        if kind in COMPUTED and (item.owner == "snowflake" or name in key):
            yield f"{name}: Notion computes {kind} itself", "leave owner out"
