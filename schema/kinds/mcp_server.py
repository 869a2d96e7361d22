"""Managed MCP servers: https://docs.snowflake.com/en/sql-reference/sql/create-mcp-server

The specification is given as YAML text; ours is JSON, which is YAML. It is compared with what was
applied last.
"""

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from ..names import literal
from ..values import OperationClass, Payload, Row
from .annotations import OneOf, Target
from .base import Spec
from .common import SchemaObject
from .properties import words

if TYPE_CHECKING:
    from ..stack import Stack

_TYPES: Final = {
    "cortex_search_service": "CORTEX_SEARCH_SERVICE_QUERY",
    "semantic_view": "CORTEX_ANALYST_MESSAGE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool: a search service or a semantic view under a name, with words for the assistant."""

    name: str
    on: Annotated[Target, OneOf("cortex_search_service", "semantic_view")]
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer(Spec):
    comment: str = field(default="", compare=False)
    tools: tuple[Tool, ...] = field(metadata={"readable": False})


class McpServerKind(SchemaObject[McpServer]):
    name = "mcp_server"
    privileges = ("MODIFY", "USAGE")
    spoken = "MCP server"
    spec_type = McpServer
    replace_keeps_grants = False
    order = 65
    show = "MCP SERVERS"
    optional = True
    properties = ()
    replaced_by = ("tools",)
    replace_class: ClassVar[OperationClass] = "safe"

    def left_out(self, spec: McpServer, stack: "Stack") -> str:
        return "" if _tools(spec, stack) else "none of its tools is on this stack"

    def fit(self, spec: McpServer, stack: "Stack") -> tuple[McpServer, tuple[str, ...]]:
        tools = _tools(spec, stack)
        missing = [tool.name for tool in spec.tools if tool not in tools]
        if not missing:
            return spec, ()
        return replace(spec, tools=tools), (f"without {', '.join(missing)} on this stack",)

    def read_row(self, row: Row) -> McpServer:
        return McpServer(comment=words(row.get("comment")), tools=())

    def body(self, name: str, spec: McpServer) -> Payload:
        return {"specification": literal(specification(spec))}


def _tools(spec: McpServer, stack: "Stack") -> tuple[Tool, ...]:
    here = {
        "cortex_search_service": stack.cortex_search,
        "semantic_view": stack.semantic_views,
    }
    return tuple(tool for tool in spec.tools if here[tool.on.kind])


def specification(spec: McpServer) -> str:
    tools: list[dict[str, Any]] = [
        {
            "name": tool.name,
            "type": _TYPES[tool.on.kind],
            "identifier": tool.on.name.sql,
            "title": tool.title or tool.name,
            "description": tool.description,
        }
        for tool in spec.tools
    ]
    return json.dumps({"tools": tools}, indent=2, ensure_ascii=False)
