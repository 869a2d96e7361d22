"""The tools and resources: what may be asked, in which bounds, and which work it is."""

from datetime import datetime
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from .service import FailedError, Service
from .shapes import (
    AskAnswer,
    ChangesAnswer,
    EntitiesAnswer,
    EntityAnswer,
    MetricsAnswer,
    RelatedAnswer,
    SearchAnswer,
    SyncAnswer,
)

ARGUMENTS = frozenset(
    ("query", "entities", "filters", "limit", "cursor", "id", "depth", "since", "question", "page",
     "passage", "view", "metrics", "dimensions")
)  # fmt: skip
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)

Query = Annotated[str, Field(min_length=1, max_length=1000, description="In plain words")]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Names = Annotated[list[Name], Field(max_length=50, description="Entities to look in; none: all")]
Chosen = Annotated[list[Name], Field(max_length=20, description="`table.name` of the view")]
Filters = Annotated[
    dict[Name, Annotated[str, Field(max_length=500)]],
    Field(max_length=10, description="Field -> value that a row must have"),
]
Page = Annotated[int, Field(ge=1, le=10_000, description="Of a long row; `pages` says how many")]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Id = Annotated[str, Field(min_length=3, max_length=300, description="ENTITY/KEY")]


def add_tools(server: MCPServer[Any], service: Service) -> None:
    """Give a server everything that it answers."""
    _add_search(server, service)
    _add_reading(server, service)
    _add_questions(server, service)
    _add_resources(server, service)


def _add_search(server: MCPServer[Any], service: Service) -> None:
    @server.tool(annotations=_READS, description=service.about.search_text)
    def search_knowledge(
        query: Query,
        entities: Names = [],  # noqa: B006  (pydantic copies it)
        filters: Filters = {},  # noqa: B006
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
        cursor: Annotated[str | None, Field(max_length=100)] = None,
    ) -> SearchAnswer:
        asked = {"query": query, "entities": entities, "filters": filters, "limit": limit}
        return service.call(
            "search_knowledge",
            asked,
            lambda desk: desk.search(query, entities, filters, limit, cursor),
        )

    @server.tool(annotations=_READS)
    def list_entities(entities: Names = []) -> EntitiesAnswer:  # noqa: B006
        """Describe entities: what they hold, their keys, and the fields to filter on."""
        return service.noted(
            "list_entities",
            {"entities": entities},
            lambda _caller: service.about.describe(entities),
        )


def _add_reading(server: MCPServer[Any], service: Service) -> None:
    @server.tool(annotations=_READS)
    def get_entity(
        id: Id,  # noqa: A002  (the name that callers see)
        page: Page = 1,
        passage: Annotated[
            Number | None, Field(description="Of a hit: read it between its neighbours")
        ] = None,
    ) -> EntityAnswer:
        """Read one row by its id: page by page, or the surroundings of a passage."""
        asked = {"id": id, "page": page, "passage": passage}
        return service.call("get_entity", asked, lambda desk: desk.entity(id, page, passage))

    @server.tool(annotations=_READS)
    def related(id: Id, depth: Annotated[int, Field(ge=1, le=4)] = 2) -> RelatedAnswer:  # noqa: A002
        """Show what a row is connected to: references, relationships and shared ids."""
        return service.call(
            "related", {"id": id, "depth": depth}, lambda desk: desk.related(id, depth)
        )

    @server.tool(annotations=_READS)
    def changes_since(
        since: Annotated[datetime, Field(description="ISO 8601; without a zone it is UTC")],
        entities: Names = [],  # noqa: B006
        limit: Annotated[int, Field(ge=1, le=200)] = 50,
    ) -> ChangesAnswer:
        """List rows that were written since a moment, newest first, and rows deleted since."""
        asked = {"since": since.isoformat(), "entities": entities, "limit": limit}
        return service.call(
            "changes_since", asked, lambda desk: desk.changes(since, entities, limit)
        )


def _add_questions(server: MCPServer[Any], service: Service) -> None:
    @server.tool(annotations=_READS)
    def ask(question: Query) -> AskAnswer:
        """Answer a question with figures where the stack can compute them, otherwise with rows."""
        return service.call("ask", {"question": question}, lambda desk: desk.ask(question))

    @server.tool(annotations=_READS)
    def metrics(
        view: Annotated[str, Field(max_length=255, description="A semantic view")] = "",
        metrics: Chosen = [],  # noqa: B006
        dimensions: Chosen = [],  # noqa: B006
        filters: Filters = {},  # noqa: B006
        limit: Annotated[int, Field(ge=1, le=200)] = 100,
    ) -> MetricsAnswer:
        """Compute figures by name: metrics of a semantic view per dimension, where filters hold
        (dimension -> value; `true` or `false` of a filter). Without arguments: what there is."""
        asked = {"view": view, "metrics": metrics, "dimensions": dimensions, "filters": filters,
                 "limit": limit}  # fmt: skip
        return service.call(
            "metrics", asked, lambda desk: desk.metrics(view, metrics, dimensions, filters, limit)
        )

    @server.tool(annotations=_READS)
    def sync_status() -> SyncAnswer:
        """Report how fresh the knowledge is: rows, embedding coverage, pending rows, sync state."""
        return service.call("sync_status", {}, lambda desk: desk.sync_status())


def _add_resources(server: MCPServer[Any], service: Service) -> None:
    row = "knowledge://entity/{entity}/{key}"

    def read(entity: str, key: str, page: int = 1, passage: int | None = None) -> str:
        identifier = f"{entity}/{key}"
        asked = {"id": identifier, "page": page, "passage": passage}
        try:
            answer = service.call(
                "resource", asked, lambda desk: desk.entity(identifier, page, passage)
            )
        except FailedError as error:
            raise ResourceError(str(error)) from None
        except ToolError:
            raise ResourceNotFoundError("no such row") from None
        return answer.model_dump_json()

    @server.resource(row, mime_type="application/json")
    def entity(entity: str, key: str) -> str:
        """One row as JSON, its first page."""
        return read(entity, key)

    @server.resource(f"{row}/page/{{page}}", mime_type="application/json")
    def entity_page(entity: str, key: str, page: Page) -> str:
        """A page of a long row as JSON."""
        return read(entity, key, page)

    @server.resource(f"{row}/passage/{{passage}}", mime_type="application/json")
    def entity_passage(entity: str, key: str, passage: Number) -> str:
        """A passage of a row between its neighbours, as JSON."""
        return read(entity, key, 1, passage)
