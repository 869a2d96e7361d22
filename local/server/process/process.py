"""The server process of a stack, as other processes see it: its lock, its address, its health."""

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ...language.errors import LocalStackError
from .data_folder import state_of

HOST = "127.0.0.1"
ACCOUNT = "local"
USER = "LOCAL_USER"
_START_SECONDS = 30.0
# Of the server's log, twice: it is kept with the one before.
LOG_BYTES = 1_000_000


@dataclass(frozen=True)
class Endpoint:
    """Where a stack's server listens.

    Attributes:
        stack: The stack's name.
        home: The folder that holds its data and its logs.
        port: TCP port on loopback.
        pid: The server's process.
        token: The password, a new one for each start; never part of the printed form.
        outdated: It was started from other code than is installed now.
    """

    stack: str
    home: Path
    port: int
    pid: int
    token: str = field(repr=False)
    host: str = HOST
    outdated: bool = False

    @property
    def token_file(self) -> Path:
        """The file that holds the password, for its user alone."""
        return state_of(self.home) / "token"

    def connect_arguments(self) -> dict[str, Any]:
        """Return the arguments for `snowflake.connector.connect(**arguments)`."""
        return {
            "account": ACCOUNT,
            "user": USER,
            "password": self.token,
            "host": self.host,
            "port": self.port,
            "protocol": "http",
            "paramstyle": "qmark",
            # The 5.x line warns unless it is told; 4.x takes it and does nothing with it.
            "enable_server_session_keep_alive_auto_detection": False,
        }


def start(home: Path) -> Endpoint:
    """Start the server of a stack and return its endpoint.

    Raises:
        LocalStackError: It did not come up; the message gives the reason or its log.
    """
    state = state_of(home)
    for name in ("server.json", "failure"):
        (state / name).unlink(missing_ok=True)
    process = spawn(home)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = find(home)
        if found is not None:
            # Detached on purpose: it outlives this process, which must not warn about it.
            process.returncode = 0
            return found
        if process.poll() is not None:
            break
        time.sleep(0.01)
    if process.poll() is None:
        process.terminate()
        process.wait()
    with contextlib.suppress(OSError):
        raise LocalStackError((state / "failure").read_text("utf-8"))
    raise LocalStackError(
        f"the local stack's server did not start; its log: {home / 'server.log'}{_last_line(home)}"
    )


def spawn(home: Path) -> "subprocess.Popen[bytes]":
    """Start the process of a server, in a session of its own; what it prints goes to its log."""
    # -P: a folder named like one of our dependencies must not shadow it.
    command = [sys.executable, "-P", "-m", "hushflake.local.server.process.main", str(home)]
    with open_log(home) as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=home,
        )


def _last_line(home: Path) -> str:
    with contextlib.suppress(OSError):
        lines = (home / "server.log").read_text("utf-8", "replace").strip().splitlines()
        if lines:
            return f" ({lines[-1].strip()[:200]})"
    return ""


def open_log(home: Path) -> BinaryIO:
    """Open what the server prints, which its logger does not: a new file when it has grown."""
    path = home / "server.log"
    with contextlib.suppress(OSError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name("server.log.1"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def running(home: Path) -> dict[str, Any] | None:
    """Return port, process, code and folder of the server that holds a stack's lock and answers.

    The process is what the server itself says.
    """
    state = state_of(home)
    if not is_held(state / "server.lock"):
        return None
    try:
        facts = dict(json.loads((state / "server.json").read_text("utf-8")))
        facts["token"] = (state / "token").read_text("utf-8").strip()
        health = ask(int(facts["port"]), facts["token"], "/local/health")
        return None if health is None else {**facts, "pid": int(health["pid"])}
    except (OSError, ValueError, KeyError):
        return None


def find(home: Path) -> Endpoint | None:
    """Return the endpoint of a server that serves the folder which is at `home` now."""
    found = running(home)
    if found is None or found["folder"] != identity(home):
        return None
    outdated = found.get("code") != code_mark()
    return Endpoint(
        home.name, home, int(found["port"]), int(found["pid"]), found["token"], outdated=outdated
    )


def identity(home: Path) -> list[int] | None:
    """Return device and inode of a folder: another one may come to stand at its path."""
    try:
        found = home.stat()
    except OSError:
        return None
    return [found.st_dev, found.st_ino]


def code_mark() -> str:
    """Return what differs when the code of the local stack does."""
    marks = []
    for folder, _, names in os.walk(Path(__file__).parents[2]):
        for name in names:
            if name.endswith(".py"):
                held = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - a third of the time
                marks.append(f"{name} {held.st_mtime_ns} {held.st_size}")
    marks.sort()
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def sessions(endpoint: Endpoint) -> int:
    """Return how many clients are connected; without an answer, at least one."""
    details = ask(endpoint.port, endpoint.token, "/local/status")
    return int(details["sessions"]) if details is not None else 1


def is_held(lock: Path) -> bool:
    """Tell whether a server holds its lock."""
    try:
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def ask(
    port: int, token: str, path: str, body: dict[str, Any] | None = None, timeout: float = 5
) -> dict[str, Any] | None:
    """Ask a server for a document; None when it does not give one."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(
            "GET" if body is None else "POST",
            path,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {token}"},
        )
        answer = connection.getresponse()
        content = answer.read()
        return dict(json.loads(content)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def reap(pid: int) -> None:
    """Collect the server's exit when it is our own child, so that it does not stay a zombie."""
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
