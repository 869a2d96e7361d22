"""MERGE as DuckDB runs it."""

from typing import Any

from sqlglot import exp

from ..catalogue import Object
from ..errors import SqlError, compilation, unsupported
from ..names import quote
from .context import Context
from .dialect import write
from .dml import Plan, assignments, default_sql, fit, history, part, target_of, tidy
from .query import translate_tree
from .tables import columns_of, fold_identifiers, physical


def merge_plan(tree: exp.Merge, context: Context, version: int) -> tuple[Object, Plan]:
    """Return what a MERGE runs. Its source is evaluated once, into a temporary table."""
    table, alias = target_of(tree, context, "SELECT")
    session = context.session
    using = tree.args["using"]
    alias_node = using.args.get("alias")
    source_alias = alias_node.this.copy() if alias_node is not None else using.this.copy()
    fold_identifiers(source_alias)
    source_name = quote(source_alias.name)
    source_query = exp.Select(expressions=[exp.Star()])
    source_query.set("from_", exp.From(this=using.copy()))
    prepared = [
        "DROP TABLE IF EXISTS temp.hush_source",
        f"CREATE TEMP TABLE hush_source AS {write(translate_tree(source_query, context))}",
    ]
    source = f"temp.hush_source AS {source_name}"
    target = f"{physical(table)} AS {quote(alias)}"
    on = part(tree.args["on"], context)
    clauses, matched = [], []
    for when in tree.args["whens"].expressions:
        condition = part(when.args.get("condition"), context)
        head = "WHEN MATCHED" if when.args["matched"] else "WHEN NOT MATCHED"
        head += f" AND {condition}" if condition else ""
        clauses.append(f"{head} THEN {_action(when, table, context, version)}")
        if when.args["matched"]:
            session.require(
                "UPDATE" if isinstance(when.args["then"], exp.Update) else "DELETE", table
            )
            matched.append(condition or "true")
        else:
            session.require("INSERT", table)
    plan = Plan(
        f"MERGE INTO {target} USING {source} ON {on} {' '.join(clauses)} RETURNING merge_action",
        before=prepared,
        merge=True,
    )
    if matched:
        rows = (
            f'SELECT {quote(alias)}."$rid" FROM {target} JOIN {source} ON {on} '
            f"WHERE {' OR '.join(f'({item})' for item in matched)}"
        )
        plan.before += history(table, rows, version)
        plan.after += tidy(table, version)
        if session.parameter("ERROR_ON_NONDETERMINISTIC_MERGE"):
            plan.checks.append(
                (
                    f"{rows} GROUP BY 1 HAVING count(*) > 1 LIMIT 1",
                    SqlError("Duplicate row detected during DML action", 100090, "42P18"),
                )
            )
    plan.after.append("DROP TABLE temp.hush_source")
    return table, plan


def _action(when: exp.When, table: Object, context: Context, version: int) -> str:
    then: Any = when.args["then"]
    if isinstance(then, exp.Update):
        changed = ", ".join(assignments(table, then.expressions, context))
        return f'UPDATE SET {changed}, "$from" = {version}'
    if isinstance(then, exp.Insert):
        return _merge_insert(then, table, context, version)
    if str(then.name or then).upper() == "DELETE":
        return "DELETE"
    raise unsupported(f"MERGE … THEN {then}")


def _merge_insert(then: exp.Insert, table: Object, context: Context, version: int) -> str:
    columns = {column.name: column for column in columns_of(table)}
    listed = list(columns)
    if then.this is not None:
        node = then.this.copy()
        fold_identifiers(node)
        listed = [item.name for item in node.expressions]
    values = list(then.expression.expressions)
    if len(values) != len(listed):
        raise compilation(
            f"Insert value list does not match column list expecting {len(listed)} but got "
            f"{len(values)}",
            2057,
            "21S01",
        )
    names, made = [], []
    for name, value in zip(listed, values, strict=True):
        if name not in columns:
            raise compilation(f"invalid identifier '{name}'", 904, "42000")
        names.append(quote(name))
        held = columns[name]
        made.append(fit(part(value, context) or "NULL", held.type, nullable=held.nullable))
    for name, column in columns.items():
        default = default_sql(table, name, context) if name not in listed else None
        if name not in listed and (default is not None or not column.nullable):
            names.append(quote(name))
            made.append(fit(default or "NULL", column.type, nullable=column.nullable))
    names += ['"$from"', '"$born"']
    made += [str(version), str(version)]
    return f"INSERT ({', '.join(names)}) VALUES ({', '.join(made)})"
