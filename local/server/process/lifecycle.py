"""Start, find and stop the server process of a stack.

One server per stack: it holds a lock on `server.lock` as long as it lives, and writes `server.json`
(port, process) when it can answer. Data and logs lie in the project's local data folder; what
decides who may connect and where lies in the user's state directory (`data_folder.py`).
"""

import contextlib
import json
import os
import re
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...language.errors import LocalStackError, LocalStackUsageError
from . import data_folder, process
from .data_folder import state_of
from .files import replace_file
from .process import Endpoint as Endpoint

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_STOP_SECONDS = 20.0


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
        LocalStackUsageError: The name is not made of lower-case letters, digits, `_` and `-`, or
            the folder is a symbolic link.
    """
    if not _NAME.fullmatch(stack):
        raise LocalStackUsageError(
            f"stack {stack!r}: a local stack's name starts with a letter and holds lower-case "
            "letters, digits, '_' and '-'"
        )
    if folder.is_symlink():
        # A checkout could make it lead to the data of another project.
        raise LocalStackUsageError(f"{folder}: is a symbolic link; remove it")
    return folder.resolve() / "stacks" / stack


def ensure_running(folder: Path, stack: str = "local") -> Endpoint:
    """Return the endpoint of `stack`, starting its server when none runs.

    A server of other code than is installed now ends first, unless somebody is connected to it:
    then the endpoint says that it is `outdated`.

    Args:
        folder: The project's local data folder (`.hushflake`); made when missing.
        stack: The stack's name.

    Raises:
        LocalStackUsageError: The data folder is not one that this user's hushflake made.
        LocalStackError: The server did not come up; the message gives the reason or its log.
    """
    home = home_of(folder, stack)
    try:
        data_folder.require_ours(home)
    except data_folder.ForeignFolderError:
        # Another process may be making it at this moment.
        with data_folder.starting(home):
            data_folder.require_ours(home)
    found = process.find(home)
    if found is not None and found.outdated and not process.sessions(found):
        stop(folder, stack)
        found = None
    if found is not None:
        return found
    with data_folder.starting(home):
        found = process.find(home)
        if found is None:
            # One that serves a folder which was deleted meanwhile may be left.
            stop(folder, stack)
            data_folder.claim(home)
            found = process.start(home)
    return found


def fresh(folder: Path, stack: str = "local") -> Path | None:
    """Move the data of `stack` aside, whoever made it; return where it is now, None without any.

    Raises:
        LocalStackError: Its server does not end.
    """
    home = home_of(folder, stack)
    stop(folder, stack)
    with data_folder.starting(home):
        return data_folder.set_aside(home)


def adopt(folder: Path, stack: str = "local") -> Path:
    """Take over a data folder that this user's hushflake has no record of; return it.

    Raises:
        LocalStackUsageError: There is none, or it holds links or another user's files.
    """
    home = home_of(folder, stack)
    stop(folder, stack)
    with data_folder.starting(home):
        if data_folder.is_ours(home):
            data_folder.require_safe(home)
        else:
            data_folder.adopt(home)
    return home


def status(folder: Path, stack: str = "local") -> Status:
    """Return what is known about `stack` without starting it."""
    home = home_of(folder, stack)
    endpoint = process.find(home)
    details = process.ask(endpoint.port, endpoint.token, "/local/status") if endpoint else None
    size = sum(path.stat().st_size for path in home.glob("stack.duckdb*"))
    return Status(stack, home, endpoint, size, details or {})


def stop(folder: Path, stack: str = "local") -> bool:
    """End the server of `stack`; return whether one ran.

    Raises:
        LocalStackError: It did not end in time.
    """
    home = home_of(folder, stack)
    lock = state_of(home) / "server.lock"
    found = process.running(home)
    if found is None:
        return False
    pid = int(found["pid"])
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline:
        process.reap(pid)
        if not process.is_held(lock):
            return True
        time.sleep(0.02)
    raise LocalStackError(f"stack {stack!r}: its server (process {pid}) does not end")


def reset(folder: Path, stack: str = "local") -> Path | None:
    """Stop `stack` and delete all of its data; return the folder, None when there was none.

    A folder that this user's hushflake did not make is moved aside instead, and its new path
    returned.
    """
    home = home_of(folder, stack)
    stop(folder, stack)
    with data_folder.starting(home):
        if not home.exists():
            return None
        if not data_folder.is_ours(home):
            return data_folder.set_aside(home)
        shutil.rmtree(home)
        data_folder.forget(home)
    return home


def configure(folder: Path, stack: str, settings: dict[str, Any]) -> bool:
    """Keep settings of a stack; return whether they are new.

    They count from the next start of its server.

    Args:
        folder: The project's local data folder.
        stack: The stack's name.
        settings: `scheduler` (seconds), `embedder`, `vectors` (`exact`, `index` or `off`).

    Raises:
        LocalStackUsageError: No such embedder or mode, its package is not installed, or the data
            folder is not one that this user's hushflake made.
    """
    from ...cortex.embedder import Embedder
    from ...cortex.vectors.modes import require_mode

    home = home_of(folder, stack)
    Embedder(str(settings.get("embedder", "default")))
    require_mode(str(settings.get("vectors", "exact")))
    with data_folder.starting(home):
        path = data_folder.claim(home) / "settings.json"
        held = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if all(held.get(key) == value for key, value in settings.items()):
            return False
        replace_file(path, json.dumps({**held, **settings}).encode())
    return True


def stacks(folder: Path) -> list[str]:
    """Return the names of the stacks that have data below `folder`."""
    parent = folder.resolve() / "stacks"
    if not parent.is_dir():
        return []
    # What was moved aside has a dot in its name.
    return sorted(path.name for path in parent.iterdir() if _NAME.fullmatch(path.name))


def run_due(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Run the tasks of a stack that are due; return name, state and message of each run."""
    answer = process.ask(endpoint.port, endpoint.token, "/local/run-due", {}, timeout=3600)
    if answer is None:
        raise LocalStackError(f"stack {endpoint.stack!r}: its server did not answer")
    return list(answer["runs"])


def move_clock(endpoint: Endpoint, seconds: float) -> None:
    """Move the clock by which tasks are due, for tests."""
    process.ask(endpoint.port, endpoint.token, "/local/clock", {"seconds": seconds})


def fail_embedding(endpoint: Endpoint, part: str) -> None:
    """Let texts that hold `part` fail to embed until the server ends, for tests; "" ends that."""
    process.ask(endpoint.port, endpoint.token, "/local/failing-texts", {"part": part})


def take_snapshot(endpoint: Endpoint) -> None:
    """Keep a copy of the stack as it is now; every session ends.

    Raises:
        LocalStackError: A statement does not end.
    """
    _snapshot(endpoint, "take")


def restore_snapshot(endpoint: Endpoint) -> None:
    """Put the stack back to its snapshot; every session ends.

    Raises:
        LocalStackError: No snapshot was taken, or a statement does not end.
    """
    _snapshot(endpoint, "restore")


def _snapshot(endpoint: Endpoint, action: str) -> None:
    body = {"action": action}
    if process.ask(endpoint.port, endpoint.token, "/local/snapshot", body, timeout=60) is None:
        raise LocalStackError(
            f"stack {endpoint.stack!r}: cannot {action} a snapshot; its log: "
            f"{endpoint.home / 'server.log'}"
        )
