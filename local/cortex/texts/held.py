"""What is kept of the texts of a stack's tables, each with its lock."""

import threading
from typing import TYPE_CHECKING, Any

from .store import Store

if TYPE_CHECKING:
    from ...engine.engine import Engine


class Texts:
    """What is kept of the texts of a stack's tables.

    Args:
        engine: Whose tables they are.
        least_rows: Tables with fewer are left to DuckDB.
    """

    def __init__(self, engine: "Engine", least_rows: int) -> None:
        self._engine = engine
        self.least_rows = least_rows
        self._lock = threading.Lock()
        self._held: dict[int, tuple[Store, Any, threading.Lock]] = {}
        self.answers = 0

    def forget(self, table: int) -> None:
        """Lose what is held of a table whose columns change."""
        with self._lock:
            self._held.pop(table, None)

    def find(self, table: int) -> tuple[Store, threading.Lock] | None:
        """Return what is kept of a table, and its lock; None when the table is gone."""
        catalogue = self._engine.catalogue
        with self._lock:
            for key in list(self._held):
                item = catalogue.get(key)
                # Any change of the columns makes a new list.
                if item is None or item.dropped or item.body["columns"] is not self._held[key][1]:
                    del self._held[key]
            item = catalogue.get(table)
            if item is None or item.dropped:
                return None
            if table not in self._held:
                made = Store(table), item.body["columns"], threading.Lock()
                self._held[table] = made
            store, _, lock = self._held[table]
            return store, lock
