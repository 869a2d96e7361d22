"""The server process of a stack: `python -m hushflake.deploy.local.server HOME`."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import socket
import sys
import time
from pathlib import Path
from typing import TextIO

import uvicorn

from ..files import replace_file
from .engine import Engine
from .history import History
from .lifecycle import HOST, code_mark
from .protocol import Server

# Without a request for so long, with no scheduler running, the server ends: it starts on demand.
_IDLE_SECONDS = 2 * 3600
_LOCK_SECONDS = 5.0


def main(home: Path) -> int:
    """Serve the stack in `home` until a signal or idleness ends it."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    lock = _lock(home / "server.lock")
    if lock is None:
        return 0
    settings = _settings(home)
    token = (home / "token").read_text("utf-8").strip()
    engine = Engine(home / "stack.duckdb", settings)
    history = History(home / "log.jsonl")
    engine.history = history
    # The protocol is named: asyncio sets TCP_NODELAY only on sockets that say so (40 ms an answer).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((HOST, 0))
    port = int(listener.getsockname()[1])
    served = Server(engine, token, port, history)
    runner = uvicorn.Server(
        uvicorn.Config(
            served.application(),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=3600,
        )
    )
    asyncio.run(_serve(home, runner, served, listener, port))
    (home / "server.json").unlink(missing_ok=True)
    served.close()
    history.close()
    engine.close()
    lock.close()
    return 0


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


def _settings(home: Path) -> dict[str, object]:
    with contextlib.suppress(FileNotFoundError):
        return dict(json.loads((home / "settings.json").read_text("utf-8")))
    return {}


async def _serve(
    home: Path, runner: uvicorn.Server, served: Server, listener: socket.socket, port: int
) -> None:
    code = code_mark()

    async def announce() -> None:
        while not runner.started:
            await asyncio.sleep(0.005)
        facts = {"port": port, "pid": os.getpid(), "code": code}
        replace_file(home / "server.json", json.dumps(facts).encode())
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


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    # DuckDB is closed; its teardown at exit would only print about objects it leaks.
    os._exit(code)
