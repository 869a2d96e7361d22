"""Tags and policies on a table and its columns. Not a kind: a part of `table.py`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..names import Identifier
from ..values import Payload, Value
from .base import Change, Mistake
from .table_spec import Table

MAX_TAG_VALUE = 256
MAX_TAGS_A_COLUMN = 20


def governance_payload(spec: Table) -> Payload:
    """For CREATE TABLE: tags and policies by column, and those of the table."""
    columns: dict[str, Value] = {}
    for item in spec.masking:
        columns[item.column.sql] = {"masking": item.policy.sql, "tags": []}
    for tag in spec.tags:
        if tag.column is not None:
            entry = columns.setdefault(tag.column.sql, {"masking": None, "tags": []})
            assert isinstance(entry, dict)
            tags = entry["tags"]
            assert isinstance(tags, list)
            tags.append({"name": tag.tag.sql, "value": tag.value})
    of_table: list[Value] = [
        {"name": tag.tag.sql, "value": tag.value} for tag in spec.tags if tag.column is None
    ]
    access: Value = None
    if spec.row_access is not None:
        on: list[Value] = [column.sql for column in spec.row_access.on]
        access = {"policy": spec.row_access.policy.sql, "on": on}
    return {"governed": columns, "tags": of_table, "row_access": access}


def governance_mistakes(spec: Table) -> Iterator[Mistake]:
    """Limits of tags, and columns that are not there."""
    if not (spec.tags or spec.masking or spec.row_access):
        return
    known = {column.name for column in spec.columns}
    named = {tag.column for tag in spec.tags if tag.column is not None}
    named |= {item.column for item in spec.masking}
    named |= set(spec.row_access.on) if spec.row_access else set()
    for column in sorted(named - known):
        yield Mistake("tags", f"{column} is not a column", "declare it, or remove what names it")
    both = {item.column for item in spec.masking}
    both &= set(spec.row_access.on) if spec.row_access else set()
    for column in sorted(both):
        # Snowflake documentation, "Understanding Column-level Security", row access policies.
        message = f"{column} is masked, and decides in a row access policy: it can be in one only"
        yield Mistake("row_access", message, "let another column decide")
    for tag in spec.tags:
        if len(tag.value) > MAX_TAG_VALUE:
            message = f"the value of {tag.tag} has {len(tag.value)} characters"
            yield Mistake("tags", message, f"use at most {MAX_TAG_VALUE}")
    for column in sorted(known):
        count = sum(tag.column == column for tag in spec.tags)
        if count > MAX_TAGS_A_COLUMN:
            message = f"the column {column} has {count} tags"
            yield Mistake("tags", message, f"use at most {MAX_TAGS_A_COLUMN}")


def after_moves(desired: Table, actual: Table, changes: Iterable[Change]) -> Table:
    """The table with its tags and policies as they are once columns have changed like this: they
    go with a column that is renamed, and one that is replaced has what is declared."""
    moved = [change for change in changes if change.action in _MOVES]
    if not moved:
        return actual
    now: dict[str, str | None] = {column.name.sql: column.name.sql for column in actual.columns}
    replaced: set[str] = set()
    for change in moved:
        for source, target in _MOVES[change.action](change.payload):
            now |= {name: target for name, at in now.items() if at == source}
        if change.action == "migrate_column":
            replaced.add(str(change.payload["column"]))

    def at(column: Identifier) -> Identifier | None:
        place = now.get(column.sql, column.sql)
        return None if place is None else Identifier.parse(place)

    return replace(
        actual,
        masking=(
            *(replace(m, column=to) for m in actual.masking if (to := at(m.column)) is not None),
            *(m for m in desired.masking if m.column.sql in replaced),
        ),
        tags=(
            *(t for t in actual.tags if t.column is None),
            *(
                replace(t, column=to)
                for t in actual.tags
                if t.column is not None and (to := at(t.column)) is not None
            ),
            *(t for t in desired.tags if t.column is not None and t.column.sql in replaced),
        ),
        row_access=actual.row_access
        and replace(
            actual.row_access,
            on=tuple(to for column in actual.row_access.on if (to := at(column)) is not None),
        ),
    )


def _move(source: str, target: str | None) -> Callable[[Payload], list[tuple[str, str | None]]]:
    return lambda payload: [(str(payload[source]), str(payload[target]) if target else None)]


# Operations after which a column has another name, or is gone: (from, to) in their order.
_MOVES: dict[str, Callable[[Payload], list[tuple[str, str | None]]]] = {
    "rename_column": _move("column", "to"),
    "drop_column": _move("column", None),
    "migrate_column": _move("column", None),
    "finish_migration": lambda payload: [
        *_move("kept", None)(payload),
        *_move("new", "column")(payload),
    ],
}


def governance_changes(desired: Table, actual: Table) -> Iterator[Change]:
    """Tags and policies that differ; what is wider open closes last, so set before unset."""
    masked = {item.column: item.policy for item in desired.masking}
    was = {item.column: item.policy for item in actual.masking}
    for column, policy in masked.items():
        if was.get(column) != policy:
            payload: Payload = {"column": column.sql, "policy": policy.sql}
            yield Change(
                "set_masking",
                f"column {column} is masked by {policy}",
                payload,
                part=f"column {column}",
            )
    for column in (name for name in was if name not in masked):
        reason = f"column {column} is no longer masked"
        yield Change("unset_masking", reason, {"column": column.sql}, part=f"column {column}")
    if desired.row_access != actual.row_access:
        yield Change(
            "set_row_access",
            "its row access policy changes",
            {
                "old": actual.row_access.policy.sql if actual.row_access else None,
                "new": governance_payload(desired)["row_access"],
            },
        )
    tags = {(item.column, item.tag): item.value for item in desired.tags}
    had = {(item.column, item.tag): item.value for item in actual.tags}
    for (column_or_none, tag), value in tags.items():
        if had.get((column_or_none, tag)) != value:
            on = f"column {column_or_none}" if column_or_none else ""
            payload = {
                "column": column_or_none.sql if column_or_none else None,
                "tag": tag.sql,
                "value": value,
            }
            yield Change("set_tag", f"{tag} = {value}".strip(), payload, part=f"{on} {tag}".strip())
    for column_or_none, tag in (place for place in had if place not in tags):
        on = f"column {column_or_none}" if column_or_none else ""
        payload = {"column": column_or_none.sql if column_or_none else None, "tag": tag.sql}
        yield Change("unset_tag", f"{tag} goes", payload, part=f"{on} {tag}".strip())
