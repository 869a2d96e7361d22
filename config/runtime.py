"""The configured state of this process: sources, their snapshot, its refresh, the audit trail.

`configure` only notes what it is told. Nothing is loaded before the first read (or `preload`).
"""

import contextlib
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import access, redact
from .cells import Cell, LiveCell, Table
from .counters import Counters
from .errors import ConfigError, ConfigSourceError, PolicyError
from .settings import Settings
from .snapshot import Held, Snapshot
from .sources.asking import asked
from .sources.base import Source
from .sources.order import ordered
from .tables import ConfiguredTable

if TYPE_CHECKING:
    from .audit.trail import Trail
    from .worker import Worker

log = logging.getLogger("hushflake.config")

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

    def renewed(self) -> Table:
        return PendingTable(self._runtime)


class Runtime:
    """One configuration at work."""

    def __init__(self, settings: Settings, counters: Counters) -> None:
        self.settings = settings
        self.counters = counters
        self.sources = ordered(settings)
        self.snapshot: Snapshot | None = None
        self.table: ConfiguredTable | None = None
        self.loaded_at = 0.0  # monotonic seconds of the last try
        self.jitter = 1.0
        self.worker: Worker | None = None
        self.trail: Trail | None = None
        self.pid = os.getpid()
        self._lock = threading.RLock()
        self._finished = 0
        self._loader = 0  # the thread that loads
        if settings.audit_dir or settings.otel:
            from .audit import trail

            self.trail = trail.Trail(self)

    # Loading

    @property
    def loading(self) -> bool:
        """Whether this very thread is loading the sources."""
        return self._loader == threading.get_ident()

    def loaded_table(self) -> ConfiguredTable:
        """The table of the snapshot; the first caller loads it, the others wait for that."""
        with self._lock:
            if self.table is None:
                self._load()
            assert self.table is not None  # noqa: S101 - what `_load` just did, for mypy
            return self.table

    def refresh(self) -> None:
        """Ask all sources again; callers that come meanwhile share the answer."""
        seen = self._finished
        with self._lock:
            if self._finished == seen:
                self._load()

    def renew(self) -> None:
        """Make the cells anew: what they know of the process environment is no longer so."""
        with self._lock:
            if self.table is not None:
                self.table = self.table.renewed()
                access.install(self.table)

    def _load(self) -> None:
        self._loader = threading.get_ident()
        try:
            self._load_all()
        finally:
            self._loader = 0

    def _load_all(self) -> None:
        before = self.snapshot
        now = self.loaded_at = time.monotonic()
        # Many processes start together; they must not come back together.
        self.jitter = random.uniform(0.8, 1.0)  # noqa: S311 - no secret
        if self.settings.mode == "production":
            from .policy import refuse_loaded_dotenv

            refuse_loaded_dotenv()
        snapshot = Snapshot([self._ask(source, now) for source in self.sources])
        for value, sure in snapshot.secret_values():
            redact.register(value, sure=sure)
        self._finished += 1
        self.snapshot = snapshot
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

    def _ask(self, source: Source, now: float) -> Held:
        if self.settings.mode == "test" and source.remote:
            return Held(source.name, None, now)
        loaded, failure = asked(source)
        if failure is None:
            return Held(source.name, loaded, now)
        if isinstance(failure, PolicyError):
            raise failure
        return self._unreachable(source, failure, now)

    def _unreachable(self, source: Source, error: ConfigError, now: float) -> Held:
        old = self.snapshot.source(source.name) if self.snapshot else None
        if old is not None and old.loaded is not None:
            age = now - old.at
            if age <= self.settings.max_stale_seconds:
                self.counters.event("stale", source=source.name, age_seconds=round(age, 1))
                log.warning("%s; serving values that are %.0f seconds old", error, age)
                return Held(source.name, old.loaded, old.at)
        self.counters.event("source_failed", source=source.name)
        if self.settings.mode == "development" and source.remote:
            if old is None:
                log.warning("%s; going on without it, in development mode", error)
            return Held(source.name, None, now)
        return Held(source.name, None, now, error)

    def _note_rotations(self, table: ConfiguredTable, snapshot: Snapshot) -> None:
        newer = ConfiguredTable(self.settings, snapshot, self.counters)
        for key, cell in list(table.cells.items()):
            if cell.value is not None and newer.make(key).value not in (None, cell.value):
                self.counters.event("rotation", key, getattr(cell, "source", ""))

    # Time

    def degraded(self) -> bool:
        """Whether a source is served from its past, or not at all."""
        if self.snapshot is None:
            return False
        return any(
            held.error is not None
            or (held.loaded is None and self.settings.mode != "test")
            or held.at < self.loaded_at
            for held in self.snapshot.held
        )

    def due_in(self) -> float:
        """Seconds until the sources have to be asked again; negative when overdue."""
        if self.snapshot is None or not self._refreshes():
            return float("inf")
        early = self.degraded() or (self.table is not None and self.table.missed)
        life = self.settings.miss_seconds if early else self.settings.refresh_seconds
        life = min(life, self.settings.refresh_seconds) * self.jitter
        return self.loaded_at + life - time.monotonic()

    def _refreshes(self) -> bool:
        return self.settings.mode != "test" and any(source.remote for source in self.sources)

    def ensure_worker(self) -> None:
        """Start the background thread where there is something for it to do; also after a fork."""
        if self.worker is not None or self.settings.mode == "test":
            return
        if self._refreshes() or self.trail is not None:
            with self._lock:
                if self.worker is None:
                    from .worker import Worker

                    # A read while the interpreter shuts down, or in one that allows no daemon
                    # threads (a subinterpreter), is answered, but starts no thread.
                    with contextlib.suppress(RuntimeError):
                        worker = Worker(self)
                        worker.start()
                        self.worker = worker

    def failures(self) -> list[ConfigSourceError]:
        """One error for each source that does not answer, or answers from its past only."""
        if self.snapshot is None or self.settings.mode == "test":
            return []
        return [
            ConfigSourceError(str(held.error or f"{held.name}: serving values from before"))
            for held in self.snapshot.held
            if held.error is not None or (held.loaded is not None and held.at < self.loaded_at)
        ]

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


def quietly(action: Callable[[], Any]) -> None:
    """The audit trail must never take the application down."""
    try:
        action()
    except Exception as error:
        log.warning("the audit trail could not be written (%s)", type(error).__name__)
