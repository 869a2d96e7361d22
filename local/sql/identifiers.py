"""Names in a statement, as sqlglot reads them."""

import sqlglot
from sqlglot import exp

from ..language.names import Name


def fold_identifiers(tree: exp.Expr) -> None:
    """Give every identifier its stored form, quoted, so that DuckDB keeps it."""
    for pair in tree.find_all(exp.PropertyEQ):
        # The key of an object literal is no name.
        if isinstance(pair.this, exp.Identifier):
            pair.set("this", exp.Literal.string(pair.this.name))
    for identifier in tree.find_all(exp.Identifier):
        if not identifier.args.get("quoted"):
            identifier.set("this", str(identifier.this).upper())
            identifier.set("quoted", True)


def name_of(table: exp.Table) -> Name:
    """Return the name of a table in a statement; its identifiers are folded."""
    return Name(
        table.args["catalog"].name if table.args.get("catalog") else None,
        table.args["db"].name if table.args.get("db") else None,
        table.name,
    )


def parse_duckdb(sql: str) -> exp.Query:
    """Return the tree of SQL that is DuckDB's already."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return tree
