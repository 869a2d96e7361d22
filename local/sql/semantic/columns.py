"""Columns in the expressions of a semantic view, and in queries of one."""

from sqlglot import exp

from ...language.errors import invalid_identifier


def names_of(column: exp.Column) -> tuple[str | None, str]:
    """Return the folded names of a column: its logical table, if it names one, and its own."""
    if column.args.get("db"):
        raise invalid_identifier(column.sql(dialect="snowflake"))
    table = column.args.get("table")
    return (_folded(table) if table is not None else None), _folded(column.this)


def _folded(identifier: exp.Expr) -> str:
    text = str(identifier.this)
    return text if identifier.args.get("quoted") else text.upper()
