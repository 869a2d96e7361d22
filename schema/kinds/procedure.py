"""Procedures: https://docs.snowflake.com/en/sql-reference/sql/create-procedure"""

from dataclasses import dataclass, field
from typing import Any, Literal

from ..names import Sql
from ..values import Payload, Row
from .policy_base import Argument
from .routine_base import Routine, RoutineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Routine):
    """`execute_as` is whose rights it runs with."""

    execute_as: Literal["OWNER", "CALLER"] = field(default="OWNER", metadata={"readable": False})


class ProcedureKind(RoutineKind[Procedure]):
    name = "procedure"
    plural = "procedures"
    privileges = ("USAGE",)
    spec_type = Procedure
    view = "PROCEDURES"
    prefix = "PROCEDURE"

    def read_row(self, row: Row, arguments: tuple[Argument, ...]) -> Procedure:
        facts: dict[str, Any] = self.facts(row, arguments)
        return Procedure(**facts)

    def more(self, spec: Procedure) -> Payload:
        return {"execute_as": Sql(spec.execute_as)}

    def compared(self) -> tuple[str, ...]:
        return (*super().compared(), "execute_as")
