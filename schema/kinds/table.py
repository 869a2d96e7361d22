"""Tables: https://docs.snowflake.com/en/sql-reference/sql/create-table

A table changes by ALTER, never by replacement. New columns go to the end; the order of columns is
no difference. What ALTER COLUMN forbids is done by replacing the column (`column_migration.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from ..errors import SchemaError
from ..names import Identifier, QualifiedName, Sql
from ..sql.compare import same_sql
from ..stack import Stack
from ..suggest import did_you_mean
from ..values import Key, OperationClass, Payload, Row, Value
from .annotations import references_in
from .attached import Attached, attached_queries, is_attached
from .base import Change, Kind, Mistake, Resource
from .column_changes import added, column_changes, leaving_their_names, renames
from .column_defaults import default_mistakes
from .column_migration import (
    clustered_by,
    finished_migrations,
    interim_name,
    kept_name,
    why_undeclared,
)
from .columns import (
    cannot_get_default,
    column_payload,
    columns_by_table,
    columns_query,
    vector_query,
)
from .governance import after_moves, governance_changes, governance_mistakes, governance_payload
from .properties import (
    COMMENT,
    Property,
    alteration,
    name_of,
    options,
    owner_in,
    truth,
    whole,
    words,
)
from .reading import Answer, Query, Scope
from .table_spec import Assignment, Column, Masking, RowAccess, Table

__all__ = ["Assignment", "Column", "Masking", "RowAccess", "Table", "TableKind"]

PROPERTIES = (
    Property("data_retention_days", "DATA_RETENTION_TIME_IN_DAYS"),
    Property("max_data_extension_days", "MAX_DATA_EXTENSION_TIME_IN_DAYS"),
    Property("change_tracking", "CHANGE_TRACKING"),
    COMMENT,
)


class TableKind(Kind[Table]):
    name = "table"
    plural = "tables"
    privileges = (
        "APPLYBUDGET", "DELETE", "EVOLVE SCHEMA", "INSERT", "REBUILD", "REFERENCES", "SELECT",
        "TRUNCATE", "UPDATE",
    )  # fmt: skip
    level = "schema"
    spec_type = Table
    order = 35
    drop_class: ClassVar[OperationClass] = "loss"
    checks_apart = True
    put_back = dict.fromkeys(("migrate_column", "finish_migration"), "restore_column")

    def fit(self, spec: Table, stack: Stack) -> tuple[Table, tuple[str, ...]]:
        """The standard edition knows no tags, policies, or retention beyond a day."""
        if stack.edition != "standard":
            return spec, ()
        days = spec.data_retention_days
        fitted = replace(
            spec,
            tags=(),
            masking=(),
            row_access=None,
            data_retention_days=None if days is None else min(days, 1),
        )
        note = "tags, policies and retention beyond a day are left out: edition standard"
        return (spec, ()) if fitted == spec else (fitted, (note,))

    def check(self, name: str, spec: Table, stack: Stack) -> Iterator[Mistake]:
        names = [column.name for column in spec.columns]
        known = set(names)
        if len(known) < len(names):
            for column in sorted({item for item in names if names.count(item) > 1}):
                yield Mistake("columns", f"the column {column} comes twice", "keep one")
        for item in spec.columns:
            if item.renamed_from is not None and item.renamed_from in known:
                message = (
                    f"{item.name} is renamed from {item.renamed_from}, which is still declared"
                )
                yield Mistake("columns", message, "remove renamed_from, or the old column")
            yield from default_mistakes(item)
        for item in spec.columns:
            if item.autoincrement is not None and item.default is not None:
                message = f"{item.name} has a default and autoincrement"
                yield Mistake("columns", message, "keep one")
        for column in (name for key in spec.unique for name in key):
            if known and column not in known:
                yield Mistake("unique", f"the key {column} is not a column", "declare it")
        for column in spec.primary_key:
            if known and column not in known:
                yield Mistake("primary_key", f"the key {column} is not a column", "declare it")
        yield from governance_mistakes(spec)

    def normalise(self, spec: Table) -> Table:
        """The columns of a primary key must not be NULL, declared so or not."""
        key = spec.primary_key
        if spec.unique != tuple(sorted(spec.unique)):
            spec = replace(spec, unique=tuple(sorted(spec.unique)))
        if all(not column.nullable for column in spec.columns if column.name in key):
            return spec
        columns = [
            replace(column, nullable=False) if column.name in key else column
            for column in spec.columns
        ]
        return replace(spec, columns=tuple(columns))

    def queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            yield Query(f"SHOW TABLES IN DATABASE {database}", needs, pages=True)
            yield Query(f"SHOW PRIMARY KEYS IN DATABASE {database}", needs)
            yield Query(columns_query(database), needs)
            if scope.unique_keys:
                yield Query(f"SHOW UNIQUE KEYS IN DATABASE {database}", needs, optional=True)
            for column in scope.vector_columns:
                yield Query(vector_query(column, database), needs, optional=True)
        yield from attached_queries(scope)

    def needs_own_query(self, spec: Table) -> bool:
        return bool(spec.tags)

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        rows = {
            prefix: list[Row]()
            for prefix in ("SHOW TABLES", "SHOW PRIMARY", "SHOW UNIQUE", "SELECT", "SHOW COLUMNS")
        }
        attached = Attached(answers)
        for answer in answers:
            if is_attached(answer):
                continue
            for prefix, found in rows.items():
                if answer.query.sql.startswith(prefix):
                    found += answer.rows
        by_table = columns_by_table(rows["SELECT"], rows["SHOW COLUMNS"])
        key_columns: dict[Sql, list[Identifier]] = {}
        for row in sorted(rows["SHOW PRIMARY"], key=lambda row: int(row["key_sequence"])):
            name = QualifiedName.of(row["database_name"], row["schema_name"], row["table_name"])
            key_columns.setdefault(name.sql, []).append(Identifier(row["column_name"]))
        unique = _unique_keys(answers)
        for row in rows["SHOW TABLES"]:
            name = name_of(row)
            if is_internal(row):
                continue
            told = attached.of(name.sql)
            if unique is not None:
                told["unique"] = tuple(sorted(unique.get(name.sql, {}).values()))
            spec = Table(
                comment=words(row.get("comment")),
                columns=tuple(by_table.get(name.sql, ())),
                primary_key=tuple(key_columns.get(name.sql, ())),
                cluster_by=_cluster_keys(words(row.get("cluster_by"))),
                transient=words(row.get("kind")) == "TRANSIENT",
                data_retention_days=whole(row.get("retention_time")),
                change_tracking=truth(row.get("change_tracking")),
                **told,
            )
            references = (Key("schema", name.parent.sql), *references_in(spec))
            yield Resource(
                Key("table", name.sql), spec, references, told=frozenset(told), owner=owner_in(row)
            )

    def dropped_queries(self, scope: Scope) -> Iterable[Query]:
        for database in scope.databases:
            needs = Key("database", database.sql)
            sql = f"SHOW TABLES HISTORY IN DATABASE {database}"
            yield Query(sql, needs, pages=True, optional=True)

    def read_dropped(self, answers: Sequence[Answer]) -> Iterator[Key]:
        for answer in answers:
            for row in answer.rows:
                if row.get("dropped_on") and not is_internal(row):
                    yield Key("table", name_of(row).sql)

    def create(self, name: str, spec: Table) -> Payload:
        return {
            "transient": spec.transient,
            "columns": [column_payload(column) for column in spec.columns],
            "primary_key": [column.sql for column in spec.primary_key],
            "unique": [[column.sql for column in key] for key in spec.unique],
            "cluster_by": [Sql(key) for key in spec.cluster_by],
            "options": options(spec, PROPERTIES),
            **governance_payload(spec),
        }

    def notes(self, name: str, desired: Table, actual: Table) -> Iterator[str]:
        """A rename of what is not there is told: the column comes empty. So is a default that no
        statement can set."""
        columns = {column.name: column for column in actual.columns}
        for column in desired.columns:
            was = columns.get(column.name)
            if was is not None and cannot_get_default(column, was):
                yield (
                    f"{name}.{column.name} has the default {was.default or 'NULL'}, not "
                    f"{column.default}: Snowflake sets an expression only when a table is "
                    "created; statements that insert must name the column"
                    + (", which may hold NULL" * (was.nullable and not column.nullable))
                )
        there = {column.name for column in actual.columns}
        known = {column.name for column in desired.columns}
        for column in desired.columns:
            old = column.renamed_from
            if old is None or column.name in there or old in there:
                continue
            if {f(name) for f in (interim_name, kept_name) for name in (column.name, old)} & there:
                continue
            remedy = did_you_mean(old.text, (item.text for item in sorted(there - known)))
            yield (
                f"table {name} has no column {old}, which {column.name} says it was renamed from: "
                f"{column.name} is added without data{'; ' + remedy if remedy else ''}"
            )

    def difference(self, name: str, desired: Table, actual: Table) -> Iterator[Change]:
        there = {column.name: column for column in actual.columns}
        first = [
            *finished_migrations(desired, actual, there),
            *renames(desired, there),
        ]
        changes = {
            column.name: list(column_changes(column, there[column.name], desired, actual))
            for column in desired.columns
            if column.name in there
        }
        key, clustering = actual.primary_key, actual.cluster_by
        if clustered_by(clustering, leaving_their_names(first, changes)):
            yield _clustering_goes(clustering)
            clustering = ()
        yield from first
        # The key goes with a column of it that is replaced, and before what was one may be NULL.
        if any(
            c.action == "migrate_column"
            or (c.action == "set_column_null" and name not in desired.primary_key)
            for name in key
            for c in changes.get(name, ())
        ):
            yield _primary_key_goes(key)
            key = ()
        for found in changes.values():
            yield from found
        for column in desired.columns:
            if column.name not in there:
                yield added(name, column)
        if desired.primary_key != key:
            yield from _primary_key_changes(desired.primary_key, key)
        yield from _unique_changes(desired, actual)
        if not _same_keys(desired.cluster_by, clustering):
            yield Change(
                "cluster",
                f"clustering {_listed(clustering)} -> {_listed(desired.cluster_by)}",
                {"cluster_by": [Sql(key) for key in desired.cluster_by]},
                "rebuild",
            )
        yield from alteration(desired, actual, PROPERTIES)
        moved = [*first, *(change for found in changes.values() for change in found)]
        yield from governance_changes(desired, after_moves(desired, actual, moved))
        wanted = {column.name for column in desired.columns}
        for column in actual.columns:
            if column.name in there and column.name not in wanted:
                told = why_undeclared(column.name)
                yield Change(
                    "drop_column",
                    told or f"column {column.name} is no longer declared",
                    {"column": column.name.sql},
                    "loss",
                    part=f"column {column.name}",
                    by_hand=told or f"column {column.name} was added by hand, and is not declared",
                )
        if desired.transient != actual.transient:
            raise SchemaError(
                f"{name} cannot change between permanent and transient",
                "declare a new table, copy the rows, and drop this one",
            )


def is_internal(row: Row) -> bool:
    """Objects that Snowflake keeps for its own services (Cortex Search), and what is no table."""
    name = str(row["name"])
    return (
        name.startswith("_CORTEX_SEARCH_")
        or row["schema_name"] == "INFORMATION_SCHEMA"
        or any(
            truth(row.get(flag)) for flag in ("is_external", "is_dynamic", "is_iceberg", "is_event")
        )
    )


def _clustering_goes(keys: Sequence[str]) -> Change:
    reason = f"clustering {_listed(keys)} goes: a column of it changes its name or is replaced"
    return Change("uncluster", reason, severity="rebuild")


def _primary_key_goes(key: Sequence[Identifier]) -> Change:
    return Change("drop_primary_key", f"primary key {_listed(key)} goes")


def _primary_key_changes(
    desired: Sequence[Identifier], actual: Sequence[Identifier]
) -> Iterator[Change]:
    if actual:
        yield _primary_key_goes(actual)
    if desired:
        columns: list[Value] = [column.sql for column in desired]
        yield Change("add_primary_key", f"primary key {_listed(desired)}", {"columns": columns})


def _cluster_keys(shown: str) -> tuple[str, ...]:
    """`LINEAR(A, B)` of SHOW TABLES as keys."""
    inside = shown.strip()
    if inside.upper().startswith("LINEAR"):
        inside = inside[len("LINEAR") :].strip()
    inside = inside.removeprefix("(").removesuffix(")")
    keys, depth, start = [], 0, 0
    for index, char in enumerate(inside):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            keys.append(inside[start:index].strip())
            start = index + 1
    return tuple(filter(None, [*keys, inside[start:].strip()]))


def _same_keys(left: Sequence[str], right: Sequence[str]) -> bool:
    return len(left) == len(right) and all(same_sql(a, b) for a, b in zip(left, right, strict=True))


def _listed(items: Iterable[object]) -> str:
    return "(" + ", ".join(map(str, items)) + ")"


def _unique_keys(answers: Iterable[Answer]) -> dict[Sql, dict[str, tuple[Identifier, ...]]] | None:
    """Table -> constraint -> columns; None where they were not asked for."""
    asked = [a for a in answers if a.query.sql.startswith("SHOW UNIQUE") and not a.failed]
    found: dict[Sql, dict[str, tuple[Identifier, ...]]] = {}
    rows = (row for answer in asked for row in answer.rows)
    for row in sorted(rows, key=lambda row: int(row["key_sequence"])):
        name = QualifiedName.of(row["database_name"], row["schema_name"], row["table_name"]).sql
        key = found.setdefault(name, {})
        label = str(row["constraint_name"])
        key[label] = (*key.get(label, ()), Identifier(row["column_name"]))
    return found if asked else None


def _unique_changes(desired: Table, actual: Table) -> Iterator[Change]:
    for word, keys in (
        ("drop", [key for key in actual.unique if key not in desired.unique]),
        ("add", [key for key in desired.unique if key not in actual.unique]),
    ):
        for key in keys:
            listed = ", ".join(column.sql for column in key)
            reason = f"unique key ({listed}) {'is new' if word == 'add' else 'is not declared'}"
            payload: Payload = {"columns": [column.sql for column in key]}
            yield Change(f"{word}_unique", reason, payload, part=f"unique ({listed})")
