"""Table functions: FLATTEN, RESULT_SCAN, GENERATOR and those of INFORMATION_SCHEMA."""

from sqlglot import exp

from ..errors import unsupported
from .context import Context


def rewrite_table_functions(tree: exp.Expr, context: Context) -> None:
    """Replace every TABLE(…) and LATERAL FLATTEN(…) by what DuckDB can read."""
    for node in list(tree.find_all(exp.TableFromRows, exp.Lateral)):
        raise unsupported(f"table function {node.sql(dialect='snowflake')[:60]}")
