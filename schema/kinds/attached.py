"""Tags and policies on tables, read back: https://docs.snowflake.com/en/sql-reference/functions

TAG_REFERENCES_ALL_COLUMNS is asked once a table that has tags, POLICY_REFERENCES once a policy. An
account that refuses tells nothing, and what was applied last counts. Not a kind: a part of
`table.py`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..names import Identifier, QualifiedName, Sql, literal
from ..values import Key, Row
from .properties import words
from .reading import Answer, Query, Scope
from .table_spec import Assignment, Masking, RowAccess

POLICIES: Final = ("masking_policy", "row_access_policy")
_TAGS: Final = "TAG_REFERENCES_ALL_COLUMNS"
_POLICY: Final = "POLICY_REFERENCES"


def attached_queries(scope: Scope) -> Iterator[Query]:
    """The statements that tell what is attached to the tables of a scope."""
    for name in scope.singly.get("table", ()):
        database = QualifiedName.parse(name).parts[0]
        sql = (
            f"SELECT * FROM TABLE({database}.INFORMATION_SCHEMA.{_TAGS}({literal(name)}, 'table'))"
        )
        yield Query(sql, Key("table", name), optional=True)
    declared = {Key(kind, name) for kind in POLICIES for name in scope.declared.get(kind, ())}
    for key in scope.policies:
        database = QualifiedName.parse(key.name).parts[0]
        sql = (
            f"SELECT * FROM TABLE({database}.INFORMATION_SCHEMA.{_POLICY}"
            f"(POLICY_NAME => {literal(key.name)}))"
        )
        # Policies of others are asked for without knowing that they are there.
        yield Query(sql, key if key in declared else None, optional=True)


def is_attached(answer: Answer) -> bool:
    """Whether an answer is one of `attached_queries`."""
    return f".{_TAGS}(" in answer.query.sql or f".{_POLICY}(" in answer.query.sql


class Attached:
    """What the answers to `attached_queries` tell of each table."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        asked = [answer for answer in answers if is_attached(answer)]
        tags = [answer for answer in asked if f".{_TAGS}(" in answer.query.sql]
        policies = [answer for answer in asked if answer not in tags]
        self._tags: Mapping[str, Sequence[Row]] = {
            answer.query.needs.name: answer.rows
            for answer in tags
            if answer.query.needs is not None and not answer.failed
        }
        # One refusal, and the rest is not the whole of it.
        self._knows_policies = bool(policies) and not any(item.failed for item in policies)
        self._policies: dict[str, list[Row]] = {}
        for row in (row for answer in policies for row in answer.rows):
            place = (row["ref_database_name"], row["ref_schema_name"], row["ref_entity_name"])
            on_a_tag = words(row.get("tag_name")) or row.get("ref_entity_domain") == "TAG"
            if all(place) and not on_a_tag:
                self._policies.setdefault(QualifiedName.of(*place).sql, []).append(row)

    def of(self, table: Sql) -> dict[str, Any]:
        """The fields of a table that were told."""
        found: dict[str, Any] = {}
        if table in self._tags:
            found["tags"] = tuple(sorted(_assignments(self._tags[table]), key=_place))
        if self._knows_policies:
            rows = self._policies.get(table, ())
            masks = [row for row in rows if words(row.get("ref_column_name"))]
            access = [row for row in rows if not words(row.get("ref_column_name"))]
            found["masking"] = tuple(
                Masking(column=Identifier(row["ref_column_name"]), policy=_policy(row))
                for row in masks
            )
            found["row_access"] = (
                RowAccess(policy=_policy(access[0]), on=_columns(access[0])) if access else None
            )
        return found


def _policy(row: Row) -> QualifiedName:
    return QualifiedName.of(row["policy_db"], row["policy_schema"], row["policy_name"])


def _columns(row: Row) -> tuple[Identifier, ...]:
    """`[ "A", "B" ]`, the columns that a row access policy is given."""
    return tuple(
        Identifier(name) for name in json.loads(words(row["ref_arg_column_names"]) or "[]")
    )


def _assignments(rows: Iterable[Row]) -> Iterator[Assignment]:
    """Tags that are on a column or on the table itself, each once; inherited and Snowflake's own
    ones are not the table's to declare."""
    found: set[Assignment] = set()
    for row in rows:
        level = words(row.get("level")).upper()
        if level not in ("COLUMN", "TABLE") or row["tag_database"] == "SNOWFLAKE":
            continue
        column = Identifier(row["column_name"]) if level == "COLUMN" else None
        tag = QualifiedName.of(row["tag_database"], row["tag_schema"], row["tag_name"])
        found.add(Assignment(tag=tag, value=words(row["tag_value"]), column=column))
    yield from found


def _place(item: Assignment) -> tuple[str, str]:
    return (item.column.text if item.column else "", item.tag.sql)
