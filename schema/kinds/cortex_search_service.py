"""Cortex Search services:
https://docs.snowflake.com/en/sql-reference/sql/create-cortex-search

What is indexed cannot be altered: a change replaces the service, and the old index is gone from the
commit until the new one is built. A scoring profile cannot be altered either: it is dropped, and
added again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal

from ..names import Identifier, QualifiedName, Sql, literal
from ..sql.queries import query_of_view
from ..stack import Stack
from ..values import Key, OperationClass, Payload, Row, Value
from .annotations import Range, Ref, SqlText
from .base import Change, Mistake, Resource, Spec
from .common import SchemaObject
from .lag import is_lag, lag_mistakes, normal_lag
from .properties import COMMENT, Property, spell, whole, words
from .scoring_profile import ScoringProfile, config_of, profile_mistakes, read_profiles

DEFAULT_MODEL = "snowflake-arctic-embed-m-v1.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorIndex:
    """One vector index: a text column that `model` embeds, or a vector column of your own.
    `query_model` embeds the question that a vector column of your own is searched with."""

    column: Identifier
    model: str = ""
    query_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CortexSearchService(Spec):
    """One text column is indexed by words and meaning (`on`), or several: `text_indexes` by words,
    `vector_indexes` by meaning. `primary_key` columns are text. `reader` is the one role that may
    use a service over what a policy protects; with `inherit_policies`, a preview of the account,
    the service asks the policies, and needs a primary key."""

    on: Identifier | None = None
    text_indexes: tuple[Identifier, ...] = field(default=(), metadata={"readable": False})
    vector_indexes: tuple[VectorIndex, ...] = field(default=(), metadata={"readable": False})
    query: Annotated[str, SqlText("query")]
    warehouse: Annotated[QualifiedName, Ref("warehouse")]
    target_lag: str = "1 hour"
    attributes: tuple[Identifier, ...] = ()
    primary_key: tuple[Identifier, ...] = field(default=(), metadata={"readable": False})
    embedding_model: str = DEFAULT_MODEL
    refresh_mode: Literal["FULL", "INCREMENTAL"] | None = field(
        default=None, metadata={"readable": False}
    )
    initialize: Literal["ON_CREATE", "ON_SCHEDULE"] = field(default="ON_CREATE", compare=False)
    full_index_build_interval_days: Annotated[int, Range(0, 365)] | None = field(
        default=None, metadata={"readable": False}
    )
    request_logging: bool | None = field(default=None, metadata={"readable": False})
    auto_suspend: Annotated[int, Range(1800, 31_536_000)] | None = field(
        default=None, metadata={"readable": False}
    )
    inherit_policies: bool = field(default=False, metadata={"readable": False})
    reader: Annotated[QualifiedName, Ref("role", external=True)] | None = field(
        default=None, compare=False
    )
    scoring_profiles: tuple[ScoringProfile, ...] = field(default=(), metadata={"readable": False})


class CortexSearchServiceKind(SchemaObject[CortexSearchService]):
    name = "cortex_search_service"
    plural = "cortex_search_services"
    privileges = ("MONITOR", "OPERATE", "USAGE")
    spoken = "search service"
    spec_type = CortexSearchService
    replace_keeps_grants = False
    order = 60
    query_fields = ("query",)
    completes_names = True
    drop_class: ClassVar[OperationClass] = "rebuild"
    show = "CORTEX SEARCH SERVICES"
    optional = True
    properties = (
        Property("warehouse", "WAREHOUSE", "name"),
        Property("target_lag", "TARGET_LAG", "literal"),
        Property("full_index_build_interval_days", "FULL_INDEX_BUILD_INTERVAL_DAYS"),
        Property("request_logging", "REQUEST_LOGGING"),
        Property("auto_suspend", "AUTO_SUSPEND"),
        COMMENT,
    )
    replaced_by = (
        "on", "text_indexes", "vector_indexes", "query", "attributes", "primary_key",
        "embedding_model", "refresh_mode", "inherit_policies",
    )  # fmt: skip
    replace_class: ClassVar[OperationClass] = "rebuild"
    replace_reason = "there is no index until the new one is built"

    def left_out(self, spec: CortexSearchService, stack: Stack) -> str:
        return "" if stack.cortex_search else "cortex_search is false on this stack"

    def normalise(self, spec: CortexSearchService) -> CortexSearchService:
        profiles = sorted(spec.scoring_profiles, key=lambda item: item.name.text)
        return replace(spec, target_lag=_lag(spec.target_lag), scoring_profiles=tuple(profiles))

    def check(self, name: str, spec: CortexSearchService, stack: Stack) -> Iterator[Mistake]:
        yield from lag_mistakes(spec.target_lag, downstream=False)
        yield from profile_mistakes(spec.scoring_profiles)
        several = bool(spec.text_indexes or spec.vector_indexes)
        if several == (spec.on is not None):
            yield Mistake(
                "on",
                "a search service has one index or several",
                "write on: COLUMN, or text_indexes: and vector_indexes:",
            )
        if several and not spec.vector_indexes:
            yield Mistake(
                "text_indexes",
                "a service of several indexes needs one over vectors",
                "add vector_indexes: [{column: NAME}]",
            )
        if several and spec.embedding_model != DEFAULT_MODEL:
            yield Mistake(
                "embedding_model",
                "with several indexes each has its model",
                "write vector_indexes: [{column: NAME, model: …}]",
            )
        for index in spec.vector_indexes:
            if index.model and index.query_model:
                yield Mistake(
                    "vector_indexes",
                    f"{index.column} has a model and a query_model",
                    "model: is for text, query_model: for a vector column of your own",
                )
        if spec.inherit_policies and not spec.primary_key:
            yield Mistake(
                "inherit_policies",
                "a service that asks policies needs a primary key: it reads the rows that it found",
                "add primary_key: [COLUMN], of texts",
            )
        if spec.inherit_policies and not stack.search_inherits_policies:
            yield Mistake(
                "inherit_policies",
                "this stack does not say that its account has that preview",
                "add search_inherits_policies: true to the stack, if it does",
            )
        indexed = {spec.on, *spec.text_indexes, *(item.column for item in spec.vector_indexes)}
        for column in spec.attributes:
            if column in indexed:
                yield Mistake(
                    "attributes", f"{column} is indexed and an attribute", "keep one of them"
                )

    def check_together(
        self, resources: Mapping[Key, Resource]
    ) -> Iterator[tuple[Resource, Mistake]]:
        """What an index that is kept up row by row asks of the tables that it reads."""
        for key, resource in resources.items():
            if key.kind != self.name or getattr(resource.spec, "refresh_mode", None) == "FULL":
                continue
            for table in (ref for ref in resource.references if ref.kind == "table"):
                spec = resources[table].spec if table in resources else None
                if spec is None or getattr(spec, "change_tracking", True):
                    continue
                remedy = "add change_tracking: true to it, or refresh_mode: full here"
                message = f"{table} that it reads has no change tracking"
                yield resource, Mistake("query", message, remedy)

    def read_row(self, row: Row) -> CortexSearchService:
        column = words(row.get("search_column"))
        return CortexSearchService(
            comment=words(row.get("comment")),
            on=Identifier(column) if column else None,
            query=query_of_view(words(row.get("definition"))),
            warehouse=QualifiedName.of(words(row.get("warehouse"))),
            target_lag=_lag(words(row.get("target_lag"))),
            attributes=tuple(
                Identifier(name) for name in _names(words(row.get("attribute_columns")))
            ),
            embedding_model=words(row.get("embedding_model")) or DEFAULT_MODEL,
            auto_suspend=whole(row.get("auto_suspend")),
        )

    def needs_own_query(self, spec: CortexSearchService) -> bool:
        return bool(spec.scoring_profiles)

    def own_query(self, name: str) -> str:
        service = QualifiedName.parse(name)
        database, schema, last = service.parts
        return (
            "SELECT PROFILE_NAME, SCORING_PROFILE\n"
            f"FROM {database}.INFORMATION_SCHEMA.CORTEX_SEARCH_SERVICE_SCORING_PROFILES\n"
            f"WHERE SERVICE_SCHEMA = {literal(schema.text)}\n"
            f"  AND SERVICE_NAME = {literal(last.text)}\nORDER BY PROFILE_NAME"
        )

    def read_own(self, row: Row, rows: Sequence[Row]) -> dict[str, Any]:
        return {"scoring_profiles": read_profiles(rows)}

    def difference(
        self, name: str, desired: CortexSearchService, actual: CortexSearchService
    ) -> Iterator[Change]:
        changes = list(super().difference(name, desired, actual))
        yield from changes
        if any(change.action == "replace" for change in changes):
            return  # the new service has its profiles
        known = {item.name: item for item in actual.scoring_profiles}
        wanted = {item.name: item for item in desired.scoring_profiles}
        for profile in actual.scoring_profiles:
            if wanted.get(profile.name) != profile:
                what = "changes: made again" if profile.name in wanted else "goes"
                payload: Payload = {"profile": profile.name.sql}
                part = f"scoring profile {profile.name}"
                yield Change("drop_profile", f"{part} {what}", payload, part=part)
        for profile in desired.scoring_profiles:
            if known.get(profile.name) != profile:
                part = f"scoring profile {profile.name}"
                yield Change("add_profile", f"{part} comes", _profile(profile), part=part)

    def body(self, name: str, spec: CortexSearchService) -> Payload:
        attributes: list[Value] = [item.sql for item in spec.attributes]
        primary_key: list[Value] = [item.sql for item in spec.primary_key]
        return {
            "on": spec.on.sql if spec.on else None,
            "text_indexes": [column.sql for column in spec.text_indexes],
            "vector_indexes": [_vector_index(item) for item in spec.vector_indexes],
            "primary_key": primary_key,
            "inherit_policies": spec.inherit_policies,
            "attributes": attributes,
            "warehouse": spec.warehouse.sql,
            "target_lag": spec.target_lag,
            "embedding_model": spec.embedding_model if spec.on else None,
            "refresh_mode": Sql(spec.refresh_mode) if spec.refresh_mode else None,
            "initialize": None if spec.initialize == "ON_CREATE" else Sql(spec.initialize),
            "full_index_build_interval_days": spec.full_index_build_interval_days,
            "request_logging": None
            if spec.request_logging is None
            else spell(spec.request_logging, "word"),
            "auto_suspend": spec.auto_suspend,
            "comment": spec.comment,
            "query": Sql(spec.query),
            "scoring_profiles": [_profile(item) for item in spec.scoring_profiles],
        }


def _vector_index(item: VectorIndex) -> dict[str, Value]:
    key = "query_model" if item.query_model else "model" if item.model else ""
    return {"column": item.column.sql, "key": Sql(key), "model": item.model or item.query_model}


def _profile(item: ScoringProfile) -> dict[str, Value]:
    return {"profile": item.name.sql, "config": config_of(item)}


def _lag(text: str) -> str:
    lag = normal_lag(text)
    return f"{lag}s" if is_lag(lag) else lag


def _names(shown: str) -> list[str]:
    """`A,B` or `["A", "B"]`."""
    if shown.startswith("["):
        return [str(item) for item in json.loads(shown)]
    return [part.strip() for part in shown.split(",") if part.strip()]
