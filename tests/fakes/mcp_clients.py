"""The MCP server as a process, and the SDK's own client over both transports."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

COMMAND = [sys.executable, "-m", "hushflake.cli.main", "mcp", "--stack", "local"]
ANALYST_TOKEN = "analyst-" + "t" * 24
PLAIN_TOKEN = "nobody-" + "t" * 24
Talk = Callable[[Client], Awaitable[Any]]


def over_stdio(home: Path, talk: Talk) -> Any:
    async def run() -> Any:
        server = StdioServerParameters(
            command=COMMAND[0], args=COMMAND[1:], cwd=str(home), env=dict(os.environ)
        )
        async with Client(server) as client:
            return await talk(client)

    return asyncio.run(asyncio.wait_for(run(), 120))


@pytest.fixture(scope="module")
def url(project: Any) -> Iterator[str]:
    home = project.local_data.parent
    callers = home / "callers.json"
    roles = {ANALYST_TOKEN: "KNOWLEDGE_ANALYST", PLAIN_TOKEN: "PUBLIC"}
    entries = [
        {
            "name": role.lower(),
            "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
            "role": role,
        }
        for token, role in roles.items()
    ]
    callers.write_text(json.dumps({"callers": entries}), encoding="utf-8")
    options = ["--transport", "http", "--port", "0", "--callers", str(callers)]
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=home, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    found = next(line.split()[-1] for line in process.stderr if line.startswith("Serving "))
    yield found
    process.send_signal(signal.SIGINT)
    process.wait(30)
    process.stderr.close()


@asynccontextmanager
async def talking_over_http(url: str, token: str | None) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=120, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


def over_http(url: str, token: str | None, talk: Talk) -> Any:
    async def run() -> Any:
        async with talking_over_http(url, token) as client:
            return await talk(client)

    return asyncio.run(asyncio.wait_for(run(), 120))


def audit_of(home: Path) -> Path:
    return home / ".hushflake" / "mcp-audit.jsonl"
