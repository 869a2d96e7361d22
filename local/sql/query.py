"""Translates a query: its names, its functions, its placeholders."""

from sqlglot import exp

from ..language.errors import SqlError
from ..language.types import from_duckdb
from .allowed import require_allowed
from .coercion import coerce
from .context import Context, Translator, cast
from .expression_types import KEY
from .expressions import rewrite
from .flatten import rewrite_table_functions
from .functions.session import variable
from .identifiers import fold_identifiers
from .inference import given_kinds, infer
from .pivots import fill_pivots
from .positions import resolve_positions
from .semantic.querying import rewrite_semantic
from .staged.querying import rewrite_staged
from .tables import resolve_tables
from .zoned import Zones


def translate_query(tree: exp.Expr, context: Context) -> exp.Expr:
    """Return the tree of a query as DuckDB runs it; the given tree is used up."""
    return translate_tree(tree, context)


def translate_tree(tree: exp.Expr, context: Context) -> exp.Expr:
    """Translate everything in a tree but the target of a DML statement."""
    holder = exp.Paren(this=tree)
    rewrite_semantic(holder, context)
    rewrite_staged(holder, context)
    fill_pivots(holder, context, translate_tree)
    fold_identifiers(holder)
    resolve_positions(holder, context)
    for parameter in list(tree.find_all(exp.Parameter)):
        # Its type counts for what stands around it.
        parameter.replace(variable(parameter, context))
    mark_bound(holder, context)
    context.columns = infer(tree, context.session, context.behalf, context.sources, context.shapes)
    context.kinds = given_kinds(tree, context.columns)
    coerce(holder, Zones(context.session.settings.parameter("TIMEZONE") != "UTC"))
    rewrite_table_functions(holder, context)
    rewrite(holder, context)
    bind(holder, context)
    resolve_tables(holder, context)
    require_allowed(holder)
    found = holder.this
    assert isinstance(found, exp.Expr)
    found.pop()
    return found


def mark_bound(tree: exp.Expr, context: Context) -> None:
    """Mark placeholders with the types of their values."""
    for node in tree.find_all(exp.Placeholder):
        binding = context.bindings.get(str(node.this or "?"))
        if binding is not None and binding.value is not None:
            node.meta[KEY] = from_duckdb(binding.type)


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


class Queries(Translator):
    """Translates what stands inside what is translated: views, policies, bodies of functions."""

    def translate(self, tree: exp.Expr, context: Context) -> exp.Expr:
        """Return a tree as DuckDB runs it; the given tree is used up."""
        return translate_tree(tree, context)
