"""The one background thread: refreshes before values grow old, and flushes the audit trail."""

import threading

from ..errors import ConfigError
from .running import Running, log, quietly

SHORTEST_PAUSE = 0.05  # seconds


class Worker:
    """A daemon thread for one runtime."""

    def __init__(self, runtime: Running) -> None:
        self._runtime = runtime
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hushflake-config", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a call that is under way."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=0.2)

    def _run(self) -> None:
        settings = self._runtime.settings
        # A miss makes the next refresh due sooner, and nobody wakes this thread for it.
        longest = min(settings.flush_seconds, settings.miss_seconds)
        while not self._stop.wait(max(min(longest, self._runtime.due_in()), SHORTEST_PAUSE)):
            if self._runtime.due_in() <= 0:
                self._refresh()
            quietly(self._runtime.flush)

    def _refresh(self) -> None:
        try:
            self._runtime.refresh(everything=False)
        except ConfigError as error:
            log.warning("refresh: %s", error)
        except Exception as error:
            # A source of a third party may raise anything; its text may hold anything.
            log.warning("refresh failed (%s)", type(error).__name__)
