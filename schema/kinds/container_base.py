"""What databases and schemas share: they hold other objects, and keep their past for some days.

Not a kind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from ..values import Key, OperationClass, Payload, Row
from .annotations import Range
from .base import Spec
from .common import Shown
from .properties import COMMENT, Property, parameters, whole, words
from .reading import Answer, Query, Scope

if TYPE_CHECKING:
    from ..stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Container(Spec):
    """`data_retention_days` and the parameters are not managed while they are absent: what stands
    above it counts, or Snowflake's default. `default_ddl_collation` is that of new columns."""

    transient: bool = False
    data_retention_days: Annotated[int, Range(0, 90)] | None = None
    max_data_extension_days: Annotated[int, Range(0, 90)] | None = field(
        default=None, metadata={"readable": False}
    )
    default_ddl_collation: str | None = field(default=None, metadata={"readable": False})


# SHOW does not list them.
PARAMETERS = (
    Property("max_data_extension_days", "MAX_DATA_EXTENSION_TIME_IN_DAYS"),
    Property("default_ddl_collation", "DEFAULT_DDL_COLLATION", "literal"),
)


ContainerT = TypeVar("ContainerT", bound=Container)


class ContainerKind(Shown[ContainerT]):
    """A kind whose objects go with everything in them."""

    drop_class: ClassVar[OperationClass] = "loss"
    properties = (
        Property("data_retention_days", "DATA_RETENTION_TIME_IN_DAYS"),
        *PARAMETERS,
        COMMENT,
    )

    def dropped_queries(self, scope: Scope) -> Iterator[Query]:
        for query in self.queries(replace(scope, singly={})):
            yield query._replace(
                sql=query.sql.replace(self.show, f"{self.show} HISTORY", 1), optional=True
            )

    def read_dropped(self, answers: Sequence[Answer]) -> Iterator[Key]:
        for answer in answers:
            for row in answer.rows:
                if row.get("dropped_on"):
                    yield Key(self.name, self.read_name(row, answer.query.needs).sql)

    def fit(self, spec: ContainerT, stack: "Stack") -> tuple[ContainerT, tuple[str, ...]]:
        if stack.edition != "standard" or (spec.data_retention_days or 0) <= 1:
            return spec, ()
        return replace(spec, data_retention_days=1), ("one day of retention: edition standard",)

    def facts(self, row: Row) -> dict[str, Any]:
        """The fields that databases and schemas share, from a row of SHOW."""
        return {
            "comment": words(row.get("comment")),
            "transient": "TRANSIENT" in words(row.get("options")),
            "data_retention_days": whole(row.get("retention_time")),
        }

    def needs_own_query(self, spec: ContainerT) -> bool:
        return any(getattr(spec, item.field) is not None for item in PARAMETERS)

    def own_query(self, name: str) -> str:
        return f"SHOW PARAMETERS IN {self.name.upper()} {name}"

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        set_here = parameters(rows, self.name.upper())
        return {
            "max_data_extension_days": whole(set_here.get("MAX_DATA_EXTENSION_TIME_IN_DAYS")),
            "default_ddl_collation": set_here.get("DEFAULT_DDL_COLLATION"),
        }

    def body(self, name: str, spec: ContainerT) -> Payload:
        return {"transient": spec.transient}
