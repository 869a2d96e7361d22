"""Serves one stack: opens its data, makes its password, answers until a signal or idleness."""

import asyncio
import contextlib
import fcntl
import json
import logging
import logging.handlers
import os
import resource
import secrets
import signal
import socket
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

import uvicorn

from ...engine.engine import Engine
from ...language.errors import LocalStackError
from ...sessions.history import History
from ..wire.connections import Connections, bounded_protocol
from ..wire.opened import Opened
from ..wire.protocol import Server
from .assembly import open_stack
from .data_folder import DATABASE, note_database, require_ours, write_private
from .files import replace_file
from .process import HOST, LOG_BYTES, code_mark, identity
from .self_proof import require_proof
from .snapshots import Snapshots

# Without a request for so long, with no scheduler running, the server ends: it starts on demand.
_IDLE_SECONDS = 2 * 3600
_LOCK_SECONDS = 5.0
# What a cancelled statement and its answer get at the end; what still runs then is rolled back.
_GRACE_SECONDS = 4
# macOS gives a process 256, of which each connection takes one.
_DESCRIPTORS = 4096


class _Runner(uvicorn.Server):
    """Cancels the statements that run when a signal ends the server."""

    served: Server

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not here: the signal may have come while this thread held one of the locks.
        asyncio.get_running_loop().call_soon_threadsafe(self.served.cancel_all)
        super().handle_exit(sig, frame)


def serve(home: Path, state: Path) -> int:
    """Serve a stack, and return the exit code of its process.

    Args:
        home: Its data folder.
        state: Its folder in the user's state directory.

    Raises:
        LocalStackError: The data cannot be used, or the installed packages cannot run it.
    """
    _log_to(home)
    lock = _lock(state / "server.lock")
    if lock is None:
        return 0
    _raise_limit()
    require_ours(home)
    code = code_mark()
    require_proof(code)
    token = secrets.token_urlsafe(32)
    write_private(state / "token", token)
    settings = _settings(state)
    history = History(home / "log.jsonl")

    def opened_file() -> Engine:
        engine = open_stack(home / DATABASE, settings)
        engine.add(History, history)
        return engine

    opened = Opened(opened_file())
    note_database(home)
    # The protocol is named: asyncio sets TCP_NODELAY only on sockets that say so (40 ms an answer).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    _bind(listener, int(str(settings.get("port") or 0)))
    port = int(listener.getsockname()[1])
    connections = Connections()
    served = Server(opened, token, port, history, connections, Snapshots(home, opened, opened_file))
    runner = _Runner(
        uvicorn.Config(
            served.application(),
            http=bounded_protocol(connections),
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            h11_max_incomplete_event_size=connections.header_bytes,
            timeout_keep_alive=connections.idle_seconds,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            backlog=64,
        )
    )
    runner.served = served
    facts = {"port": port, "pid": os.getpid(), "code": code, "folder": identity(home)}
    for number in (signal.SIGTERM, signal.SIGINT):
        # Uvicorn raises the signal again at its end, for whoever handled it before: by default that
        # would be the end of the process, before the data is closed.
        signal.signal(number, lambda *_: setattr(runner, "should_exit", True))
    asyncio.run(_answer(state, runner, served, listener, facts))
    (state / "server.json").unlink(missing_ok=True)
    (state / "token").unlink(missing_ok=True)
    if served.close(_GRACE_SECONDS):
        history.close()
        opened.engine.close()
    # Otherwise a statement does not let go: what was committed is in the file and its log.
    return 0


def _bind(listener: socket.socket, port: int) -> None:
    if port:
        # The server of a moment ago may have left connections that are not quite closed.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        raise LocalStackError(
            f"port {port} of this machine: {error.strerror}; choose another one: hushflake stack "
            "start --port N, or --port 0 for a free one"
        ) from None


def _log_to(home: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(
        home / "server.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _raise_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _lock(path: Path) -> TextIO | None:
    """Take the lock of a running server; None when another one runs."""
    file = path.open("a")
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Whoever asks whether a server runs holds it for a moment.
            if time.monotonic() > deadline:
                file.close()
                return None
            time.sleep(0.02)
        else:
            return file


def _settings(state: Path) -> dict[str, object]:
    with contextlib.suppress(FileNotFoundError):
        return dict(json.loads((state / "settings.json").read_text("utf-8")))
    return {}


async def _answer(
    state: Path,
    runner: uvicorn.Server,
    served: Server,
    listener: socket.socket,
    facts: dict[str, object],
) -> None:
    async def announce() -> None:
        while not runner.started:
            await asyncio.sleep(0.005)
        replace_file(state / "server.json", json.dumps(facts).encode())
        while not runner.should_exit:
            await asyncio.sleep(1)
            if served.is_idle(_IDLE_SECONDS):
                runner.should_exit = True

    tasks = [asyncio.create_task(announce())]
    seconds = float(str(served.engine.settings.get("scheduler") or 0))
    if seconds:
        tasks.append(asyncio.create_task(served.schedule(seconds)))
    await runner.serve(sockets=[listener])
    for task in tasks:
        task.cancel()
