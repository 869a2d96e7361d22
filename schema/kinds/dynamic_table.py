"""Dynamic tables: https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from ..names import QualifiedName, Sql
from ..sql.queries import query_of_view
from ..stack import Stack
from ..values import OperationClass, Payload, Row
from .annotations import Ref, SqlText
from .base import Mistake, Spec
from .common import SchemaObject
from .lag import lag_mistakes, normal_lag
from .properties import COMMENT, Property, words


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicTable(Spec):
    """`target_lag` is `5 minutes` or `DOWNSTREAM`. What AUTO resolved to is not compared.
    `renamed_from` is a former name, also in another schema."""

    query: Annotated[str, SqlText("query")]
    renamed_from: Annotated[QualifiedName, Ref("dynamic_table", external=True)] | None = field(
        default=None, compare=False
    )
    warehouse: Annotated[QualifiedName, Ref("warehouse")]
    target_lag: str
    refresh_mode: Literal["AUTO", "FULL", "INCREMENTAL"] = field(
        default="AUTO", metadata={"readable": False}
    )
    initialize: Literal["ON_CREATE", "ON_SCHEDULE"] = field(default="ON_CREATE", compare=False)


class DynamicTableKind(SchemaObject[DynamicTable]):
    name = "dynamic_table"
    plural = "dynamic_tables"
    privileges = ("MONITOR", "OPERATE", "SELECT")
    spec_type = DynamicTable
    replace_keeps_grants = False
    order = 42
    query_fields = ("query",)
    completes_names = True
    drop_class: ClassVar[OperationClass] = "rebuild"
    show = "DYNAMIC TABLES"
    properties = (
        Property("target_lag", "TARGET_LAG", "literal"),
        Property("warehouse", "WAREHOUSE", "name"),
        COMMENT,
    )
    replaced_by = ("query", "refresh_mode")
    replace_class: ClassVar[OperationClass] = "rebuild"
    replace_reason = "the rows are computed again"

    def normalise(self, spec: DynamicTable) -> DynamicTable:
        from dataclasses import replace

        return replace(spec, target_lag=normal_lag(spec.target_lag))

    def check(self, name: str, spec: DynamicTable, stack: Stack) -> Iterator[Mistake]:
        return lag_mistakes(spec.target_lag, downstream=True, least_seconds=60)

    def read_row(self, row: Row) -> DynamicTable:
        return DynamicTable(
            comment=words(row.get("comment")),
            query=query_of_view(words(row.get("text"))),
            warehouse=QualifiedName.of(words(row.get("warehouse"))),
            target_lag=normal_lag(words(row.get("target_lag"))),
        )

    def body(self, name: str, spec: DynamicTable) -> Payload:
        return {
            "refresh_mode": Sql(spec.refresh_mode),
            "initialize": Sql(spec.initialize),
            "query": Sql(spec.query),
        }
