"""The latest results: for RESULT_SCAN in any session of a user, and for clients that fetch in parts.

The local stack has one user, and its roles stand for different people. So another session reads a
result only with the roles that made it.
https://docs.snowflake.com/en/user-guide/querying-persisted-results
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from ..language.results import Result
from ..language.stored_rows import StoredRows

# Results, values of Python's in memory, bytes of Arrow in memory, files, bytes in files.
_MOST = (500, 2_000_000, 268_435_456, 64, 8_589_934_592)


@dataclass(frozen=True, slots=True)
class Ran:
    """Who ran a statement: the user, the key of the session, and ids of the roles that counted."""

    user: int
    session: str
    roles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    ran: Ran
    result: Result
    # In the order of `_MOST`.
    weight: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, ran: Ran, result: Result) -> "_Kept":
        rows = result.rows
        width = len(result.columns)
        if isinstance(rows, StoredRows):
            where = (0, 1, rows.size) if rows.in_file else (rows.size, 0, 0)
            return cls(ran, result, (1, len(rows.first) * width, *where))
        return cls(ran, result, (1, len(rows) * width, 0, 0, 0))


class Results:
    """The latest results of a stack; older ones go when there are too many, or too large ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._weight = [0] * len(_MOST)

    def keep(self, ran: Ran, query_id: str, result: Result) -> None:
        """Remember the result of a statement, and forget the oldest ones that do not fit beside it."""
        with self._lock:
            known = self._kept.pop(query_id, None)
            if known is not None:
                self._weigh(known, -1)
            self._kept[query_id] = kept = _Kept.of(ran, result)
            self._weigh(kept, 1)
            while len(self._kept) > 1 and any(
                weight > most for weight, most in zip(self._weight, _MOST, strict=True)
            ):
                self._weigh(self._kept.popitem(last=False)[1], -1)

    def _weigh(self, kept: _Kept, sign: int) -> None:
        for place, weight in enumerate(kept.weight):
            self._weight[place] += sign * weight

    def find(self, query_id: str) -> tuple[Ran, Result] | None:
        """Return the result of a statement, and who ran it."""
        with self._lock:
            kept = self._kept.get(query_id)
        return (kept.ran, kept.result) if kept is not None else None

    def parts(self, query_id: str) -> tuple[Result, StoredRows] | None:
        """Return a result that is fetched in parts, for whoever shows its key."""
        with self._lock:
            kept = self._kept.get(query_id)
        if kept is None or not isinstance(kept.result.rows, StoredRows):
            return None
        return kept.result, kept.result.rows
