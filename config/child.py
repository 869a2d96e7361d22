"""Runs a program with exported values in its environment and censors what it prints."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import IO

from .errors import ConfigError
from .redact import Redactor, StreamRedactor

CHUNK = 64 * 1024


def run(command: Sequence[str], values: Mapping[str, str], *, redacted: bool = True) -> int:
    """Run `command` with `values` added to this process's environment, and return its code.

    Its output passes through a pipe while it is censored, so it sees no terminal there; without
    `redacted` it gets ours. A child that a signal ends returns 128 and the signal's number.

    Raises:
        ConfigError: The program cannot be started.
    """
    environment = {**os.environ, **values}
    pipe = subprocess.PIPE if redacted else None
    try:
        child = subprocess.Popen(list(command), env=environment, stdout=pipe, stderr=pipe)
    except FileNotFoundError:
        raise ConfigError(f"{command[0]}: no such program") from None
    except OSError as error:
        raise ConfigError(f"{command[0]}: cannot be started: {error.strerror}") from None
    with _signals_to(child):
        pumps = [
            threading.Thread(target=_pump, args=(source, target))
            for source, target in (
                (child.stdout, sys.stdout.buffer),
                (child.stderr, sys.stderr.buffer),
            )
            if source is not None
        ]
        for pump in pumps:
            pump.start()
        code = child.wait()
        for pump in pumps:
            pump.join()
    return code if code >= 0 else 128 - code


def _pump(source: IO[bytes], target: IO[bytes]) -> None:
    redactor = StreamRedactor(Redactor())
    descriptor = source.fileno()
    with source:
        while piece := os.read(descriptor, CHUNK):
            _show(target, redactor.feed(piece))
        _show(target, redactor.finish())


def _show(target: IO[bytes], data: bytes) -> None:
    # A reader that went away must not stop the child from being emptied.
    with contextlib.suppress(BrokenPipeError, ValueError):
        target.write(data)
        target.flush()


@contextlib.contextmanager
def _signals_to(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Pass termination on. An interrupt from the keyboard reaches the child by itself."""

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, forward),
        signal.SIGHUP: signal.signal(signal.SIGHUP, forward),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
