"""The MCP server as a process, and the SDK's own client over both transports."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any

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


@contextmanager
def serving(
    folder: Path,
    callers: Mapping[str, str | None],
    *,
    log: IO[str] | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Serve a folder's project over HTTP; yields the address.

    Args:
        folder: The working folder.
        callers: Token -> role, or None.
        log: Receives what the server writes on standard error after its first line.
        environment: Of the process, if not this one's.
    """
    file = folder / "callers.json"
    entries: list[dict[str, Any]] = []
    for number, (token, role) in enumerate(callers.items()):
        name = role.lower() if role else f"caller-{number}"
        entry = {"name": name, "token_sha256": hashlib.sha256(token.encode()).hexdigest()}
        entries.append(entry | ({"role": role} if role else {}))
    file.write_text(json.dumps({"callers": entries}), encoding="utf-8")
    file.chmod(0o600)
    options = ["--http", "--port", "0", "--callers", str(file)]
    process = subprocess.Popen(
        [*COMMAND, *options],
        cwd=folder,
        env=None if environment is None else dict(environment),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    found = next(line.split()[-1] for line in process.stderr if line.startswith("Serving "))
    reader = threading.Thread(target=_copied, args=(process.stderr, log), daemon=True)
    reader.start()
    try:
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        reader.join(10)
        process.stderr.close()


def _copied(source: IO[str], target: IO[str] | int) -> None:
    """Empty a pipe: a full one would stop the server."""
    for line in source:
        if not isinstance(target, int):
            target.write(line)


@pytest.fixture(scope="module")
def url(project: Any) -> Iterator[str]:
    roles = {ANALYST_TOKEN: "KNOWLEDGE_ANALYST", PLAIN_TOKEN: "PUBLIC"}
    with serving(project.local_data.parent, roles) as found:
        yield found


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


def posted(url: str, token: str | None, **options: Any) -> httpx2.Response:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    headers |= options.pop("headers", {})
    return httpx2.post(url, headers=headers, trust_env=False, timeout=60, **options)


def lines_of(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in audit_of(home).read_text("utf-8").splitlines()]
