"""Masking and row access policies, as expressions over the columns they are on."""

from sqlglot import exp

from .catalogue import Object
from .errors import compilation
from .translate.context import Context
from .translate.dialect import parse_expression, write


def policy_sql(context: Context, key: int, columns: list[str]) -> str:
    """Return DuckDB's SQL of a policy for these columns, with the session's role in it."""
    policy = context.session.engine.catalogue.get(key)
    if policy is None or policy.dropped is not None:
        raise compilation("a policy of this table is gone", 3536, "23001")
    return _applied(context, policy, columns)


def _applied(context: Context, policy: Object, columns: list[str]) -> str:
    from .translate.query import translate_tree
    from .translate.tables import fold_identifiers

    tree = exp.Paren(this=parse_expression(str(policy.body["expression"])))
    fold_identifiers(tree)
    names = [argument["name"] for argument in policy.body["arguments"]]
    if len(names) != len(columns):
        raise compilation(f"policy {policy.name} takes {len(names)} columns", 3533, "22023")
    mapping = dict(zip(names, columns, strict=True))
    for column in list(tree.find_all(exp.Column)):
        if not column.table and column.name in mapping:
            column.set("this", exp.to_identifier(mapping[column.name], quoted=True))
    inner = Context(
        context.session, parameters=context.parameters, reads=context.reads, owner_view=policy
    )
    return f"({write(translate_tree(tree.this, inner))})"
