"""The MCP server over both transports, spoken to by the SDK's own client."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp_clients import ANALYST_TOKEN, COMMAND, PLAIN_TOKEN, audit_of, over_http, over_stdio

TOOLS = [
    "search_knowledge",
    "list_entities",
    "get_entity",
    "related",
    "changes_since",
    "ask",
    "metrics",
    "sync_status",
]


async def tour(client: Client) -> dict[str, Any]:
    """Call everything once."""
    tools = (await client.list_tools()).tools
    found = await client.call_tool(
        "search_knowledge", {"query": "who knows about lease pricing", "limit": 3}
    )
    entities = await client.call_tool("list_entities", {})
    row = await client.call_tool("get_entity", {"id": "EMPLOYEES/EMP-003"})
    related = await client.call_tool("related", {"id": "CUSTOMERS/CUS-001", "depth": 1})
    changes = await client.call_tool("changes_since", {"since": "2026-01-01", "limit": 2})
    answer = await client.call_tool("ask", {"question": "who sets the rent"})
    known = await client.call_tool("metrics", {})
    figures = await client.call_tool(
        "metrics",
        {
            "view": "customers_semantic",
            "metrics": ["total_arr_usd", "customers.customers_count"],
            "dimensions": ["customers.segment"],
            "filters": {"status": "active"},
        },
    )
    status = await client.call_tool("sync_status", {})
    resource = await client.read_resource("knowledge://entity/EMPLOYEES/EMP-003")
    return {
        "tools": tools,
        "search": found.structured_content,
        "entities": entities.structured_content,
        "row": row.structured_content,
        "related": related.structured_content,
        "changes": changes.structured_content,
        "ask": answer.structured_content,
        "known": known.structured_content,
        "figures": figures.structured_content,
        "status": status.structured_content,
        "resource": json.loads(resource.contents[0].text),  # type: ignore[union-attr]
    }


def check_tour(seen: dict[str, Any]) -> None:
    tools = {tool.name: tool for tool in seen["tools"]}
    assert list(tools) == TOOLS
    for tool in tools.values():
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.output_schema
        assert tool.description
    hit = seen["search"]["hits"][0]
    assert hit["id"] in ("EMPLOYEES/EMP-003", "EMPLOYEES/EMP-006")
    assert hit["age_seconds"] >= 0
    assert hit["updated_at"]
    assert hit["source_ids"]["hubspot_id"] == f"owner-701{hit['id'][-2:]}"
    assert seen["search"]["cursor"]
    assert "never instructions" in seen["search"]["notice"]
    assert len(seen["entities"]["entities"]) == 8
    assert len(seen["known"]["views"]) == 8
    assert seen["figures"]["columns"] == ["SEGMENT", "TOTAL_ARR_USD", "CUSTOMERS_COUNT"]
    assert sum(int(row[2]) for row in seen["figures"]["rows"]) == 18
    assert "active" not in seen["figures"]["sql"]  # bound
    assert seen["row"]["fields"]["full_name"] == "Priya Raman"
    assert {row["id"] for row in seen["related"]["rows"]} >= {"COMPETITORS/COM-001"}
    assert len(seen["changes"]["changes"]) == 2
    assert seen["ask"]["by"] == "search"
    assert "no Cortex Analyst" in seen["ask"]["note"]
    status = {item["entity"] for item in seen["status"]["entities"]}
    assert len(status) == 10
    assert {"COMPANY_DOCUMENTS_CHUNKS", "SALES_MATERIALS_CHUNKS"} < status
    assert seen["resource"]["title"] == "Priya Raman"


def test_a_tour_over_stdio(home: Path) -> None:
    check_tour(over_stdio(home, tour))
    lines = [json.loads(line) for line in audit_of(home).read_text("utf-8").splitlines()]
    called = [line["tool"] for line in lines if line["caller"] == "local"]
    assert sorted({*TOOLS, "resource"}) == sorted(set(called))
    assert all(line["outcome"] == "ok" for line in lines if line["caller"] == "local")
    assert not any("Priya" in json.dumps(line) for line in lines)


def test_a_tour_over_http(home: Path, url: str) -> None:
    check_tour(over_http(url, ANALYST_TOKEN, tour))
    assert '"caller": "knowledge_analyst"' in audit_of(home).read_text("utf-8")


def test_each_caller_works_with_its_own_role(url: str) -> None:
    async def search(client: Client) -> Any:
        return await client.call_tool("search_knowledge", {"query": "pricing"})

    assert over_http(url, ANALYST_TOKEN, search).is_error is False
    refused = over_http(url, PLAIN_TOKEN, search)
    assert refused.is_error is True
    assert "has no grant to read any of these entities" in refused.content[0].text


@pytest.mark.parametrize("token", [None, "wrong-" + "t" * 24])
def test_nobody_calls_without_a_known_token(url: str, token: str | None) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx2.post(url, json={}, headers=headers, trust_env=False)
    assert answer.status_code == 401


def test_a_foreign_host_is_refused(url: str) -> None:
    headers = {"Authorization": f"Bearer {ANALYST_TOKEN}", "Host": "evil.example"}
    answer = httpx2.post(url, json={}, headers=headers, trust_env=False)
    assert answer.status_code in (403, 421)


def test_mistakes_are_told_without_what_was_sent(home: Path) -> None:
    secret = "sk-" + "a" * 20

    async def talk(client: Client) -> list[Any]:
        calls: list[tuple[str, dict[str, Any]]] = [
            ("search_knowledge", {"query": "x", "limit": secret}),
            ("search_knowledge", {"query": "x" * 1001}),
            ("search_knowledge", {"query": "x", "limit": 51}),
            ("changes_since", {"since": secret}),
            ("get_entity", {"id": "EMPLOYEES/nobody"}),
            ("get_entity", {"id": "nonsense"}),
            ("search_knowledge", {"query": "x", "entities": ["EMPLOYES"]}),
        ]
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    answers = over_stdio(home, talk)
    texts = [answer.content[0].text for answer in answers]
    assert all(answer.is_error for answer in answers)
    assert not any(secret in text for text in texts)
    assert texts[0] == "arguments that do not fit: limit (int_parsing)"
    assert texts[2] == "arguments that do not fit: limit (less_than_equal)"
    assert texts[4].endswith(": EMPLOYEES has no row with this key")
    assert texts[6].endswith(": no such entity; did you mean EMPLOYEES?")


def test_a_resource_that_is_not_there(home: Path) -> None:
    async def talk(client: Client) -> None:
        with pytest.raises(MCPError, match="no such row"):
            await client.read_resource("knowledge://entity/EMPLOYEES/nobody")

    over_stdio(home, talk)


def test_http_needs_callers(home: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--transport", "http"], cwd=home, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "--callers" in done.stderr


def test_a_port_is_bound_to_loopback_only(url: str) -> None:
    port = int(url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        assert url.startswith("http://127.0.0.1:")


def test_the_client_of_the_documentation_gets_an_answer(url: str, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text("utf-8")
    (program,) = [
        block for block in page.split("```python\n") if "streamable_http_client(" in block
    ]
    path = tmp_path / "client.py"
    program = program.partition("```")[0]
    assert "http://127.0.0.1:8765/mcp" in program
    path.write_text(program.replace("http://127.0.0.1:8765/mcp", url), "utf-8")
    done = subprocess.run(
        [sys.executable, str(path)],
        env={**os.environ, "HUSHFLAKE_MCP_TOKEN": ANALYST_TOKEN, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Priya Raman" in done.stdout
    assert "never instructions" in done.stdout
