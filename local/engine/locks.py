"""Table locks: who writes a table holds it until the transaction ends, as in Snowflake."""

import threading
import time
from collections.abc import Iterable

from ..language.errors import SqlError
from . import limits


class Locks:
    """Exclusive locks on object ids, held by sessions, re-entrant for the holder."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holder: dict[int, str] = {}

    def acquire(self, session: str, objects: Iterable[int], timeout: float) -> None:
        """Take all of `objects` at once, so that two sessions cannot wait for each other in it.

        Raises:
            SqlError: Another session held one of them longer than `timeout` seconds.
        """
        wanted = set(objects)
        deadline = time.monotonic() + timeout
        with self._changed:
            while any(self._holder.get(key, session) != session for key in wanted):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise SqlError(
                        f"Statement was aborted because it could not get a lock within {timeout:g}"
                        " seconds: another transaction holds it.",
                        625,
                        "57014",
                    )
                limits.check()
                self._changed.wait(min(left, 0.1))
            self._holder.update(dict.fromkeys(wanted, session))

    def holds(self, session: str, key: int) -> bool:
        """Tell whether `session` holds an object."""
        return self._holder.get(key) == session

    def release(self, session: str) -> None:
        """Give back everything that `session` holds."""
        with self._changed:
            for key in [key for key, holder in self._holder.items() if holder == session]:
                del self._holder[key]
            self._changed.notify_all()
