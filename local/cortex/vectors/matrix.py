"""The vectors of one column as a matrix in a memory-mapped file, kept in step with DuckDB's table.

Every version of a row has a `$from` of its own, so rows that have the same `$rid` and `$from` are
the same. A state of a table is known by its number of rows and its last versions, because who writes
a table holds its lock and no version is given twice.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ...engine.storage import State
from ...language.names import quote
from .codes import Codes
from .scores import SIMILARITIES, Floats, first, scores_of

Ids = NDArray[np.int64]

# More than that, for equal scores or rows without a vector, and DuckDB answers alone.
MOST_CANDIDATES = 20_000
_BATCH = 20_000
_LEAST_CAPACITY = 4096
# Beyond these lengths squares of `float32` overflow or vanish.
_SHORTEST, _LONGEST = 1e-15, 1e15
# With fewer rows to look at than this share, only these are read.
_FEW = 0.25
# Longest and shortest vector, at most, of vectors that are of one length.
_ALIKE = 1.01


@dataclass
class Rows:
    """Rows by `$rid`, and the versions that they are of."""

    rids: Ids
    froms: Ids

    @cached_property
    def order(self) -> Ids:
        """The places of the rows by `$rid`."""
        return np.argsort(self.rids, kind="stable")

    @cached_property
    def ordered(self) -> Ids:
        """The `$rid` of the rows in order."""
        return self.rids[self.order]

    @classmethod
    def none(cls) -> "Rows":
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    def holds(self, rids: Ids, froms: Ids) -> NDArray[np.bool_]:
        """Tell for each row whether it is here in that version."""
        if not len(self.rids):
            return np.zeros(len(rids), dtype=bool)
        places = np.searchsorted(self.ordered, rids)
        places = self.order[np.minimum(places, len(self.rids) - 1)]
        found: NDArray[np.bool_] = (self.rids[places] == rids) & (self.froms[places] == froms)
        return found

    def places_of(self, rids: Ids) -> Ids:
        """Return the places, in order, of those of `rids` that are here."""
        if not len(self.rids):
            return self.rids
        places = np.minimum(np.searchsorted(self.ordered, rids), len(self.rids) - 1)
        return np.sort(self.order[places[self.ordered[places] == rids]])

    def where(self, kept: NDArray[np.bool_]) -> "Rows":
        return Rows(self.rids[kept], self.froms[kept])

    def plus(self, rids: Ids, froms: Ids) -> "Rows":
        return Rows(np.concatenate([self.rids, rids]), np.concatenate([self.froms, froms]))


class Matrix:
    """The vectors of a column.

    Args:
        path: Its file, without the suffix; `.f32` holds the vectors and `.npz` the rest.
        table: Id of the table.
        column: Name of the column.
        dimension: Of its vectors.
    """

    def __init__(self, path: Path, table: int, column: str, dimension: int) -> None:
        self.table, self.column, self.dimension = table, column, dimension
        self._path = path
        self.state: State | None = None
        # Rows with a place in the matrix, in its order; without a vector; whose vectors are odd.
        self.rows, self._nulls, self._odd = Rows.none(), Rows.none(), Rows.none()
        self._lengths: Floats = np.empty(0, np.float32)
        self._vectors: Floats = np.empty((0, dimension), np.float32)
        self._mapped: np.memmap[Any, Any] | None = None
        self.codes: Codes | None = None
        self._load()

    def __len__(self) -> int:
        return len(self.rows.rids)

    @property
    def vectors(self) -> Floats:
        """The vectors, in the order of `rows`."""
        return self._vectors[: len(self)]

    # --- answering --------------------------------------------------------------------------------

    def candidates(
        self,
        function: str,
        asked: Floats,
        count: int,
        *,
        descending: bool,
        nulls: bool | None,
        allowed: Ids | None,
        approximate: bool = False,
    ) -> Ids | None:
        """Return the `$rid` of all rows that can be among the first `count`.

        Args:
            function: `cosine`, `inner`, `l2` or `l1`.
            asked: The vector asked for.
            descending: Whether the greatest come first.
            nulls: Whether rows without a vector come first; None: they are left out.
            allowed: The rows to look at; None: all.
            approximate: Whether to look at those rows alone that codes say are near. Functions
                that do not go by the angle, and farthest rows, are answered exactly.

        Returns:
            None when they are too many, or cannot be told.
        """
        length = float(np.linalg.norm(asked.astype(np.float64)))
        if not (_SHORTEST < length < _LONGEST):
            return None
        places = None if allowed is None else self.rows.places_of(allowed)
        greatest = descending == (function in SIMILARITIES)
        if approximate and greatest and self._goes_by_angle(function):
            coded = self._coded().near(asked, count, len(self), places)
            places = places if coded is None else coded
        near = self.rows.rids[self._first(function, asked, count, places, greatest=greatest)]
        parts = [near, self._odd.rids]
        if nulls or (nulls is False and len(near) < count):
            parts.append(self._nulls.rids)
        if sum(map(len, parts)) > MOST_CANDIDATES:
            return None
        return np.concatenate(parts)

    def _first(
        self, function: str, asked: Floats, count: int, places: Ids | None, *, greatest: bool
    ) -> Ids:
        """Return the places, of those given, of all that can be among the first `count`."""
        vectors, lengths = self.vectors, self._lengths
        if places is not None and len(places) < _FEW * len(self):
            scores, errors = scores_of(function, vectors[places], lengths[places], asked)
            return places[first(scores if greatest else -scores, errors, count)]
        scores, errors = scores_of(function, vectors, lengths, asked)
        if not greatest:
            scores = -scores
        if places is None:
            return first(scores, errors, count)
        errors = errors[places] if isinstance(errors, np.ndarray) else errors
        return places[first(scores[places], errors, count)]

    def _goes_by_angle(self, function: str) -> bool:
        """Tell whether the narrower angle is the nearer row."""
        if function == "cosine":
            return True
        # Of vectors of one length, the angle alone makes the product and the distance.
        alike = len(self) > 0 and self._lengths.max() <= _ALIKE * self._lengths.min()
        return bool(function != "l1" and alike)

    def _coded(self) -> Codes:
        if self.codes is None:
            self.codes = Codes(self.vectors)
            # To be written with what is there.
            self._path.with_suffix(".npz").unlink(missing_ok=True)
        return self.codes

    # --- keeping in step --------------------------------------------------------------------------

    def follow(self, cursor: duckdb.DuckDBPyConnection, state: State) -> None:
        """Take over the state of the table that a connection sees."""
        held = cursor.execute(f'SELECT "$rid", "$from" FROM data."t{self.table}"').fetchnumpy()
        rids, froms = (np.ascontiguousarray(held[name], np.int64) for name in ("$rid", "$from"))
        # Not usable before all of it is done; the file is written anew when the server ends.
        self.state = None
        self._path.with_suffix(".npz").unlink(missing_ok=True)
        now = Rows(rids, froms)
        gone = ~now.holds(self.rows.rids, self.rows.froms)
        self._nulls = self._nulls.where(now.holds(self._nulls.rids, self._nulls.froms))
        self._odd = self._odd.where(now.holds(self._odd.rids, self._odd.froms))
        self._remove(np.flatnonzero(gone))
        known = (
            self.rows.holds(rids, froms)
            | self._nulls.holds(rids, froms)
            | self._odd.holds(rids, froms)
        )
        if not known.all():
            self._fetch(cursor, now.where(~known))
        self.state = state

    def _remove(self, places: Ids) -> None:
        """Fill the places of rows that went with the last rows."""
        if not len(places):
            return
        size = len(self) - len(places)
        holes = places[places < size]
        tail = np.setdiff1d(np.arange(size, len(self)), places, assume_unique=True)
        rids, froms, lengths = self.rows.rids, self.rows.froms, self._lengths
        for array in (rids, froms, lengths, self._vectors):
            array[holes] = array[tail]
        if self.codes is not None:
            self.codes.move(holes, tail)
        self.rows, self._lengths = Rows(rids[:size], froms[:size]), lengths[:size]

    def _fetch(self, cursor: duckdb.DuckDBPyConnection, wanted: Rows) -> None:
        """Read vectors of rows that are not here yet."""
        self._reserve(len(self) + len(wanted.rids))
        reader = cursor.sql(
            f'SELECT "$rid", "$from", {quote(self.column)} AS v FROM data."t{self.table}" '
            f'WHERE "$from" BETWEEN {wanted.froms.min()} AND {wanted.froms.max()}'
        ).to_arrow_reader(_BATCH)
        for batch in reader:
            rids, froms = (np.asarray(batch.column(place), dtype=np.int64) for place in (0, 1))
            new = wanted.holds(rids, froms)
            missing = np.asarray(batch.column(2).is_null(), dtype=bool)
            self._nulls = self._nulls.plus(rids[new & missing], froms[new & missing])
            new &= ~missing
            if new.any():
                # A null row of a fixed-size list still has its place among the values.
                values = batch.column(2)
                flat = np.asarray(values.values, dtype=np.float32)
                flat = flat[values.offset * self.dimension :].reshape(-1, self.dimension)
                self._add(rids[new], froms[new], flat[: len(values)][new])

    def _add(self, rids: Ids, froms: Ids, vectors: Floats) -> None:
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
        fit = (lengths > _SHORTEST) & (lengths < _LONGEST)
        if not fit.all():
            self._odd = self._odd.plus(rids[~fit], froms[~fit])
            rids, froms, vectors, lengths = rids[fit], froms[fit], vectors[fit], lengths[fit]
        size = len(self)
        self._vectors[size : size + len(rids)] = vectors
        if self.codes is not None:
            self.codes.put(size, vectors)
        self._lengths = np.concatenate([self._lengths, lengths.astype(np.float32)])
        self.rows = self.rows.plus(rids, froms)

    # --- the files --------------------------------------------------------------------------------

    def _reserve(self, rows: int) -> None:
        """Make room.

        Raises:
            OSError: The disk has none: told now, because a write to a mapped file could not fail.
        """
        if rows <= len(self._vectors):
            return
        capacity = max(_LEAST_CAPACITY, rows, len(self._vectors) * 5 // 4)
        path = self._path.with_suffix(".f32")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("ab") as file:
            size = capacity * self.dimension * 4
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:  # macOS has none
                os.truncate(file.fileno(), size)
        self._map(capacity)

    def _map(self, capacity: int) -> None:
        path = self._path.with_suffix(".f32")
        shape = (capacity, self.dimension)
        self._mapped = np.memmap(path, np.float32, "r+", shape=shape)
        self._vectors = np.asarray(self._mapped)

    def save(self) -> None:
        """Write what is needed to use the file again."""
        path = self._path.with_suffix(".npz")
        if self.state is None or not len(self) or path.exists():
            return
        fresh = path.with_suffix(".new")
        kept: dict[str, Any] = {
            "facts": np.frombuffer(json.dumps(self._facts()).encode(), np.uint8),
            "state": np.array(self.state),
            "lengths": self._lengths,
        }
        for name, rows in (("rows", self.rows), ("nulls", self._nulls), ("odd", self._odd)):
            kept |= {f"{name}_rids": rows.rids, f"{name}_froms": rows.froms}
        if self.codes is not None:
            kept["codes"] = self.codes.saved(len(self))
        # The vectors are on the disk before what says that they are.
        if self._mapped is not None:
            self._mapped.flush()
        with fresh.open("wb") as file:
            np.savez(file, **kept)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _facts(self) -> dict[str, Any]:
        return {"table": self.table, "column": self.column, "dimension": self.dimension}

    def _load(self) -> None:
        """Take over the files of an earlier server; what is wrong with them makes them useless."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            with np.load(self._path.with_suffix(".npz")) as held:
                kept: dict[str, Any] = {name: held[name] for name in held.files}
            if json.loads(kept["facts"].tobytes()) != self._facts():
                return
            size = self._path.with_suffix(".f32").stat().st_size // (4 * self.dimension)
            if size < len(kept["rows_rids"]):
                return
            codes = Codes.of(kept["codes"], self.dimension) if "codes" in kept else None
            self._map(size)
            self.rows = Rows(kept["rows_rids"], kept["rows_froms"])
            self._nulls = Rows(kept["nulls_rids"], kept["nulls_froms"])
            self._odd = Rows(kept["odd_rids"], kept["odd_froms"])
            self._lengths, self.codes = kept["lengths"], codes
            rows, last, ended = (int(value) for value in kept["state"])
            self.state = rows, last, ended
