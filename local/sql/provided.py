"""What a query can ask of the rooms above this one: views and functions that the catalogue answers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from sqlglot import exp

from ..language.names import Name
from .context import Context

CallRewrite = Callable[[list[exp.Expr], Context], exp.Expr]


class Provided(ABC):
    """A part of the stack: `session.engine.part(Provided)`.

    Attributes:
        calls: Name of a function in upper case -> the rewriting of a call by its arguments.
    """

    calls: Mapping[str, CallRewrite]

    @abstractmethod
    def relation(self, context: Context, name: Name) -> str:
        """Return DuckDB's SQL for a view of INFORMATION_SCHEMA.

        Raises:
            SqlError: There is none of that name.
        """

    @abstractmethod
    def table_function(self, name: str, arguments: dict[str, exp.Expr], context: Context) -> str:
        """Return DuckDB's SQL for a table function of INFORMATION_SCHEMA.

        Raises:
            SqlError: There is none of that name here, or an argument is not known.
        """

    @abstractmethod
    def file_function(self, name: str, arguments: list[exp.Expr], context: Context) -> str:
        """Return DuckDB's SQL for INFER_SCHEMA or VALIDATE.

        Raises:
            SqlError: An argument is not known, or the files cannot be read.
        """
