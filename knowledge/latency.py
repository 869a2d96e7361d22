"""How long searches took: a short record beside the project, read by `status`."""

import os
from collections.abc import Sequence
from pathlib import Path

_KEPT = 1000
_BYTES_A_LINE = 12


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
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_text("".join(f"{s:.6f}\n" for s in self.latest(_KEPT)), encoding="utf-8")
        fresh.replace(self._path)


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


__all__ = ["Latencies", "percentile"]
