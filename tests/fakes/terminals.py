"""A stream that says it is a terminal, and real programs on a pseudo-terminal."""

import fcntl
import io
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pytest


class Terminal(io.TextIOWrapper):
    """Keeps what was written."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, newline="")

    @classmethod
    def put(cls, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str = "utf-8") -> Self:
        """Put one in the place of `sys.stdout` or `sys.stderr`, out of the test itself."""
        made = cls(encoding)
        monkeypatch.setattr(sys, name, made)
        return made

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError

    @property
    def shown(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))
_LIMIT = 60.0  # seconds


def on_a_terminal(
    *words: str | Path,
    folder: Path,
    columns: int = 80,
    typed: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run `hushflake` on a pseudo-terminal of this width; return what it shows.

    Args:
        words: The command line after the program's name.
        folder: The working folder.
        columns: The width of the terminal.
        typed: What the user types, before anything is asked.
        environment: More variables.

    Raises:
        AssertionError: It runs longer than a minute.
    """
    variables = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ
    }
    variables |= {"TERM": "xterm", "LC_ALL": "C.UTF-8", **(environment or {})}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [HUSHFLAKE, *map(str, words)],
        cwd=folder,
        env=variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        os.write(ours, typed)
        return _shown(ours, process, time.monotonic() + _LIMIT).decode("utf-8", "surrogateescape")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def _shown(ours: int, process: subprocess.Popen[bytes], end: float) -> bytes:
    shown = bytearray()
    while True:
        assert time.monotonic() < end, bytes(shown[-2000:])
        if select.select([ours], [], [], 0.2)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the last one who had it open is gone
                return bytes(shown).replace(b"\r\n", b"\n")
            shown += piece
        elif process.poll() is not None:
            return bytes(shown).replace(b"\r\n", b"\n")
