"""Masking and row access policies, as expressions over the columns they are on."""

from sqlglot import exp

from ..engine.catalogue import Object
from ..language.errors import compilation
from ..language.names import quote
from .column_masks import masks_of
from .context import Context
from .dialect import parse_expression, write
from .expanding import expanding
from .identifiers import fold_identifiers
from .stored import column_list, physical


def policy_sql(context: Context, key: int, label: str, columns: list[str]) -> str:
    """Return DuckDB's SQL of a policy for these columns of the rows called `label`.

    What it reads is read with the privileges of its owner; CURRENT_ROLE is that of who asks.
    https://docs.snowflake.com/en/user-guide/security-row-intro
    """
    policy = context.session.engine.catalogue.get(key)
    if policy is None or policy.dropped is not None:
        raise compilation("a policy of this table is gone", 3536, "23001")
    with expanding(policy):
        return _applied(context, policy, label, columns)


def _applied(context: Context, policy: Object, label: str, columns: list[str]) -> str:
    tree = exp.Paren(this=parse_expression(str(policy.body["expression"])))
    fold_identifiers(tree)
    names = [argument["name"] for argument in policy.body["arguments"]]
    if len(names) != len(columns):
        raise compilation(f"policy {policy.name} takes {len(names)} columns", 3533, "22023")
    mapping = dict(zip(names, columns, strict=True))
    for column in list(tree.find_all(exp.Column)):
        if not column.table and column.name in mapping:
            column.set("this", exp.to_identifier(mapping[column.name], quoted=True))
            column.set("table", exp.to_identifier(label, quoted=True))
    return f"({write(context.within(policy).translate(tree.this))})"


def is_protected(context: Context, table: Object) -> bool:
    """Tell whether policies stand between a table's rows and who reads them."""
    if table.body.get("row_access_policy") is not None:
        return True
    return bool(masks_of(context.session.engine.catalogue, table))


def masked_columns(context: Context, item: Object, label: str) -> list[str]:
    """Return DuckDB's SQL of each column of the rows called `label`, its masking policy applied."""
    masks = masks_of(context.session.engine.catalogue, item)
    values = []
    for column in item.body["columns"]:
        name, mask = quote(column["name"]), masks.get(column["name"])
        if mask is not None:
            name = f"{policy_sql(context, mask.policy, label, mask.columns)} AS {name}"
        values.append(name)
    return values


def protected(
    context: Context, table: Object, rows: str | None = None, also: tuple[str, ...] = ()
) -> str:
    """Return DuckDB's SQL for a table's rows, its policies applied.

    Args:
        context: Of the translation.
        table: Whose policies.
        rows: DuckDB's SQL for the rows, with the table's columns; those that it holds now by default.
        also: Other columns of `rows` that are returned.
    """
    others = ", ".join(quote(name) for name in also)
    listed = column_list(table) + (f", {others}" if also else "")
    # In a policy, columns are written with this name: a bare one could mean a column of its own tables.
    label = f"t{table.id}"
    source = physical(table) if rows is None else f"({rows}) AS {quote(label)}"
    if not is_protected(context, table):
        return f"SELECT {listed} FROM {source}"
    values = masked_columns(context, table, label)
    values += [quote(name) for name in also]
    policy = table.body.get("row_access_policy")
    condition = ""
    if policy is not None:
        shown = policy_sql(context, int(policy["policy"]), label, policy["columns"])
        condition = f" WHERE {shown}"
    return f"SELECT {', '.join(values)} FROM {source}{condition}"
