"""Servers of local stacks, forked from a process that has imported and proved everything once.

Most of a server's start is imports: Python's, DuckDB's, sqlglot's. Tests start hundreds of them. A
process of this module does that work once for each process of the test run, and forks a server for
whoever calls `hushflake.local.server.process.process.spawn` in it. From there on it is the same:
the same main function, in a process and a session of its own, with the caller's environment.

Files that are about the start itself have `pytestmark = pytest.mark.real_start`.

A test run starts more processes than the system has numbers, so a number soon belongs to another
process, or to a thread of one. What is waited for or ended here is therefore named by a descriptor
of the process (`pidfd_open(2)`), which never means another one. Where the system has none, servers
start as they do for users.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

_MESSAGE = 1 << 20


# Not on macOS.
AVAILABLE = hasattr(os, "pidfd_open")


class Forked:
    """A server as its starter sees it: what `process.start` uses of `subprocess.Popen`."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def poll(self) -> int | None:
        """Return None while it runs; its code is not known here."""
        if self.returncode is None and has_ended(self._descriptor):
            self.returncode = -1
        return self.returncode

    def terminate(self) -> None:
        end(self._descriptor)

    def wait(self) -> int:
        has_ended(self._descriptor, seconds=None)
        return -1


def has_ended(descriptor: int, seconds: float | None = 0) -> bool:
    """Whether a process has ended within some seconds; None waits for it."""
    return bool(select.select([descriptor], [], [], seconds)[0])


def end(descriptor: int) -> None:
    """Ask a process to end; nothing where it has."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)


class Nursery:
    """The process that servers are forked from; it begins when the first one is asked for."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def wrap(self, real: Callable[[Path], Any]) -> Callable[[Path], Any]:
        """Return what stands for `process.spawn`."""

        def spawn(home: Path) -> Any:
            # A fork of the test process shares the socket: its answers would be taken.
            ours = AVAILABLE and os.getpid() == self._owner
            return self._spawn(home) if ours else real(home)

        return spawn

    def _spawn(self, home: Path) -> Forked:
        from hushflake.local.server.process.process import open_log

        with self._lock, open_log(home) as log:
            ours = self._begun()
            message = json.dumps({"home": str(home), "environment": dict(os.environ)})
            socket.send_fds(ours, [message.encode()], [log.fileno()])
            pid, handles, _, _ = socket.recv_fds(ours, 100, 1)
            return Forked(int(pid), handles[0])

    def _begun(self) -> socket.socket:
        if self._socket is None:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for end in (self._socket, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MESSAGE)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", __file__, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                )
        return self._socket

    def close(self) -> None:
        """End the process, and the servers that are left with it."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait()


def main(theirs: socket.socket) -> None:
    """Fork a server for each message until the other end closes."""
    _prepare()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    running: list[int] = []
    while True:
        message, handles, _, _ = socket.recv_fds(theirs, _MESSAGE, 1)
        if not message:
            break
        pid, descriptor = _fork(json.loads(message), handles[0], theirs)
        os.close(handles[0])
        socket.send_fds(theirs, [str(pid).encode()], [descriptor])
        running.append(descriptor)
        running = _without_ended(running)
    for descriptor in running:
        end(descriptor)


def _fork(message: dict[str, Any], log: int, theirs: socket.socket) -> tuple[int, int]:
    """Fork a server that waits until its descriptor is open; return its number and that."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        theirs.close()
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)
        _serve(message, log)
    os.close(reading)
    descriptor = os.pidfd_open(pid)
    os.close(writing)
    return pid, descriptor


def _without_ended(descriptors: list[int]) -> list[int]:
    """Return those of processes that run, and close the others."""
    ended = select.select(descriptors, [], [], 0)[0]
    for descriptor in ended:
        os.close(descriptor)
    return [descriptor for descriptor in descriptors if descriptor not in ended]


def _prepare() -> None:
    """Import what a server that has answered a few statements has imported.

    Nothing is run here: threads do not survive a fork.
    """
    import importlib

    # It serves; the proof below does not need it.
    importlib.import_module("hushflake.local.server.process.serving")
    from hushflake.local.server.process.process import code_mark
    from hushflake.local.server.process.self_proof import require_proof

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(Exception):
            require_proof(code_mark())
            os.write(writing, "\n".join(sorted(sys.modules)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        names = file.read().split()
    os.waitpid(pid, 0)
    for name in names:
        if name.partition(".")[0] not in ("__main__", "__mp_main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def _serve(message: dict[str, Any], log: int) -> NoReturn:
    import tempfile
    import time

    from hushflake.local.server.process.main import main as serve

    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (1, 2):
            os.dup2(log, number)
        os.close(log)
        os.chdir(message["home"])
        os.environ.clear()
        os.environ.update(message["environment"])
        tempfile.tempdir = None
        time.tzset()
        code = serve(Path(message["home"]))
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
