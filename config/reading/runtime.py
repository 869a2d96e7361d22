"""The configured state of this process: sources, their snapshot, its refresh, the audit trail.

`configure` only notes what it is told. Nothing is loaded before the first read (or `preload`).
"""

import contextlib
import os
import random
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ..censor import redact
from ..errors import ConfigSourceError
from ..settings import Settings
from ..sources.order import ordered
from . import access, projected
from .cells import Cell, LiveCell, Table
from .counters import Counters
from .gathering import Gathering
from .snapshot import Snapshot
from .tables import ConfiguredTable

if TYPE_CHECKING:
    from ..audit.trail import Trail
    from .worker import Worker

_loading: ContextVar["Runtime | None"] = ContextVar("hushflake_loading", default=None)
_REFRESH_PAUSE = 0.25  # seconds that a fork waits at most for a refresh that is under way


class PendingTable(Table):
    """Configured and not loaded: the first read loads, and is answered by what was loaded."""

    def __init__(self, runtime: "Runtime") -> None:
        super().__init__(runtime.counters)
        self._runtime = runtime

    def make(self, key: str) -> Cell:
        if self._runtime.loading:
            # A source, or a log handler, reads while it is being asked: of this process only the
            # environment is there yet. Other threads wait.
            return LiveCell(key, self.counters, fast=False)
        return self._runtime.loaded_table()[key]

    def __getitem__(self, key: str) -> Cell:
        return self.make(key)

    def names(self, key: str) -> tuple[str, ...]:
        return self._runtime.settings.names(key)

    def renewed(self) -> Table:
        return PendingTable(self._runtime)


class Runtime:
    """One configuration at work."""

    def __init__(self, settings: Settings, counters: Counters, place: str = "") -> None:
        self.settings = settings
        self.place = place  # the file that holds the settings, "" where code gave them
        self.counters = counters
        self.sources = ordered(settings)
        self.gathering = Gathering(settings, counters, self.sources)
        self.snapshot: Snapshot | None = None
        self.table: ConfiguredTable | None = None
        self.loaded_at = 0.0  # monotonic seconds of the last try
        self.jitter = 1.0
        self.worker: Worker | None = None
        self.trail: Trail | None = None
        self.pid = os.getpid()
        self._lock = threading.RLock()
        self._finished = 0
        if settings.audit_dir or settings.otel:
            from ..audit import trail

            self.trail = trail.Trail(self)

    # Loading

    @property
    def loading(self) -> bool:
        """Whether this very code is loading the sources."""
        return _loading.get() is self

    def loaded_table(self) -> ConfiguredTable:
        """The table of the snapshot; the first caller loads it, the others wait for that."""
        with self._lock:
            if self.table is None:
                self._load()
            assert self.table is not None  # noqa: S101 - what `_load` just did, for mypy
            return self.table

    def refresh(self, *, everything: bool = True) -> None:
        """Ask the sources again; callers that come meanwhile share the answer.

        Args:
            everything: Also those whose own time to live is not over.
        """
        seen = self._finished
        with self._lock:
            if self._finished == seen:
                self._load(everything=everything)

    def renew(self) -> None:
        """Make the cells anew: what they know of the process environment is no longer so."""
        with self._lock:
            if self.table is not None:
                self.table = self.table.renewed()
                access.install(self.table)

    def _load(self, *, everything: bool = True) -> None:
        # A variable of the context: a source that is asked in a thread of its own is in it, too.
        loading = _loading.set(self)
        try:
            self._load_all(everything=everything)
        finally:
            _loading.reset(loading)

    def _load_all(self, *, everything: bool) -> None:
        before = self.snapshot
        self.loaded_at = time.monotonic()
        # Many processes start together; they must not come back together.
        self.jitter = random.uniform(0.8, 1.0)  # noqa: S311 - no secret
        if self.settings.mode == "production":
            from .policy import refuse_loaded_dotenv

            refuse_loaded_dotenv()
        snapshot = self.gathering.snapshot(before, jitter=self.jitter, everything=everything)
        for value, sure in snapshot.secret_values():
            redact.register(value, sure=sure)
        self._finished += 1
        self.snapshot = snapshot
        projected.update(snapshot.files())
        if before is not None and self.table is not None:
            names = len({key for key, _, _ in snapshot.values()})
            self.counters.event("refresh", names=names)
            if before.same_values(snapshot):
                # The cells in use stay good, but must know the newer facts (session, failures).
                self.table.snapshot = snapshot
                # Looked for once more, and not there: now they live as long as everything else.
                self.table.missed = False
                return
            self._note_rotations(self.table, snapshot)
        # What nobody held is asked for once more soon, and not after each change of other values.
        known = self.table.missing if self.table is not None else frozenset()
        self.table = ConfiguredTable(
            self.settings, snapshot, self.counters, self.ensure_worker, known
        )
        access.install(self.table)

    def _note_rotations(self, table: ConfiguredTable, snapshot: Snapshot) -> None:
        newer = ConfiguredTable(self.settings, snapshot, self.counters)
        for key, cell in list(table.cells.items()):
            if cell.value is not None and newer.make(key).value not in (None, cell.value):
                self.counters.event("rotation", key, getattr(cell, "source", ""))

    # Time

    def degraded(self) -> bool:
        """Whether a source is served from its past, or not at all."""
        return self.snapshot is not None and self.gathering.degraded(self.snapshot)

    def due_in(self) -> float:
        """Seconds until the sources have to be asked again; negative when overdue."""
        if self.snapshot is None or not self.gathering.refreshes():
            return float("inf")
        early = self.degraded() or (self.table is not None and self.table.missed)
        life = self.settings.miss_seconds if early else self.settings.refresh_seconds
        due = self.loaded_at + min(life, self.settings.refresh_seconds) * self.jitter
        own = self.gathering.earliest(self.snapshot, self.jitter)
        return min(due, own) - time.monotonic()

    def ensure_worker(self) -> None:
        """Start the background thread where there is something for it to do; also after a fork."""
        if self.worker is not None or self.settings.offline:
            return
        if self.gathering.refreshes() or self.trail is not None:
            with self._lock:
                if self.worker is None:
                    from .worker import Worker

                    # A read while the interpreter shuts down, or in one that allows no daemon
                    # threads (a subinterpreter), is answered, but starts no thread.
                    with contextlib.suppress(RuntimeError):
                        worker = Worker(self)
                        worker.start()
                        self.worker = worker

    def failures(self, *, copied: bool = True) -> list[ConfigSourceError]:
        """One error for each source that does not answer; see `Gathering.failures`."""
        if self.snapshot is None:
            return []
        return self.gathering.failures(self.snapshot, copied=copied)

    # Ends

    def flush(self) -> None:
        """Write what the audit trail holds."""
        if self.trail is not None:
            self.trail.flush()

    def close(self) -> None:
        """Stop the thread and write the rest of the trail."""
        if self.worker is not None:
            self.worker.stop()
            self.worker = None
        if self.trail is not None:
            self.trail.close()

    def hold_loads(self) -> bool:
        """Wait for a load that another thread is in, and let nobody begin one.

        A child forked in the middle of it would find modules half imported by a thread that it
        does not have, and wait for them for ever. The first load is what imports them, and what
        the child needs anyway; a refresh holds a fork up no longer than an import would.

        Returns:
            Whether loads are held now, until `let_load` in the same thread.
        """
        first = self.snapshot is None
        seconds = self.settings.total_timeout if first else _REFRESH_PAUSE
        return self._lock.acquire(timeout=seconds)

    def let_load(self) -> None:
        """Let others load again."""
        self._lock.release()

    def after_fork(self) -> None:
        """Become the runtime of a child process: own locks, own thread, own trail."""
        self.pid = os.getpid()
        self._lock = threading.RLock()
        self.worker = None
        if self.trail is not None:
            self.trail.after_fork()
        base = access.base()
        if isinstance(base, ConfiguredTable):
            self.table = base
