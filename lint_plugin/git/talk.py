"""A process of git that is asked again and again, or whose output is read while it goes on."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress

from ..errors import LintFailureError
from .process import LIMIT, PATIENCE, Call, Done, bound_memory, started, waited

_CHUNK = 1 << 16
# No line of what is read line by line is longer. Bytes.
_LONGEST = 1 << 20


class Conversation(Call):
    """A call that is asked again and again, or whose output is read while it goes on.

    Git answers what it was asked before it is asked more than fits into a pipe (4 kB at least).
    """

    def __init__(self, line: list[str], environment: dict[str, str], name: str) -> None:
        pid, output, says = started(line, environment, asked=True)
        self._says, self._open = says, [says, output]
        self._output = output
        # What has come and was not taken yet begins at `_at`.
        self._rest = bytearray()
        self._at = 0
        super().__init__(name, pid)
        bound_memory(pid)

    def say(self, data: bytes) -> None:
        """Ask, in the words of the command.

        Raises:
            LintFailureError: Git has ended.
        """
        self._end = time.monotonic() + LIMIT
        try:
            while data:
                data = data[os.write(self._says, data) :]
        except OSError:
            raise self._ended() from None

    def until(self, end: bytes) -> bytes:
        """Return what comes before `end`, one byte; what is left where git has ended.

        Raises:
            GitStalledError: Nothing comes, or it comes without end.
        """
        searched = 0
        while (found := self._rest.find(end, self._at + searched)) < 0:
            searched = len(self._rest) - self._at
            if searched > _LONGEST:
                raise self._stalled()
            if not self._more():
                return self._take(len(self._rest))
        taken = self._take(found)
        self._at += 1
        return taken

    def parts(self, end: bytes) -> Iterator[bytes]:
        """Yield all that comes, in parts that end with `end`, one byte.

        Raises:
            GitStalledError: Nothing comes, or a part comes without end.
        """
        goes_on = True
        while goes_on:
            goes_on = self._more()
            parts = bytes(self._rest).split(end)
            rest = parts.pop() if goes_on else b""
            self._rest = bytearray(rest)
            yield from parts
            if len(rest) > _LONGEST:
                raise self._stalled()

    def exactly(self, size: int) -> bytes:
        """Return the next bytes.

        Raises:
            GitStalledError: Nothing comes.
            LintFailureError: Git ended before.
        """
        while len(self._rest) - self._at < size:
            if not self._more():
                raise self._ended()
        return self._take(self._at + size)

    def _take(self, end: int) -> bytes:
        taken = bytes(memoryview(self._rest)[self._at : end])
        self._at = end
        return taken

    def _more(self) -> bool:
        """Read what has come; say whether git goes on."""
        if self._at:
            del self._rest[: self._at]
            self._at = 0
        from select import POLLIN, poll

        waiting = poll()
        waiting.register(self._output, POLLIN)
        while not waiting.poll(self._bounded(PATIENCE) * 1000):
            if self._is_stalled():
                raise self._stalled()
        chunk = os.read(self._output, _CHUNK)
        self._rest += chunk
        return bool(chunk)

    def finish(self, patience: float = PATIENCE) -> Done:  # noqa: ARG002 (that of the base)
        """Wait for the end; what is left to read is given up."""
        self._close()
        return Done(waited(self._pid), b"")

    def end(self) -> None:
        import signal

        with suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
        self._close()
        waited(self._pid)

    def _close(self) -> None:
        while self._open:
            with suppress(OSError):
                os.close(self._open.pop())

    def _ended(self) -> LintFailureError:
        return LintFailureError(f"{self._name} ended before it had answered")
