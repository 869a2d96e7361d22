"""Cortex Search services:
https://docs.snowflake.com/en/sql-reference/sql/create-cortex-search

What is indexed cannot be altered: a change replaces the service, and the old index is gone from the
commit until the new one is built.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from ..names import Identifier, QualifiedName, Sql
from ..project import Stack
from ..sqltext import query_of_view
from .annotations import Range, Ref, SqlText
from .base import Mistake, Spec
from .common import SchemaObject
from .properties import COMMENT, Property, whole, words
from .values import OperationClass, Payload, Row, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CortexSearchService(Spec):
    """One text column is indexed; `primary_key` columns are text."""

    on: Identifier
    query: Annotated[str, SqlText()]
    warehouse: Annotated[QualifiedName, Ref("warehouse")]
    target_lag: str = "1 hour"
    attributes: tuple[Identifier, ...] = ()
    primary_key: tuple[Identifier, ...] = field(default=(), metadata={"readable": False})
    embedding_model: str = "snowflake-arctic-embed-m-v1.5"
    refresh_mode: Literal["FULL", "INCREMENTAL"] | None = field(
        default=None, metadata={"readable": False}
    )
    initialize: Literal["ON_CREATE", "ON_SCHEDULE"] = field(default="ON_CREATE", compare=False)
    auto_suspend: Annotated[int, Range(1800, 31_536_000)] | None = field(
        default=None, metadata={"readable": False}
    )


class CortexSearchServiceKind(SchemaObject[CortexSearchService]):
    name = "cortex_search_service"
    spec_type = CortexSearchService
    order = 60
    query_fields = ("query",)
    completes_names = True
    drop_class: ClassVar[OperationClass] = "rebuild"
    show = "CORTEX SEARCH SERVICES"
    optional = True
    properties = (
        Property("warehouse", "WAREHOUSE", "name"),
        Property("target_lag", "TARGET_LAG", "literal"),
        Property("auto_suspend", "AUTO_SUSPEND"),
        COMMENT,
    )
    replaced_by = ("on", "query", "attributes", "primary_key", "embedding_model", "refresh_mode")
    replace_class: ClassVar[OperationClass] = "rebuild"
    replace_reason = "there is no index until the new one is built"

    def left_out(self, spec: CortexSearchService, stack: Stack) -> str:
        return "" if stack.cortex_search else "cortex_search is false on this stack"

    def normalise(self, spec: CortexSearchService) -> CortexSearchService:
        from dataclasses import replace

        return replace(spec, target_lag=_lag(spec.target_lag))

    def check(self, name: str, spec: CortexSearchService, stack: Stack) -> Iterator[Mistake]:
        if spec.on in spec.attributes:
            yield Mistake(
                "attributes", f"{spec.on} is indexed and an attribute", "keep it in on: alone"
            )

    def read_row(self, row: Row) -> CortexSearchService:
        return CortexSearchService(
            comment=words(row.get("comment")),
            on=Identifier(words(row.get("search_column"))),
            query=query_of_view(words(row.get("definition"))),
            warehouse=QualifiedName.of(words(row.get("warehouse"))),
            target_lag=_lag(words(row.get("target_lag"))),
            attributes=tuple(
                Identifier(name) for name in _names(words(row.get("attribute_columns")))
            ),
            embedding_model=words(row.get("embedding_model")) or "snowflake-arctic-embed-m-v1.5",
            auto_suspend=whole(row.get("auto_suspend")),
        )

    def body(self, name: str, spec: CortexSearchService) -> Payload:
        attributes: list[Value] = [item.sql for item in spec.attributes]
        primary_key: list[Value] = [item.sql for item in spec.primary_key]
        return {
            "on": spec.on.sql,
            "primary_key": primary_key,
            "attributes": attributes,
            "warehouse": spec.warehouse.sql,
            "target_lag": spec.target_lag,
            "embedding_model": spec.embedding_model,
            "refresh_mode": Sql(spec.refresh_mode) if spec.refresh_mode else None,
            "initialize": None if spec.initialize == "ON_CREATE" else Sql(spec.initialize),
            "auto_suspend": spec.auto_suspend,
            "comment": spec.comment,
            "query": Sql(spec.query),
        }


def _lag(text: str) -> str:
    words_ = " ".join(text.lower().split())
    return words_ if words_.endswith("s") or not words_ else f"{words_}s"


def _names(shown: str) -> list[str]:
    """`A,B` or `["A", "B"]`."""
    if shown.startswith("["):
        return [str(item) for item in json.loads(shown)]
    return [part.strip() for part in shown.split(",") if part.strip()]
