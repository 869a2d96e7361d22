"""An approximate index (usearch, HNSW) over a matrix, built in the background.

Until it is complete, and for whatever it does not serve, the matrix answers.
"""

import contextlib
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .scores import SIMILARITIES, Floats

if TYPE_CHECKING:
    from .matrix import Ids, Matrix

METRICS = {"cosine": "cos", "inner": "ip", "l2": "l2sq"}
_CHUNK = 256
# Up to so many rows that came are added at once; more are left to the builder.
_FEW = 1_000
# Looked at beside what is asked for: recall is in docs/benchmarks.md.
_EXPANSION = 256
_MOST = 1_000


class Index:
    """The index of one matrix for one function.

    Args:
        path: Its file, without the suffix.
        matrix: What it is of. Who calls holds its lock.
        function: A name of `METRICS`.
        lock: The lock of the matrix.
    """

    def __init__(self, path: Path, matrix: "Matrix", function: str, lock: threading.Lock) -> None:
        self._path = path.with_name(f"{path.name}-{function}.usearch")
        self._matrix, self._function, self._lock = matrix, function, lock
        self._stopped = threading.Event()
        self._builder: threading.Thread | None = None
        self._pending: list[Ids] = []
        self._index = self._empty()
        self.build_seconds = 0.0
        self.ready = self._load()
        if not self.ready:
            self._index = self._empty()
            self._build(matrix.rows.rids.copy())

    def _empty(self) -> Any:
        from usearch.index import Index as Made

        return Made(
            ndim=self._matrix.dimension,
            metric=METRICS[self._function],
            dtype="f16",
            expansion_search=_EXPANSION,
        )

    def facts(self) -> dict[str, Any]:
        """Return what is told of it."""
        return {
            "function": self._function,
            "ready": self.ready,
            "rows": len(self._index),
            "build_seconds": round(self.build_seconds, 3),
        }

    def search(self, asked: Floats, count: int, *, descending: bool) -> "Ids | None":
        """Return the `$rid` of about the first `count` rows; None when the matrix has to answer."""
        nearest = descending == (self._function in SIMILARITIES)
        if not (self.ready and nearest and 0 < count <= _MOST):
            return None
        # Half of the rounding error of its `float16` is made good by looking at more rows.
        found = self._index.search(asked, min(2 * count, len(self._index)))
        keys = np.asarray(found.keys, dtype=np.int64)
        return keys if len(keys) >= min(count, len(self._matrix)) else None

    def follow(self, gone: "Ids", came: "Ids") -> None:
        """Take over a change of the matrix."""
        self._path.with_suffix(".json").unlink(missing_ok=True)
        if len(gone):
            self._remove(gone)
        if self.ready and len(came) <= _FEW:
            self._add(came)
        elif len(came):
            self._build(came)

    def _remove(self, rids: "Ids") -> None:
        held = rids[np.asarray(self._index.contains(rids), dtype=bool)]
        if len(held):
            self._index.remove(held)

    def _add(self, rids: "Ids") -> None:
        places = self._matrix.rows.places_of(rids)
        keys = self._matrix.rows.rids[places]
        if len(keys):
            self._remove(keys)
            self._index.add(keys, self._matrix.vectors[places])

    # --- building ---------------------------------------------------------------------------------

    def _build(self, rids: "Ids") -> None:
        self.ready = False
        self._pending += np.array_split(rids, max(1, len(rids) // _CHUNK))
        if self._builder is None:
            self._builder = threading.Thread(target=self._work, name="index", daemon=True)
            self._builder.start()

    def _work(self) -> None:
        """Add what is pending, a chunk at a time: in between, questions are answered."""
        while not self._stopped.is_set():
            with self._lock:
                if not self._pending:
                    self.ready = True
                    self._builder = None
                    return
                begin = time.perf_counter()
                self._add(self._pending.pop())
                self.build_seconds += time.perf_counter() - begin
            # Whoever waits for the lock gets it now: Python's locks are not fair.
            time.sleep(0.001)

    # --- the file ---------------------------------------------------------------------------------

    def stop(self) -> None:
        """End the building soon."""
        self._stopped.set()

    def close(self) -> None:
        """End the building, and save what is complete. The caller does not hold the lock."""
        self.stop()
        builder = self._builder
        if builder is not None:
            builder.join()
        facts = self._path.with_suffix(".json")
        if self.ready and self._matrix.state is not None and not facts.exists():
            with contextlib.suppress(OSError, RuntimeError):
                self._index.save(str(self._path))
                fresh = facts.with_suffix(".new")
                fresh.write_text(json.dumps(self._facts()), "utf-8")
                fresh.replace(facts)

    def _facts(self) -> dict[str, Any]:
        return {
            "state": list(self._matrix.state or ()),
            "column": self._matrix.column,
            "seconds": self.build_seconds,
        }

    def _load(self) -> bool:
        with contextlib.suppress(OSError, ValueError, KeyError, RuntimeError):
            held = json.loads(self._path.with_suffix(".json").read_text("utf-8"))
            self.build_seconds = float(held["seconds"])
            if held == self._facts():
                self._index.load(str(self._path))
                return len(self._index) == len(self._matrix)
        self.build_seconds = 0.0
        return False
