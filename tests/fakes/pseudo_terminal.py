"""A program of this Python in a pseudo-terminal of a given width: what is typed, what is shown."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect

# What line editing, styles and the progress line write: colours, movements, modes, erasing.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r(?!\n)|\x07")


class PseudoTerminal:
    """One running program."""

    def __init__(self, child: "pexpect.spawn[str]") -> None:
        self._child = child
        self.raw = ""

    def read_until(self, text: str, seconds: float = 60) -> str:
        """Read until `text` is shown; return what was since the last call, with it."""
        self._child.expect_exact(text, timeout=seconds)
        shown = f"{self._child.before}{self._child.after}"
        self.raw += shown
        return shown

    def type(self, text: str) -> None:
        """Press keys."""
        self._child.send(text)

    def end(self, seconds: float = 240) -> int:
        """Read to the end and return the exit code."""
        self._child.expect(pexpect.EOF, timeout=seconds)
        self.raw += str(self._child.before)
        self._child.close()
        return int(self._child.exitstatus if self._child.exitstatus is not None else -1)

    @property
    def shown(self) -> list[str]:
        """The lines without styles and controls; a line that was written over is one of its own."""
        text = self.raw.replace("\r\x1b[K", "\n")
        return [line.rstrip("\r") for line in _CONTROLS.sub("", text).split("\n")]


@contextlib.contextmanager
def running(
    arguments: list[str], folder: Path, *, columns: int = 80, **environ: str
) -> Iterator[PseudoTerminal]:
    """Run a program of this Python in a pseudo-terminal."""
    # pexpect sets the size after the program has begun: too late on a busy machine.
    sized = f'stty rows 50 cols {columns} && exec "$@"'
    child = pexpect.spawn(
        "sh",
        ["-c", sized, "sh", sys.executable, *arguments],
        cwd=str(folder),
        env={**os.environ, "TERM": "xterm", **environ},  # type: ignore[arg-type]  # any mapping
        dimensions=(50, columns),
        encoding="utf-8",
        codec_errors="replace",
    )
    try:
        yield PseudoTerminal(child)
    finally:
        child.close(force=True)
