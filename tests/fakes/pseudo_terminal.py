"""A program in a pseudo-terminal of a given width: what is typed, what is shown."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_STYLES = re.compile(r"\x1b\[[0-9;]*m")
# What line editing and the progress line write: cursor movements, modes, erasing.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r(?!\n)|\x07")


_OWN = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class PseudoTerminal:
    """One running program."""

    def __init__(
        self, arguments: list[str], columns: int, folder: Path, environ: Mapping[str, str]
    ) -> None:
        self._terminal, inner = pty.openpty()
        size = struct.pack("HHHH", 50, columns, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)
        # The terminal becomes the program's own, so that Ctrl-C reaches it.
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN, *arguments],
            cwd=folder,
            env={**os.environ, "TERM": "xterm", **environ},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self.raw = ""

    def read_until(self, text: str, seconds: float = 60) -> str:
        """Read until `text` was shown since the last call; return what was."""
        begun, start = time.monotonic(), len(self.raw)
        while text not in self.raw[start:]:
            if time.monotonic() - begun > seconds:
                raise AssertionError(f"{text!r} was not shown: {self.raw[-2000:]!r}")
            self._read(0.2)
        return self.raw[start:]

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._terminal, text.encode())

    def end(self, seconds: float = 120) -> int:
        """Read to the end and return the exit code."""
        begun = time.monotonic()
        while self.process.poll() is None or select.select([self._terminal], [], [], 0)[0]:
            if time.monotonic() - begun > seconds:
                self.process.kill()
                raise AssertionError(f"it did not end: {self.raw[-2000:]!r}")
            if not self._read(0.2):
                break
        return self.process.wait(10)

    @property
    def shown(self) -> list[str]:
        """The lines without styles and controls."""
        plain = _CONTROLS.sub("", _STYLES.sub("", self.raw))
        return [line.rstrip("\r") for line in plain.split("\n")]

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # the program is gone
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)

    def close(self) -> None:
        """End the program and close the terminal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        os.close(self._terminal)


@contextlib.contextmanager
def running(
    arguments: list[str], folder: Path, *, columns: int = 80, **environ: str
) -> Iterator[PseudoTerminal]:
    """Run a program of this Python in a pseudo-terminal."""
    terminal = PseudoTerminal([sys.executable, *arguments], columns, folder, environ)
    try:
        yield terminal
    finally:
        terminal.close()
