"""Start, find and stop the server process of a stack.

One server a stack: it holds a lock on `server.lock` as long as it lives, and writes
`server.json` (port, process) when it can answer. Everything of a stack lies in one folder:

    FOLDER/stacks/NAME/  stack.duckdb  token (0600)  server.lock  server.json  server.log  log.jsonl
"""

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import replace_file
from .errors import LocalStackError, LocalStackUsageError

HOST = "127.0.0.1"
ACCOUNT = "local"
USER = "LOCAL_USER"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Endpoint:
    """Where a stack's server listens.

    Attributes:
        stack: The stack's name.
        home: The folder that holds everything of it.
        port: TCP port on loopback.
        pid: The server's process.
        token: The password; never part of the printed form.
        outdated: It was started from other code than is installed now.
    """

    stack: str
    home: Path
    port: int
    pid: int
    token: str = field(repr=False)
    host: str = HOST
    outdated: bool = False

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


@dataclass(frozen=True)
class Status:
    """What is known about a stack: `endpoint` is None when no server runs."""

    stack: str
    home: Path
    endpoint: Endpoint | None
    bytes_on_disk: int
    details: dict[str, Any]


def home_of(folder: Path, stack: str) -> Path:
    """Return the folder of `stack` below the project's local data `folder`.

    Raises:
        LocalStackUsageError: The name is not made of lower-case letters, digits, `_` and `-`.
    """
    if not _NAME.fullmatch(stack):
        raise LocalStackUsageError(
            f"stack {stack!r}: a local stack's name starts with a letter and holds lower-case "
            "letters, digits, '_' and '-'"
        )
    return folder.resolve() / "stacks" / stack


def ensure_running(folder: Path, stack: str = "local") -> Endpoint:
    """Return the endpoint of `stack`, starting its server when none runs.

    A server of other code than is installed now ends first, unless somebody is connected to it:
    then the endpoint says that it is `outdated`.

    Args:
        folder: The project's local data folder (`.hushflake`); made when missing.
        stack: The stack's name.

    Raises:
        LocalStackError: The server did not come up; the message names its log.
    """
    home = home_of(folder, stack)
    found = _find(home)
    if found is not None and found.outdated and not _sessions(found):
        stop(folder, stack)
        found = None
    if found is not None:
        return found
    _prepare(folder.resolve(), home)
    with _starting(home):
        return _find(home) or _start(home)


def status(folder: Path, stack: str = "local") -> Status:
    """Return what is known about `stack` without starting it."""
    home = home_of(folder, stack)
    endpoint = _find(home)
    details = _ask(endpoint.port, endpoint.token, "/local/status") if endpoint else None
    size = sum(path.stat().st_size for path in home.glob("stack.duckdb*"))
    return Status(stack, home, endpoint, size, details or {})


def stop(folder: Path, stack: str = "local") -> bool:
    """End the server of `stack`; return whether one ran.

    Raises:
        LocalStackError: It did not end in time.
    """
    home = home_of(folder, stack)
    endpoint = _find(home)
    if endpoint is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(endpoint.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        _reap(endpoint.pid)
        if not _held(home / "server.lock"):
            return True
        time.sleep(0.02)
    raise LocalStackError(f"stack {stack!r}: its server (process {endpoint.pid}) does not end")


def reset(folder: Path, stack: str = "local") -> bool:
    """Stop `stack` and delete all of its data; return whether there was any."""
    home = home_of(folder, stack)
    stop(folder, stack)
    if not home.exists():
        return False
    shutil.rmtree(home)
    return True


def configure(folder: Path, stack: str, settings: dict[str, Any]) -> bool:
    """Keep settings of a stack; return whether they are new.

    They count from the next start of its server.

    Args:
        folder: The project's local data folder.
        stack: The stack's name.
        settings: `scheduler` (seconds), `embedder`, `vectors` (`exact`, `index` or `off`).

    Raises:
        LocalStackUsageError: No such embedder or mode, or its package is not installed.
    """
    from .embedder import Embedder
    from .vectors.modes import require_mode

    home = home_of(folder, stack)
    Embedder(str(settings.get("embedder", "default")))
    require_mode(str(settings.get("vectors", "exact")))
    _prepare(folder.resolve(), home)
    path = home / "settings.json"
    held = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if all(held.get(key) == value for key, value in settings.items()):
        return False
    replace_file(path, json.dumps({**held, **settings}).encode())
    return True


def stacks(folder: Path) -> list[str]:
    """Return the names of the stacks that have data below `folder`."""
    parent = folder.resolve() / "stacks"
    return sorted(path.name for path in parent.iterdir()) if parent.is_dir() else []


def _prepare(folder: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# Local data of hushflake: not for the repository.\n*\n", "utf-8")
    token = home / "token"
    if not token.exists():
        # Private from its first moment (mkstemp's 0600) and linked when complete: it never is
        # empty. The first of several that prepare at once, processes or threads, gives the token.
        handle, name = tempfile.mkstemp(dir=home, prefix="token.")
        fresh = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(32))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, token)
        finally:
            fresh.unlink()


@contextlib.contextmanager
def _starting(home: Path) -> Iterator[None]:
    """Let one process at a time start the server."""
    with (home / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(home: Path) -> Endpoint:
    (home / "server.json").unlink(missing_ok=True)
    # -P: a folder named like one of our dependencies must not shadow it.
    command = [sys.executable, "-P", "-m", "hushflake.deploy.local.server", str(home)]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=home,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = _find(home)
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
    raise LocalStackError(
        f"the local stack's server did not start; its log: {home / 'server.log'}{_last_line(home)}"
    )


def _last_line(home: Path) -> str:
    with contextlib.suppress(OSError):
        lines = (home / "server.log").read_text("utf-8", "replace").strip().splitlines()
        if lines:
            return f" ({lines[-1].strip()[:200]})"
    return ""


def _find(home: Path) -> Endpoint | None:
    """Return the endpoint of a server that holds the lock and answers."""
    try:
        facts = json.loads((home / "server.json").read_text("utf-8"))
        token = (home / "token").read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    if not _held(home / "server.lock"):
        return None
    if _ask(int(facts["port"]), token, "/local/health") is None:
        return None
    outdated = facts.get("code") != code_mark()
    return Endpoint(
        home.name, home, int(facts["port"]), int(facts["pid"]), token, outdated=outdated
    )


def code_mark() -> str:
    """Return what differs when the code of the local stack does."""
    marks = []
    for folder, _, names in os.walk(Path(__file__).parent):
        for name in names:
            if name.endswith(".py"):
                held = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - a third of the time
                marks.append(f"{name} {held.st_mtime_ns} {held.st_size}")
    marks.sort()
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def _sessions(endpoint: Endpoint) -> int:
    """Return how many clients are connected; without an answer, at least one."""
    details = _ask(endpoint.port, endpoint.token, "/local/status")
    return int(details["sessions"]) if details is not None else 1


def _held(lock: Path) -> bool:
    try:
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def run_due(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Run the tasks of a stack that are due; return name, state and message of each run."""
    answer = _ask(endpoint.port, endpoint.token, "/local/run-due", {}, timeout=3600)
    if answer is None:
        raise LocalStackError(f"stack {endpoint.stack!r}: its server did not answer")
    return list(answer["runs"])


def move_clock(endpoint: Endpoint, seconds: float) -> None:
    """Move the clock by which tasks are due, for tests."""
    _ask(endpoint.port, endpoint.token, "/local/clock", {"seconds": seconds})


def _ask(
    port: int, token: str, path: str, body: dict[str, Any] | None = None, timeout: float = 5
) -> dict[str, Any] | None:
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


def _reap(pid: int) -> None:
    """Collect the server's exit when it is our own child, so that it does not stay a zombie."""
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
