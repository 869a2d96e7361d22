"""CREATE TABLE and CREATE VIEW, which sqlglot parses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import sqlglot
from sqlglot import exp

from ..names import QualifiedName
from ..sql.queries import columns_of_view, query_of_view
from ..sql.tokens import string_value
from ..types import normal_type
from .head import Definition, Head
from .scanner import Scanner

TABLE_OPTIONS: Final = {
    "CHANGE_TRACKING": "change_tracking",
    "DATA_RETENTION_TIME_IN_DAYS": "data_retention_days",
    "MAX_DATA_EXTENSION_TIME_IN_DAYS": "max_data_extension_days",
    "COMMENT": "comment",
}


@dataclass(slots=True)
class _Parts:
    """What the columns of a table say beyond themselves."""

    head: Head
    key: list[str] = field(default_factory=list)
    unique: list[list[str]] = field(default_factory=list)
    foreign: list[Definition] = field(default_factory=list)
    tags: list[Definition] = field(default_factory=list)
    masking: list[Definition] = field(default_factory=list)

    def short(self, written: str) -> str:
        return self.head.where.short(QualifiedName.parse(written))

    def tag(self, item: exp.Expression, column: str | None) -> None:
        for pair in item.expressions:
            scanner = Scanner(pair.sql("snowflake"))
            found: Definition = {"tag": self.short(str(scanner.name()))}
            scanner.expect("=")
            found["value"] = scanner.string()
            self.tags.append(found | ({"column": column} if column else {}))


def read_table(head: Head) -> Iterator[Definition]:
    """A table, and a foreign key for each that it declares."""
    create = _parsed(head.statement, exp.Schema)
    columns: list[Definition] = []
    parts = _Parts(head)
    for item in create.this.expressions:
        if isinstance(item, exp.ColumnDef):
            columns.append(_column(item, parts))
        elif isinstance(item, exp.PrimaryKey | exp.ForeignKey | exp.UniqueColumnConstraint):
            _constraint(item, parts)
        elif isinstance(item, exp.Constraint):
            for inner in item.expressions:
                _constraint(inner, parts)
        else:
            raise ValueError(f"{item.sql('snowflake')} is not read")
    found: Definition = {**head.start(), "columns": columns}
    if parts.key:
        found["primary_key"] = parts.key
    if parts.unique:
        found["unique"] = parts.unique
    properties = create.args.get("properties")
    for item in properties.expressions if properties else ():
        found.update(_property(item, parts))
    if parts.tags:  # those of the table itself first
        found["tags"] = sorted(parts.tags, key=lambda tag: "column" in tag)
    found |= {"masking": parts.masking} if parts.masking else {}
    yield found
    yield from parts.foreign


def read_view(head: Head) -> Iterator[Definition]:
    _parsed(head.statement, None)  # only what parses is taken
    found: Definition = {**head.start(), "query": query_of_view(head.statement)}
    columns = list(columns_of_view(head.statement))
    if columns:
        found["columns"] = [
            {"name": str(name.sql), **({"comment": comment} if comment else {})}
            for name, comment in columns
        ]
    for flag in ("SECURE", "MATERIALIZED"):
        if flag in head.flags:
            found[flag.lower()] = True
    clauses = head.scanner
    if clauses.token.text == "(":
        clauses.inside()
    clauses.accept("COPY", "GRANTS")
    yield {**found, **clauses.options({"COMMENT": "comment"})}


def foreign_key(columns: list[str], reference: exp.Expression | None, head: Head) -> Definition:
    """The definition of a foreign key."""
    if reference is None:
        raise ValueError("a foreign key without REFERENCES")
    target = reference.this
    there = target.this if isinstance(target, exp.Schema) else target
    to = QualifiedName.parse(there.sql("snowflake"))
    full = QualifiedName((*head.name.parts[: -len(to.parts)], *to.parts))
    found: Definition = {
        "kind": "foreign_key",
        "table": head.where.short(head.name),
        "columns": columns,
        "to": head.where.short(full),
    }
    to_columns = [_identifier(item) for item in getattr(target, "expressions", ())]
    return {**found, "to_columns": to_columns} if to_columns else found


def _parsed(statement: str, this: type[exp.Expression] | None) -> exp.Create:
    tree = sqlglot.parse_one(statement, read="snowflake")
    if not isinstance(tree, exp.Create) or (this is not None and not isinstance(tree.this, this)):
        raise ValueError("sqlglot does not read it")
    return tree


def _constraint(item: exp.Expression, parts: _Parts) -> None:
    of = item.this if isinstance(item, exp.UniqueColumnConstraint) else item
    columns = [_identifier(column) for column in of.expressions]
    if isinstance(item, exp.PrimaryKey):
        parts.key += columns
    elif isinstance(item, exp.UniqueColumnConstraint):
        parts.unique.append(columns)
    elif isinstance(item, exp.ForeignKey):
        parts.foreign.append(foreign_key(columns, item.args.get("reference"), parts.head))
    else:
        raise ValueError(f"{item.sql('snowflake')} is not read")


def _property(item: exp.Expression, parts: _Parts) -> Definition:
    """One property of a table; what is not known fails, so that nothing is lost in silence."""
    match item:
        case exp.TransientProperty():
            return {"transient": True}
        case exp.SchemaCommentProperty():
            return {"comment": item.this.name}
        case exp.ClusterProperty():
            return {"cluster_by": [part.sql("snowflake") for part in item.expressions]}
        case exp.RowAccessProperty():
            columns = [_identifier(column) for column in item.expressions]
            policy = parts.short(item.this.sql("snowflake"))
            return {"row_access": {"policy": policy, "on": columns}}
        case exp.Tags():
            parts.tag(item, None)
            return {}
    known = TABLE_OPTIONS.get(item.name.upper()) if type(item) is exp.Property else None
    if known is None:
        raise ValueError(f"{item.sql('snowflake')} is not read")
    return {known: _literal(item.args["value"].sql("snowflake"))}


def _column(  # noqa: C901 - one constraint a branch
    item: exp.ColumnDef, parts: _Parts
) -> Definition:
    name = _identifier(item.this)
    column: Definition = {"name": name, "type": normal_type(item.args["kind"].sql("snowflake"))}
    for constraint in item.args.get("constraints", ()):
        match what := constraint.args.get("kind"):
            case exp.NotNullColumnConstraint():
                if not what.args.get("allow_null"):
                    column["nullable"] = False
            case exp.DefaultColumnConstraint():
                column["default"] = what.this.sql("snowflake")
            case exp.CommentColumnConstraint():
                column["comment"] = what.this.name
            case exp.PrimaryKeyColumnConstraint():
                parts.key.append(name)
            case exp.CollateColumnConstraint():
                column["collate"] = what.this.name
            case exp.AutoIncrementColumnConstraint():
                column["autoincrement"] = {}
            case exp.GeneratedAsIdentityColumnConstraint():
                column["autoincrement"] = _identity(what)
            case exp.UniqueColumnConstraint() if not what.this:
                parts.unique.append([name])
            case exp.Reference():
                parts.foreign.append(foreign_key([name], what, parts.head))
            case exp.Tags():
                parts.tag(what, name)
            case exp.MaskingPolicyColumnConstraint() if not what.expressions:
                policy = parts.short(what.this.sql("snowflake"))
                parts.masking.append({"column": name, "policy": policy})
            case _:
                raise ValueError(f"column {name}: {what.sql('snowflake')} is not read")
    return column


def _identity(what: exp.Expression) -> Definition:
    found: Definition = {}
    for name in ("start", "increment"):
        if what.args.get(name) is not None:
            found[name] = _literal(what.args[name].sql("snowflake"))
    if what.args.get("order") is not None:
        found["ordered"] = bool(what.args["order"])
    return found


def _literal(written: str) -> Any:
    if written.startswith("'"):
        return string_value(written)
    if written.upper() in ("TRUE", "FALSE"):
        return written.upper() == "TRUE"
    return int(written) if re.fullmatch(r"[0-9]{1,18}", written) else written


def _identifier(node: Any) -> str:
    identifier = node.find(exp.Identifier) if not isinstance(node, exp.Identifier) else node
    if identifier.args.get("quoted"):
        return str(QualifiedName.of(identifier.name).sql)
    return str(identifier.name).upper()
