"""MERGE as DuckDB runs it."""

from dataclasses import replace
from typing import Any

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import SqlError, compilation, invalid_identifier, unsupported
from ..language.names import quote
from .context import Context
from .dialect import write
from .dml import (
    Plan,
    assignments,
    default_sql,
    history,
    name_sources,
    part,
    target_of,
    tidy,
    typed_part,
)
from .fitting import fit, fit_default
from .guarded import Clause, action_sql, merge_sql, visible_rows
from .identifiers import fold_identifiers
from .policies import is_protected
from .query import translate_tree
from .stored import columns_of, physical


def merge_plan(tree: exp.Merge, context: Context, version: int) -> tuple[Object, Plan]:
    """Return what a MERGE runs. Its source is joined once, into a temporary table."""
    table, alias = target_of(tree, context, "SELECT")
    session = context.session
    using = tree.args["using"]
    alias_node = using.args.get("alias")
    source_alias = alias_node.this.copy() if alias_node is not None else using.this.copy()
    fold_identifiers(source_alias)
    # A subquery needs no alias; its columns are named without one then.
    source_name = quote(source_alias.name or "$source")
    source_query = exp.Select(expressions=[exp.Star()])
    source_query.set("from_", exp.From(this=using.copy()))
    source = write(translate_tree(source_query, context), spent=True)
    name_sources(context, [tree.this, using])
    on = part(tree.args["on"], context) or "true"
    clauses = [_clause(when, table, context, version) for when in tree.args["whens"].expressions]
    for clause in clauses:
        session.identity.require(clause.action, table)
    target = f"{physical(table)} AS {quote(alias)}"
    if is_protected(context, table):
        target = visible_rows(context, table, alias)
    prepared = _joined(source, source_name, target, alias, on, clauses)
    clauses = [
        replace(clause, condition=clause.condition and f'{source_name}."$when{place}"')
        for place, clause in enumerate(clauses)
    ]
    rows, matching = (
        f"{_JOINED} AS {source_name}",
        f'{quote(alias)}."$rid" = {source_name}."$match"',
    )
    if is_protected(context, table) or _may_lack_values(clauses):
        main = merge_sql(context, table, alias, rows, matching, clauses)
    else:
        spelt = " ".join(_spelt(clause) for clause in clauses)
        main = f"MERGE INTO {target} USING {rows} ON {matching} {spelt} RETURNING merge_action"
    plan = Plan(main, before=[prepared], merge=True)
    matched = [clause.condition or "true" for clause in clauses if clause.matched]
    if matched:
        applies = "" if "true" in matched else f" AND ({' OR '.join(matched)})"
        changed = f'SELECT "$match" FROM {rows} WHERE "$match" IS NOT NULL{applies}'
        plan.before += history(table, changed, version)
        plan.after += tidy(table, version)
        if session.settings.parameter("ERROR_ON_NONDETERMINISTIC_MERGE"):
            plan.checks.append(
                (
                    f"{changed} GROUP BY 1 HAVING count(*) > 1 LIMIT 1",
                    SqlError("Duplicate row detected during DML action", 100090, "42P18"),
                )
            )
    plan.after.append(f"DROP TABLE {_JOINED}")
    return table, plan


_JOINED = "temp.hush_source"


def _joined(
    source: str, source_name: str, target: str, alias: str, on: str, clauses: list[Clause]
) -> str:
    """Return what keeps the rows of the source, each with the row that it matches.

    Beside them stands what the conditions of the clauses say, so that each is worked out once.
    """
    key = f'{quote(alias)}."$rid"'
    conditions = "".join(
        f", CASE WHEN {key} IS {'NOT ' if clause.matched else ''}NULL THEN {clause.condition} END "
        f'AS "$when{place}"'
        for place, clause in enumerate(clauses)
        if clause.condition
    )
    return (
        f'CREATE OR REPLACE TEMP TABLE hush_source AS SELECT {source_name}.*, {key} AS "$match"'
        f"{conditions} FROM ({source}) AS {source_name} LEFT JOIN {target} ON {on}"
    )


def _may_lack_values(clauses: list[Clause]) -> bool:
    """Tell whether a row may come without a value that another clause needs: to be deleted."""
    needs = any("hush.required(" in value for clause in clauses for _, value in clause.values)
    return needs and any(clause.action == "DELETE" for clause in clauses)


def _clause(when: exp.When, table: Object, context: Context, version: int) -> Clause:
    condition = part(when.args.get("condition"), context)
    matched = bool(when.args["matched"])
    then: Any = when.args["then"]
    if isinstance(then, exp.Update | exp.Insert) and any(
        isinstance(item, exp.Star) for item in (then.this, *then.expressions)
    ):
        raise unsupported("MERGE … ALL BY NAME")
    if isinstance(then, exp.Update):
        changes = assignments(table, then.expressions, context)
        return Clause(matched, condition, "UPDATE", [*changes, ('"$from"', str(version))])
    if isinstance(then, exp.Insert):
        values = _merge_insert(then, table, context, version)
        return Clause(matched, condition, "INSERT", values)
    if str(then.name or then).upper() == "DELETE":
        return Clause(matched, condition, "DELETE", [])
    raise unsupported(f"MERGE … THEN {then}")


def _spelt(clause: Clause) -> str:
    head = "WHEN MATCHED" if clause.matched else "WHEN NOT MATCHED"
    head += f" AND {clause.condition}" if clause.condition else ""
    names, values = [name for name, _ in clause.values], [value for _, value in clause.values]
    return f"{head} THEN {action_sql(clause.action, names, values)}"


def _merge_insert(
    then: exp.Insert, table: Object, context: Context, version: int
) -> list[tuple[str, str]]:
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
            raise invalid_identifier(name)
        names.append(quote(name))
        held = columns[name]
        sql, known = typed_part(value, context)
        made.append(fit(sql, held.type, nullable=held.nullable, known=known))
    for name, column in columns.items():
        default = default_sql(table, name, context) if name not in listed else None
        if name not in listed and (default is not None or not column.nullable):
            names.append(quote(name))
            made.append(fit_default(default, column))
    names += ['"$from"', '"$born"']
    made += [str(version), str(version)]
    return list(zip(names, made, strict=True))
