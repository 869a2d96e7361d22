"""ALTER TABLE … ALTER COLUMN: types, defaults, nulls, comments, policies and tags of columns."""

from collections.abc import Callable
from typing import Any

import duckdb

from ..engine import storage
from ..engine.catalogue import Object
from ..language.errors import compilation
from ..language.parser import Parser
from ..language.types import read_type
from ..sessions.session import Session
from .applying import require_apply, require_unset
from .table_edits import apply, change_type, column_of, with_column


def alter_columns(parser: Parser, session: Session, item: Object) -> None:
    """Run what follows ALTER or MODIFY: one change of a column, or several."""
    opened = parser.accept("(")
    current = item
    steps: list[Callable[[duckdb.DuckDBPyConnection], None]] = []
    while True:
        parser.accept("COLUMN")
        name = parser.identifier()
        column = column_of(current, name)
        column, step = _alter_column(parser, session, current, column)
        current = with_column(current, name, column)
        if step is not None:
            steps.append(step)
        if not parser.accept(","):
            break
        parser.accept("MODIFY") or parser.accept("ALTER")
    if opened:
        parser.expect(")")
    parser.end()

    def edit(cursor: duckdb.DuckDBPyConnection) -> Object:
        for step in steps:
            step(cursor)
        return current

    apply(session, item, edit)


_APPLIED = (
    ("SET", "TAG"),
    ("UNSET", "TAG"),
    ("SET", "MASKING", "POLICY"),
    ("UNSET", "MASKING", "POLICY"),
)


_MASKING = {"masking_policy", "masking_using"}


def _alter_column(  # noqa: C901 - one clause a branch
    parser: Parser, session: Session, item: Object, column: dict[str, Any]
) -> tuple[dict[str, Any], Callable[[duckdb.DuckDBPyConnection], None] | None]:
    name = column["name"]
    if not any(parser.looking_at(*words) for words in _APPLIED):
        session.identity.require_ownership(item)
    if parser.accept("COMMENT"):
        return {**column, "comment": parser.string()}, None
    if parser.accept("UNSET", "COMMENT"):
        return {key: value for key, value in column.items() if key != "comment"}, None
    if parser.accept("DROP", "DEFAULT"):
        if column.get("default_by_alter"):
            # https://docs.snowflake.com/en/sql-reference/sql/alter-table-column (DROP DEFAULT)
            raise compilation(
                f"default of column '{name}' cannot be dropped: column and default were defined by "
                "an ALTER TABLE statement",
                2109,
                "22000",
            )
        return {key: value for key, value in column.items() if key != "default"}, None
    if parser.accept("SET", "DEFAULT"):
        default = parser.text_until(",", ")")
        if (
            "NEXTVAL" not in default.upper()
            or "NEXTVAL" not in str(column.get("default", "")).upper()
        ):
            raise compilation(
                f"default of column '{name}' cannot be changed: only a sequence can replace a "
                "sequence",
                2109,
                "22000",
            )
        return {**column, "default": default}, None
    if parser.accept("DROP", "NOT", "NULL"):
        return {key: value for key, value in column.items() if key != "not_null"}, None
    if parser.accept("SET", "NOT", "NULL") or parser.accept("NOT", "NULL"):
        changed = {**column, "not_null": True}
        return changed, lambda cursor: storage.require_no_null(cursor, item, name)
    if parser.accept("SET", "TAG"):
        from .kinds.tagging import read_tags

        return {
            **column,
            "tags": {**column.get("tags", {}), **read_tags(session, parser, item)},
        }, None
    if parser.accept("UNSET", "TAG"):
        from .kinds.tagging import read_unset

        gone = read_unset(session, parser, item)
        kept = {key: value for key, value in column.get("tags", {}).items() if key != gone}
        return {**column, "tags": kept}, None
    if parser.accept("SET", "MASKING", "POLICY"):
        policy = session.names.find("MASKING POLICY", parser.name())
        require_apply(session.identity, policy, item)
        bare = {key: value for key, value in column.items() if key not in _MASKING}
        changed = {**bare, "masking_policy": policy.id}
        if parser.accept("USING"):
            changed["masking_using"] = parser.names()
        forced = parser.accept("FORCE")
        if "masking_policy" in column:
            require_unset(session, int(column["masking_policy"]), item)
            if not forced:
                raise compilation(
                    "Specified column already attached to another masking policy. A column cannot be "
                    "attached to multiple masking policies. Please drop the current association in "
                    "order to attach a new masking policy.",
                    3547,
                    "42710",
                )
        return changed, None
    if parser.accept("UNSET", "MASKING", "POLICY"):
        if "masking_policy" in column:
            require_unset(session, int(column["masking_policy"]), item)
        return {key: value for key, value in column.items() if key not in _MASKING}, None
    parser.accept("SET", "DATA") or parser.accept("SET")
    parser.expect("TYPE") if parser.looking_at("TYPE") else None
    return change_type(item, column, read_type(parser))
