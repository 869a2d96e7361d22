"""What queries ask of the catalogue: INFORMATION_SCHEMA, and the functions that speak of objects."""

from sqlglot import exp

from ..language.names import Name
from ..sql.context import Context
from ..sql.provided import Provided
from . import functions, information_schema
from .information_schema.functions import table_function
from .staged_functions import file_function


class Catalogued(Provided):
    """Answers from the catalogue of the stack."""

    calls = functions.CALLS

    def relation(self, context: Context, name: Name) -> str:
        """Return DuckDB's SQL for a view of INFORMATION_SCHEMA."""
        return information_schema.relation(context, name)

    def table_function(self, name: str, arguments: dict[str, exp.Expr], context: Context) -> str:
        """Return DuckDB's SQL for a table function of INFORMATION_SCHEMA."""
        return table_function(name, arguments, context)

    def file_function(self, name: str, arguments: list[exp.Expr], context: Context) -> str:
        """Return DuckDB's SQL for INFER_SCHEMA or VALIDATE."""
        return file_function(name, arguments, context)
