"""Grants on what CREATE OR REPLACE makes anew: one apply, and each is there again."""

import pytest
from desk import Desk, lines

BASE = lines(
    "- {kind: schema, name: S}",
    "- {kind: warehouse, name: AGAIN_WH, size: xsmall}",
    "- kind: table",
    "  name: S.T",
    "  change_tracking: true",
    "  columns: [{name: A, type: string(64), nullable: false}, {name: B, type: string(64)}]",
    "  primary_key: [A]",
    "- {kind: role, name: AGAIN_READER}",
    "- {kind: cortex_search_service, name: S.FIND, on: A, warehouse: AGAIN_WH,",
    "   query: SELECT A FROM DB.S.T}",
)

# Kind -> privilege, definition, and what is replaced in it by what.
REPLACED = {
    "view": ("SELECT", "query: SELECT A FROM DB.S.T", "SELECT A", "SELECT B"),
    "function": (
        "USAGE",
        'arguments: [{name: a, type: int}, {name: v, type: string(9)}], returns: int, body: "1"',
        'body: "1"',
        'body: "2"',
    ),
    "procedure": ("USAGE", 'returns: integer, body: "BEGIN RETURN 1; END"', "RETURN 1", "RETURN 2"),
    "semantic_view": (
        "SELECT",
        "tables: [{name: T, on: {table: S.T}}], dimensions: [{name: A, table: T, expression: A}]",
        "expression: A",
        "expression: UPPER(A)",
    ),
    "cortex_search_service": (
        "USAGE",
        'on: A, warehouse: AGAIN_WH, query: "SELECT A FROM DB.S.T"',
        "SELECT A",
        "SELECT UPPER(A) AS A",
    ),
    "dynamic_table": (
        "SELECT",
        "warehouse: AGAIN_WH, target_lag: 5 minutes, query: SELECT A FROM DB.S.T",
        "SELECT A",
        "SELECT B",
    ),
    "file_format": ("USAGE", "type: csv", "csv", "json"),
    "stream": ("SELECT", "on: {table: S.T}, append_only: false", "false", "true"),
    "masking_policy": (
        "APPLY",
        "arguments: [{name: v, type: string}], returns: string, body: \"'*'\"",
        "name: v",
        "name: w",
    ),
    "row_access_policy": (
        "APPLY",
        'arguments: [{name: v, type: string}], body: "TRUE"',
        "name: v",
        "name: w",
    ),
    "mcp_server": (
        "USAGE",
        "tools: [{name: find, on: {cortex_search_service: S.FIND}}]",
        "name: find",
        "name: search",
    ),
}


def text(kind: str, definition: str) -> str:
    name = {"function": "'S.X(NUMBER, VARCHAR)'", "procedure": "S.X()"}.get(kind, "S.X")
    return BASE + lines(
        f"- {{kind: {kind}, name: S.X, {definition}}}",
        f"- {{kind: grant, to: AGAIN_READER, on: {{{kind}: {name}}},",
        f"   privileges: [{REPLACED[kind][0]}]}}",
    )


@pytest.mark.parametrize("kind", REPLACED)
def test_grants_outlive_a_replacement(desk: Desk, kind: str) -> None:
    _, definition, old, new = REPLACED[kind]
    assert old in definition
    desk.deploy(text(kind, definition))
    desk.declare(text(kind, definition.replace(old, new)))
    assert f"replace {kind}" in " ".join(desk.pending()), desk.sql()
    desk.deploy(text(kind, definition.replace(old, new)))
