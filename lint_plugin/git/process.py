"""A process of git that is underway: read to its end, or ended when it stands still.

What reads a pipe in the place of a file waits for ever, and does no work meanwhile. A call that
works may take as long as a large repository takes.
"""

import errno
import os
import time
from typing import NamedTuple

from ..errors import LintFailureError

# A call that has done nothing for so long stands still, and when one has, another does sooner: it
# waits for the same. Seconds.
PATIENCE, PATIENCE_AFTER = 2.5, 0.25
# Longer than any call may take, and one whose work cannot be seen (not Linux). Seconds.
LIMIT, UNSEEN_LIMIT = 900.0, 60.0
# More than the names in any repository take. Bytes.
LARGEST_OUTPUT = 1 << 29
_CHUNK = 1 << 20
# Git reads a reference whole, also one that is a link to a device. Bytes.
MOST_MEMORY = 4 << 30


class GitStalledError(LintFailureError):
    """Git stood still, or printed without end, and was ended."""


class Done(NamedTuple):
    """What a call came to."""

    code: int
    output: bytes
    errors: bytes = b""


class Call:
    """A call that is underway. `name` is what messages call it."""

    # Whether any call of this process stood still.
    stalled_before = False

    def __init__(self, name: str, pid: int) -> None:
        self._name = name
        self._pid = pid
        self._work = _work_of(pid)
        self._end = time.monotonic() + (LIMIT if self._work else UNSEEN_LIMIT)

    def finish(self, patience: float = PATIENCE) -> Done:
        """Wait for the end.

        Args:
            patience: After how many seconds without any work the call is ended.

        Raises:
            GitStalledError: It stood still.
        """
        raise NotImplementedError

    def end(self) -> None:
        """End the call, whatever it does."""
        raise NotImplementedError

    def _is_stalled(self) -> bool:
        """Say whether nothing was done since this was asked last."""
        work, before = _work_of(self._pid), self._work
        self._work = work
        return time.monotonic() > self._end or (bool(work) and work == before)

    def _bounded(self, patience: float) -> float:
        return min(patience, PATIENCE_AFTER) if Call.stalled_before else patience

    def _stalled(self) -> GitStalledError:
        Call.stalled_before = True
        return GitStalledError(
            f"{self._name} stood still and was ended; look for pipes, devices and unreachable "
            "file systems in the repository and its .git"
        )


class _Spawned(Call):
    """A call made without `subprocess`, whose import takes longer than git does."""

    def __init__(self, line: list[str], environment: dict[str, str], name: str) -> None:
        pid, self._output, _ = started(line, environment)
        super().__init__(name, pid)

    def finish(self, patience: float = PATIENCE) -> Done:
        try:
            output = self._read(patience)
        except BaseException:
            self.end()
            raise
        os.close(self._output)
        return Done(waited(self._pid), output)

    def end(self) -> None:
        import signal

        os.kill(self._pid, signal.SIGKILL)
        os.close(self._output)
        waited(self._pid)

    def _read(self, patience: float) -> bytes:
        from select import POLLIN, poll

        waiting = poll()
        waiting.register(self._output, POLLIN)
        chunks: list[bytes] = []
        size = 0
        while size <= LARGEST_OUTPUT:
            if waiting.poll(self._bounded(patience) * 1000):
                chunk = os.read(self._output, _CHUNK)
                if not chunk:
                    return b"".join(chunks)
                chunks.append(chunk)
                size += len(chunk)
            elif self._is_stalled():
                break
        raise self._stalled()


class Piped(Call):
    """A call that is given something, and whose errors are kept."""

    def __init__(
        self, line: list[str], environment: dict[str, str], name: str, given: bytes = b""
    ) -> None:
        from subprocess import PIPE, Popen

        self._given = given
        self._process = Popen(line, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        super().__init__(name, self._process.pid)
        bound_memory(self._process.pid)

    def finish(self, patience: float = PATIENCE) -> Done:
        from subprocess import TimeoutExpired

        given: bytes | None = self._given
        while True:
            try:
                output, errors = self._process.communicate(given, timeout=self._bounded(patience))
            except TimeoutExpired:
                given = None
                if self._is_stalled():
                    self.end()
                    raise self._stalled() from None
            except BaseException:
                self.end()
                raise
            else:
                return Done(self._process.returncode, output, errors)

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def spawned(line: list[str], environment: dict[str, str], name: str) -> Call:
    """Start a call that reads nothing and whose errors are not kept, in the fastest way there is.

    Raises:
        OSError: There is no git.
    """
    return (_Spawned if hasattr(os, "posix_spawnp") else Piped)(line, environment, name)


def started(
    line: list[str], environment: dict[str, str], *, asked: bool = False
) -> tuple[int, int, int]:
    """Start git without `subprocess`; return its process, its output, and its input if `asked`.

    Raises:
        OSError: There is no git, or the system has no `posix_spawn` (Windows).
    """
    if not hasattr(os, "posix_spawnp"):
        raise OSError(errno.ENOSYS, "this needs a system with posix_spawn")
    output, to_write = os.pipe()
    to_read, says = os.pipe() if asked else (os.open(os.devnull, os.O_RDONLY), -1)
    actions = [
        (os.POSIX_SPAWN_DUP2, to_read, 0),
        (os.POSIX_SPAWN_DUP2, to_write, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        return os.posix_spawnp(line[0], line, environment, file_actions=actions), output, says
    except OSError:
        os.close(output)
        if asked:
            os.close(says)
        raise
    finally:
        os.close(to_read)
        os.close(to_write)


def waited(pid: int) -> int:
    """Wait for a process of ours and return its status; 0 where the system keeps none."""
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        # Whoever started us ignores its children, and so the system forgot this one.
        return 0


def bound_memory(pid: int) -> None:
    """Let a process take no more memory than a large repository needs, where the system can."""
    try:
        from resource import RLIMIT_DATA, prlimit

        prlimit(pid, RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    except (ImportError, OSError, ValueError):
        return


def _work_of(pid: int) -> tuple[bytes, ...]:
    """Return how much a process has worked: processor time of it and of its children (proc(5)).

    Of one that runs or waits for a disk it differs each time. Nothing where the system does not
    say.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
            sleeps = fields[0] == b"S"
            return (*fields[11:15], b"" if sleeps else b"%d" % time.monotonic_ns())
    except OSError:
        return ()
