"""How long searches took: what the account's history of queries says, and a record of our own.

The history knows the searches of everybody, each as the two statements that it is; it is the same
from every machine. The record beside the project knows what this machine waited for, network
included, and searches that run no statement (Cortex Search).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hushflake.deploy.files import replace_file
from hushflake.deploy.session import Session
from hushflake.schema.names import literal

_KEPT = 1000
_BYTES_A_LINE = 12


def account_latencies(session: Session, database: str, tag: str, count: int = 200) -> list[float]:
    """Return the seconds that the account worked for each of the latest searches, oldest first.

    What the session's role may see is seen: of other users only with MONITOR on a warehouse.

    Args:
        database: As it is spelled in a statement.
        tag: Query tag of the searches.
        count: Searches, at most.

    Raises:
        StatementError: The account refused the statement.
    """
    rows = session.query(
        "SELECT SESSION_ID, START_TIME, TOTAL_ELAPSED_TIME,\n"
        "  CASE WHEN QUERY_TEXT LIKE 'WITH QUESTION AS%' THEN 1 ELSE 0 END AS READS\n"
        f"FROM TABLE({database}.INFORMATION_SCHEMA.QUERY_HISTORY(\n"
        "  END_TIME_RANGE_START => DATEADD('day', -6, CURRENT_TIMESTAMP()),\n"
        "  RESULT_LIMIT => 10000))\n"
        f"WHERE QUERY_TAG = {literal(tag)} AND EXECUTION_STATUS = 'SUCCESS'\n"
        "  AND (QUERY_TEXT LIKE 'WITH QUESTION AS%' OR QUERY_TEXT LIKE 'WITH %AS FOUND%')\n"
        f"ORDER BY START_TIME DESC LIMIT {2 * count}"
    )
    return searches_of(reversed(rows))[-count:]


def searches_of(rows: Iterable[Mapping[str, Any]]) -> list[float]:
    """Put the statements of each session together to searches.

    Args:
        rows: SESSION_ID, TOTAL_ELAPSED_TIME in ms, READS (1: the second statement of a search),
            in the order of their start.
    """
    found: list[float] = []
    open_at: dict[Any, int] = {}
    for row in rows:
        seconds = float(row["TOTAL_ELAPSED_TIME"] or 0) / 1000
        if not int(row["READS"]):
            # Nothing may have been found: then the first statement is the whole search.
            open_at[row["SESSION_ID"]] = len(found)
            found.append(seconds)
        elif row["SESSION_ID"] in open_at:
            found[open_at.pop(row["SESSION_ID"])] += seconds
    return found


class Latencies:
    """Seconds of the latest searches on one stack, without the time to embed the question."""

    def __init__(self, folder: Path, stack: str) -> None:
        self._path = folder / "searches" / f"{stack}.txt"

    def add(self, seconds: float) -> None:
        """Append one search. A record that cannot be written is not worth a failed search."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # One write of one short line: several processes may append at once.
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{seconds:.6f}\n")
            if self._path.stat().st_size > 2 * _KEPT * _BYTES_A_LINE:
                self._shorten()
        except OSError:
            return

    def latest(self, count: int = 200) -> list[float]:
        """Return the newest `count` of them, oldest first."""
        try:
            lines = self._path.read_text("utf-8").split()
        except OSError:
            return []
        return [float(line) for line in lines[-count:] if _is_number(line)]

    def _shorten(self) -> None:
        kept = "".join(f"{seconds:.6f}\n" for seconds in self.latest(_KEPT))
        replace_file(self._path, kept.encode())


def _is_number(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


__all__ = ["Latencies", "account_latencies", "percentile", "searches_of"]
