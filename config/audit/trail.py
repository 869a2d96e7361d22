"""Turns counts and events into records, and hands them to the sinks."""

import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ..censor.redact import register
from ..reading.counters import OVERFLOW, code_attributes
from ..reading.running import Running
from .chain_file import ChainFile


class Sink(Protocol):
    """Where records go."""

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Take records, whole or not at all."""
        ...

    def close(self) -> None:
        """No more records come."""
        ...

    def forget(self) -> None:
        """This is a child process now: what is open belongs to the parent."""
        ...


class Trail:
    """The trail of one runtime. A crash loses what was counted since the last flush: one window."""

    def __init__(self, runtime: Running) -> None:
        self._runtime = runtime
        if runtime.settings.otel:
            from .otel import require

            require()
        self._sinks: list[Sink] | None = None
        self._lock = threading.RLock()
        self._written: dict[tuple[str, str, str], dict[int, int]] = {}
        self._window = time.time()

    def flush(self) -> None:
        """Write what was counted since the last flush."""
        with self._lock:
            counters = self._runtime.counters
            now = time.time()
            events, dropped = counters.take_events()
            records = [*events, *self._counted(now)]
            if dropped:
                records.append({"event": "config.dropped", "time": now, "count": dropped})
            if not records:
                return
            facts = self._facts()
            for record in records:
                record |= facts.get(record.get("source", ""), {})
            try:
                first, *others = self._open()
                first.write(records)
            except BaseException:
                counters.put_back(events, dropped)
                raise
            self._commit(now)
            # Written once is written: another sink that fails must not make the first repeat it.
            for sink in others:
                sink.write(records)

    def _counted(self, now: float) -> list[dict[str, Any]]:
        """One record for each (key, caller, source, outcome) that was read in this window."""
        self._pending: dict[tuple[str, str, str], dict[int, int]] = {}
        records = []
        for bucket, number, site, count in self._runtime.counters.totals():
            name = (bucket.key, bucket.source, bucket.outcome)
            fresh = count - self._written.get(name, {}).get(number, 0)
            if fresh:
                self._pending.setdefault(name, {})[number] = count
                record = {"event": "config.read", "time": now, "count": fresh}
                record |= {"key": bucket.key, "source": bucket.source, "outcome": bucket.outcome}
                record |= {"window_start": self._window, "window_end": now}
                records.append(record | (code_attributes(site) if number != OVERFLOW else {}))
        return records

    def _commit(self, now: float) -> None:
        for name, counts in self._pending.items():
            self._written.setdefault(name, {}).update(counts)
        self._window = now

    def _facts(self) -> dict[str, dict[str, str]]:
        """Facts by source that let a record be joined with the service's own log."""
        snapshot = self._runtime.snapshot
        return {
            held.name: dict(held.loaded.facts)
            for held in (snapshot.held if snapshot else ())
            if held.loaded and held.loaded.facts
        }

    def _open(self) -> list[Sink]:
        if self._sinks is None:
            settings = self._runtime.settings
            sinks: list[Sink] = []
            if settings.audit_dir:
                key = hmac_key(self._runtime)
                sinks.append(
                    ChainFile(settings.audit_dir, key, self._resource(), settings.audit_max_bytes)
                )
            if settings.otel:
                from .otel import OtelSink

                sinks.append(OtelSink(self._resource()))
            self._sinks = sinks
        return self._sinks

    def _resource(self) -> dict[str, str]:
        settings = self._runtime.settings
        service = settings.service or os.environ.get("OTEL_SERVICE_NAME", "")
        name = service or Path(sys.argv[0] or sys.executable).name
        return {"service.name": name, "deployment.environment.name": settings.mode}

    def close(self) -> None:
        """Write the rest and end."""
        with self._lock:
            self.flush()
            for sink in self._sinks or ():
                sink.close()
            self._sinks = None

    def after_fork(self) -> None:
        """Begin anew in a child process."""
        self._lock = threading.RLock()
        self._written = {}
        self._window = time.time()
        for sink in self._sinks or ():
            sink.forget()
        self._sinks = None


def hmac_key(runtime: Running) -> bytes | None:
    """The HMAC key from the sources; the read of it is not in the trail that it protects."""
    name = runtime.settings.audit_key
    found = os.environ.get(name)
    for key, _, loaded in runtime.snapshot.values() if runtime.snapshot else ():
        if key == name:
            found = loaded.values[key]
    if not found:
        return None
    register(found)
    return found.encode("utf-8", "surrogatepass")
