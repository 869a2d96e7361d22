"""Warehouses: https://docs.snowflake.com/en/sql-reference/sql/create-warehouse"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ..names import QualifiedName
from ..values import Payload, Row
from .annotations import Aliases, Range, Ref
from .base import Mistake, Spec
from .common import Shown
from .properties import COMMENT, Property, parameters, truth, whole, words

if TYPE_CHECKING:
    from ..stack import Stack

Size = Literal[
    "XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE", "XXXLARGE", "X4LARGE", "X5LARGE",
    "X6LARGE",
]  # fmt: skip
# What SHOW WAREHOUSES calls them.
_SHOWN_SIZE = {"2XLARGE": "XXLARGE", "3XLARGE": "XXXLARGE", "4XLARGE": "X4LARGE",
               "5XLARGE": "X5LARGE", "6XLARGE": "X6LARGE"}  # fmt: skip
_WRITTEN_SIZE = {**_SHOWN_SIZE, "X-SMALL": "XSMALL", "X-LARGE": "XLARGE", "2X-LARGE": "XXLARGE",
                 "3X-LARGE": "XXXLARGE", "4X-LARGE": "X4LARGE", "5X-LARGE": "X5LARGE",
                 "6X-LARGE": "X6LARGE"}  # fmt: skip
# SHOW WAREHOUSES does not tell them.
PARAMETERS = (
    Property("max_concurrency_level", "MAX_CONCURRENCY_LEVEL"),
    Property("statement_queued_timeout", "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS"),
    Property("statement_timeout", "STATEMENT_TIMEOUT_IN_SECONDS"),
)
PROPERTIES = (
    Property("type", "WAREHOUSE_TYPE", "literal"),
    Property("size", "WAREHOUSE_SIZE"),
    Property("generation", "GENERATION", "literal"),
    Property("max_cluster_count", "MAX_CLUSTER_COUNT"),
    Property("min_cluster_count", "MIN_CLUSTER_COUNT"),
    Property("scaling_policy", "SCALING_POLICY"),
    Property("auto_suspend", "AUTO_SUSPEND"),
    Property("auto_resume", "AUTO_RESUME"),
    Property("resource_monitor", "RESOURCE_MONITOR", "name"),
    Property("enable_query_acceleration", "ENABLE_QUERY_ACCELERATION"),
    Property("query_acceleration_max_scale_factor", "QUERY_ACCELERATION_MAX_SCALE_FACTOR"),
    COMMENT,
    *PARAMETERS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse(Spec):
    """Times are seconds. `auto_suspend: 0` never suspends."""

    size: Annotated[Size, Aliases(_WRITTEN_SIZE)] = "XSMALL"
    type: Literal["STANDARD", "SNOWPARK-OPTIMIZED"] = "STANDARD"
    generation: Literal["1", "2"] | None = None
    auto_suspend: Annotated[int, Range(0, 31_536_000)] = 600
    auto_resume: bool = True
    initially_suspended: bool = field(default=True, compare=False)
    min_cluster_count: Annotated[int, Range(1, 300)] = 1
    max_cluster_count: Annotated[int, Range(1, 300)] = 1
    scaling_policy: Literal["STANDARD", "ECONOMY"] = "STANDARD"
    resource_monitor: Annotated[QualifiedName, Ref("resource_monitor")] | None = None
    enable_query_acceleration: bool | None = None
    query_acceleration_max_scale_factor: Annotated[int, Range(0, 100)] = 8
    max_concurrency_level: Annotated[int, Range(1, 1000)] | None = field(
        default=None, metadata={"readable": False}
    )
    statement_queued_timeout: Annotated[int, Range(0, 604_800)] | None = field(
        default=None, metadata={"readable": False}
    )
    statement_timeout: Annotated[int, Range(0, 604_800)] | None = field(
        default=None, metadata={"readable": False}
    )


class WarehouseKind(Shown[Warehouse]):
    name = "warehouse"
    privileges = ("APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE")
    level = "account"
    spec_type = Warehouse
    order = 15
    show = "WAREHOUSES"
    pages = False
    properties = PROPERTIES

    def fit(self, spec: Warehouse, stack: "Stack") -> tuple[Warehouse, tuple[str, ...]]:
        notes: tuple[str, ...] = ()
        if spec.resource_monitor is not None and not stack.account_admin:
            notes = (
                f"without {spec.resource_monitor}: setting a monitor needs account_admin: true",
            )
            spec = replace(spec, resource_monitor=None)
        if stack.edition == "standard":
            if spec.max_cluster_count == 1 and not spec.enable_query_acceleration:
                return spec, notes
            note = "one cluster and no query acceleration: edition standard has no more"
            single = replace(
                spec, min_cluster_count=1, max_cluster_count=1, scaling_policy="STANDARD",
                enable_query_acceleration=None,
            )  # fmt: skip
            return single, (*notes, note)
        # Snowflake's default depends on generation and cluster count: say it always.
        return replace(spec, enable_query_acceleration=bool(spec.enable_query_acceleration)), notes

    def check(self, name: str, spec: Warehouse, stack: "Stack") -> Iterator[Mistake]:
        if spec.min_cluster_count > spec.max_cluster_count:
            yield Mistake(
                "min_cluster_count",
                "min_cluster_count is above max_cluster_count",
                f"write at most {spec.max_cluster_count}",
            )
        if spec.generation == "2" and spec.size in ("X5LARGE", "X6LARGE"):
            yield Mistake("size", f"{spec.size} has no generation 2", "leave generation out")

    def read_row(self, row: Row) -> Warehouse:
        monitor = words(row.get("resource_monitor"))
        factor = whole(row.get("query_acceleration_max_scale_factor"))
        return Warehouse(
            comment=words(row.get("comment")),
            size=size_of(words(row.get("size"))),
            type="STANDARD" if row.get("type") == "STANDARD" else "SNOWPARK-OPTIMIZED",
            generation="2" if words(row.get("generation")) == "2" else "1",
            auto_suspend=whole(row.get("auto_suspend")) or 0,
            auto_resume=truth(row.get("auto_resume", True)),
            min_cluster_count=whole(row.get("min_cluster_count")) or 1,
            max_cluster_count=whole(row.get("max_cluster_count")) or 1,
            scaling_policy="ECONOMY" if row.get("scaling_policy") == "ECONOMY" else "STANDARD",
            resource_monitor=QualifiedName.of(monitor) if monitor else None,
            enable_query_acceleration=truth(row.get("enable_query_acceleration")),
            query_acceleration_max_scale_factor=8 if factor is None else factor,
        )

    def needs_own_query(self, spec: Warehouse) -> bool:
        return any(getattr(spec, item.field) is not None for item in PARAMETERS)

    def own_query(self, name: str) -> str:
        return f"SHOW PARAMETERS IN WAREHOUSE {name}"

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        set_here = parameters(rows, "WAREHOUSE")
        return {item.field: whole(set_here.get(item.sql)) for item in PARAMETERS}

    def body(self, name: str, spec: Warehouse) -> Payload:
        return {"initially_suspended": spec.initially_suspended}


def size_of(shown: str) -> Size:
    """A size as SHOW WAREHOUSES spells it (`X-Small`, `2X-Large`) in our spelling."""
    word = shown.upper().replace("-", "")
    return _SHOWN_SIZE.get(word, word)  # type: ignore[return-value]
