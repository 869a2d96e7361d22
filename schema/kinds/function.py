"""Functions: https://docs.snowflake.com/en/sql-reference/sql/create-function"""

from dataclasses import dataclass
from typing import Any

from ..values import Row
from .policy_base import Argument
from .routine_base import Routine, RoutineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Function(Routine):
    """A scalar or table function."""


class FunctionKind(RoutineKind[Function]):
    name = "function"
    plural = "functions"
    privileges = ("USAGE",)
    spec_type = Function
    view = "FUNCTIONS"
    prefix = "FUNCTION"
    extra = ", IS_SECURE"

    def read_row(self, row: Row, arguments: tuple[Argument, ...]) -> Function:
        facts: dict[str, Any] = self.facts(row, arguments)
        return Function(**facts)
