"""Translates a query: its names, its functions, its placeholders."""

from sqlglot import exp

from ..errors import SqlError
from .allowed import require_allowed
from .coercion import coerce
from .context import Context, cast
from .expressions import rewrite
from .flatten import rewrite_table_functions
from .inference import infer
from .positions import resolve_positions
from .tables import fold_identifiers, resolve_tables


def translate_query(tree: exp.Expr, context: Context) -> exp.Expr:
    """Return the tree of a query as DuckDB runs it; the given tree is used up."""
    return translate_tree(tree, context)


def translate_tree(tree: exp.Expr, context: Context) -> exp.Expr:
    """Translate everything in a tree but the target of a DML statement."""
    holder = exp.Paren(this=tree)
    fold_identifiers(holder)
    resolve_positions(holder, context)
    infer(tree, context.session, context.owner_view)
    coerce(holder)
    rewrite_table_functions(holder, context)
    rewrite(holder, context)
    bind(holder, context)
    resolve_tables(holder, context)
    require_allowed(holder)
    found = holder.this
    assert isinstance(found, exp.Expr)
    found.pop()
    return found


def bind(tree: exp.Expr, context: Context) -> None:
    """Replace `:1` (which `?` has become) by parameters of DuckDB."""
    for node in list(tree.find_all(exp.Placeholder)):
        key = str(node.this or "?")
        binding = context.bindings.get(key)
        if binding is None:
            raise SqlError(
                f"SQL compilation error:\nBind variable {key} not set.",
                2049,
                "42601",
            )
        if key in context.array_columns:
            node.replace(cast(exp.column(context.array_columns[key], quoted=True), binding.type))
        elif binding.value is None:
            node.replace(exp.Null())
        else:
            kind = None if binding.type == "VARCHAR" else binding.type
            node.replace(context.parameter(binding.value, kind))


def used_parameters(sql: str, context: Context) -> dict[str, object]:
    """Return the parameters that occur in a text: DuckDB refuses a surplus one."""
    import re

    names = set(re.findall(r"\$(p\d+)\b", sql))
    return {key: value for key, value in context.parameters.items() if key in names}


def strip_parameters(sql: str, parameters: dict[str, object] | None) -> dict[str, object] | None:
    """Return the parameters that a text uses, None when there are none."""
    import re

    names = set(re.findall(r"\$(p\d+)\b", sql))
    return {key: value for key, value in (parameters or {}).items() if key in names} or None
