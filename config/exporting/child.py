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

from ..censor.redact import Redactor, StreamRedactor
from ..errors import ConfigError

CHUNK = 64 * 1024
# What somebody sends to us is meant for the program.
_PASSED_ON = ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
# What a terminal sends reaches the whole foreground group, and so the program by itself.
_OF_TERMINALS = frozenset({signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT)})


def run(command: Sequence[str], values: Mapping[str, str], *, redacted: bool = True) -> int:
    """Run `command` with `values` added to this process's environment, and return its code.

    Its output passes through a pipe while it is censored, so it sees no terminal there; without
    `redacted` it gets ours. A child that a signal ends returns 128 and the signal's number.

    Raises:
        ConfigError: The program cannot be started.
    """
    environment = {**os.environ, **values}
    pipe = subprocess.PIPE if redacted else None
    with _Signals() as signals:
        try:
            child = subprocess.Popen(list(command), env=environment, stdout=pipe, stderr=pipe)
        except FileNotFoundError:
            raise ConfigError(f"{command[0]}: no such program") from None
        except OSError as error:
            raise ConfigError(f"{command[0]}: cannot be started: {error.strerror}") from None
        signals.pass_on_to(child)
        with _pumped(child):
            code = child.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _pumped(child: "subprocess.Popen[bytes]") -> Iterator[None]:
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
    yield
    for pump in pumps:
        pump.join()


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


class _Signals:
    """Passes signals on, from before the program exists: one that comes in between is kept."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "_Signals":
        if threading.current_thread() is threading.main_thread():
            for name in _PASSED_ON:
                number = getattr(signal, name, None)
                # What is ignored here (`nohup`) is ignored by the program as well.
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what `signal` returned

    def pass_on_to(self, child: "subprocess.Popen[bytes]") -> None:
        """Let the program have what came, and what comes."""
        self._child = child
        while self._early:
            child.send_signal(self._early.pop(0))

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if self._child is None:
            self._early.append(number)
        elif number not in _OF_TERMINALS or not _is_in_foreground():
            self._child.send_signal(number)


def _is_in_foreground() -> bool:
    """Whether a terminal counts this process among those that get its Ctrl-C."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False  # there is none
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
