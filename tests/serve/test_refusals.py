"""Refused requests leave lines, few of them; slow connections do not lock others out."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from mcp_clients import ANALYST_TOKEN, audit_of, lines_of, posted

from hushflake.serve.audit import Audit
from hushflake.serve.connections import PatientProtocol
from hushflake.serve.refusals import Refusals

FORGED = "forged-" + "f" * 30


def noted(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_sort_of_refusal_is_a_line_without_the_token(home: Path, url: str) -> None:
    before = len(lines_of(home)) if audit_of(home).exists() else 0
    large = {"x": "y" * 300_000}
    posted(url, None, json={})
    posted(url + "?token=" + FORGED, FORGED, json={})
    posted(url, ANALYST_TOKEN, headers={"Host": "evil.example"}, json={})
    posted(url, ANALYST_TOKEN, headers={"Origin": "https://evil.example"}, json={})
    posted(url, ANALYST_TOKEN, json=large)
    posted(url.replace("/mcp", "/admin"), None, json={})
    lines = lines_of(home)[before:]
    assert [(line["tool"], line["caller"], line["outcome"]) for line in lines] == [
        ("http", "unknown", "refused: 401 no bearer token"),
        ("http", "unknown", "refused: 401 an unknown token"),
        ("http", "knowledge_analyst", "refused: 421 a foreign Host"),
        ("http", "knowledge_analyst", "refused: 403 a foreign Origin"),
        ("http", "knowledge_analyst", "refused: 413 too large"),
        ("http", "unknown", "refused: 404 no such path"),
    ]
    assert lines[0]["arguments"] == {"client": "127.0.0.1", "method": "POST", "path": "/mcp"}
    assert lines[2]["arguments"]["host"] == "evil.example"
    assert lines[3]["arguments"]["origin"] == "https://evil.example"
    text = audit_of(home).read_text("utf-8")
    assert FORGED not in text
    assert ANALYST_TOKEN not in text


def test_a_flood_is_ten_lines_and_a_count(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = Audit(path, window=0.4)
    for _ in range(1200):
        audit.refused("unknown", 401, "no bearer token", {"path": "/" + "p" * 5000})
    for _ in range(14):
        audit.refused("unknown", 421, "a foreign Host", {"host": "\x1b[2J\u202e"})
    deadline = time.monotonic() + 10
    while len(noted(path)) < 11 and time.monotonic() < deadline:
        time.sleep(0.02)
    lines = noted(path)
    assert len(lines) == 11
    assert path.stat().st_size < 6000
    assert lines[-1]["outcome"] == "refused: 1,204 more refused calls in 0 s"
    assert lines[-1]["arguments"] == {"statuses": {"401": 1190, "421": 14}}
    audit.refused("unknown", 421, "a foreign Host", {"host": "\x1b[2J\u202e"})  # a new minute
    assert noted(path)[-1]["arguments"] == {"host": "\\x1b[2J\\u202e"}
    audit.close()
    assert len(noted(path)) == 12


def test_what_was_counted_is_written_at_the_end(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.jsonl")
    for _ in range(12):
        audit.refused("unknown", 401, "no bearer token", {})
    audit.close()
    assert noted(tmp_path / "audit.jsonl")[-1]["arguments"] == {"statuses": {"401": 2}}
    audit.add("late", "tool", {}, "ok", 0.0)  # a thread that ends after the server


def test_an_answer_that_is_none_is_noted(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.jsonl")

    async def failing(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})

    async def ask() -> None:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/\u202e", "headers": [], "client": None}
        await Refusals(failing, audit)(scope, None, send)  # type: ignore[arg-type]  # not received
        await Refusals(failing, audit)({"type": "lifespan"}, None, send)  # type: ignore[arg-type]
        assert len(sent) == 2

    asyncio.run(ask())
    audit.close()
    (line,) = noted(tmp_path / "audit.jsonl")
    assert line["outcome"] == "refused: 500 not answered"
    assert line["arguments"] == {"client": "unknown", "method": "GET", "path": "/\\u202e"}


class Impatient(PatientProtocol):
    seconds = 0.5
    most_waiting = 20


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """An application that reads a body and answers its length, served with short times."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        size, more = 0, scope["path"] != "/no-body"
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = str(size).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = uvicorn.Config(
        application,
        http=Impatient,
        lifespan="off",
        log_config=None,
        h11_max_incomplete_event_size=16_384,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(20)


def opened(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.settimeout(10)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Wait for the end of a connection."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def answered(connection: socket.socket) -> bool:
    """Send a request of three bytes; whether its length comes back."""
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
    got = b""
    while not got.endswith(b"\r\n\r\n3"):
        more = connection.recv(65536)
        if not more:
            return False
        got += more
    return True


def answers(port: int) -> bool:
    with opened(port) as connection:
        return answered(connection)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"POST / HT",
        b"POST / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        # Answered without its body, which then never comes.
        b"POST /no-body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
    ],
)
def test_what_does_not_come_in_time_is_not_waited_for(port: int, start: bytes) -> None:
    begun = time.monotonic()
    with opened(port) as connection:
        connection.sendall(start)
        assert is_closed(connection)
    assert time.monotonic() - begun < 8  # uvicorn's own time between requests is 5 s
    assert answers(port)


def test_a_request_that_drips_is_given_up(port: int) -> None:
    begun = time.monotonic()
    with opened(port) as connection, contextlib.suppress(ConnectionError):
        while time.monotonic() - begun < 20:
            connection.sendall(b"X")
            time.sleep(0.1)
    assert time.monotonic() - begun < 10


def test_half_open_connections_lock_nobody_out(port: int) -> None:
    held = [opened(port) for _ in range(200)]
    assert answers(port)
    for connection in held:
        connection.close()


def test_a_connection_is_used_again_and_a_large_head_is_refused(port: int) -> None:
    with opened(port) as connection:
        for _ in range(3):
            time.sleep(0.3)  # more than the time of one request in all
            assert answered(connection)
    with opened(port) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000)
        assert b"400" in connection.recv(65536)
    assert answers(port)
