"""The rows of a table, in step with DuckDB's, and what is kept of their texts.

A version of a row has one place for good; when the row changes or goes, the place is dead. What is
kept of an expression is made when it is first asked for, and completed by the rows that came since.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...engine.storage import State
from ...language.names import quote
from .columns import MOST_ODD, Hashes, Ranks, Words
from .segment import Places

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BATCH = 65_536
# So many expressions are kept; what was asked for longest ago goes first.
_MOST_KEPT = 16
# When so many places are dead beside one that is not, all is made anew.
_DEAD = 0.25
_LEAST = 4_096


class Store:
    """What is known of one table.

    Args:
        table: Its id.
    """

    def __init__(self, table: int) -> None:
        self.table = table
        self.state: State | None = None
        self._empty()

    def _empty(self) -> None:
        self.rids: Ids = np.empty(0, np.int64)
        self._froms: Ids = np.empty(0, np.int64)
        self.alive: Mask = np.empty(0, bool)
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def __len__(self) -> int:
        """Number of places."""
        return len(self.rids)

    # --- keeping in step --------------------------------------------------------------------------

    def follow(self, cursor: duckdb.DuckDBPyConnection, state: State) -> None:
        """Take over the state of the table that a connection sees, newer than the one known."""
        known, self.state = self.state, None
        if known is None or not self._advance(cursor, known, state):
            self._empty()
            self._append(*self._read(cursor, "t", "TRUE"))
        self.state = state

    def _read(self, cursor: duckdb.DuckDBPyConnection, prefix: str, where: str) -> tuple[Ids, Ids]:
        held = cursor.execute(
            f'SELECT "$rid", "$from" FROM data."{prefix}{self.table}" WHERE {where}'
        ).fetchnumpy()
        rids, froms = (np.ascontiguousarray(held[name], np.int64) for name in ("$rid", "$from"))
        return rids, froms

    def _advance(self, cursor: duckdb.DuckDBPyConnection, known: State, state: State) -> bool:
        """Take over what changed since a state; False when that cannot be told.

        Versions grow: what is new has a later `$from`, and of what went an image was kept that ends
        later. If the number of rows is right then, no image is missing.
        """
        gone, since = self._read(cursor, "h", f'"$to" > {known[2]}')
        if len(gone):
            places = np.flatnonzero(np.isin(self.rids, gone) & self.alive)
            ended = set(zip(gone.tolist(), since.tolist(), strict=True))
            pairs = zip(self.rids[places].tolist(), self._froms[places].tolist(), strict=True)
            self.alive[places[[pair in ended for pair in pairs]]] = False
        self._append(*self._read(cursor, "t", f'"$from" > {known[1]}'))
        living = int(self.alive.sum())
        return living == state[0] and len(self) - living <= _LEAST + _DEAD * living

    def _append(self, rids: Ids, froms: Ids) -> None:
        self.rids = np.concatenate([self.rids, rids])
        self._froms = np.concatenate([self._froms, froms])
        self.alive = np.concatenate([self.alive, np.ones(len(rids), bool)])

    # --- what is kept -----------------------------------------------------------------------------

    def words(self, cursor: duckdb.DuckDBPyConnection, column: str) -> Words | None:
        """Return the words of a column; None when they tell nothing."""
        kept: Words = self._of("words", column, Words)
        expression = f'CAST("R".{quote(column)} AS VARCHAR)'
        for places, texts in self._values(cursor, expression, "VARCHAR", kept.built):
            kept.add(places, texts)
        kept.built = len(self)
        return kept if len(kept.odd) <= MOST_ODD else None

    def hashes(self, cursor: duckdb.DuckDBPyConnection, expression: str) -> Hashes | None:
        """Return the hashes of an expression of the row `R`; None when it is no text."""
        kept: Hashes = self._of("hashes", expression, Hashes)
        if kept.is_text is None:
            rows = cursor.execute(
                f'SELECT typeof({expression}) FROM data."t{self.table}" AS "R" LIMIT 1'
            ).fetchall()
            kept.is_text = rows == [("VARCHAR",)]
        if not kept.is_text:
            return None
        for places, values in self._values(cursor, hash_of(expression), "UINTEGER", kept.built):
            some = np.asarray(pc.is_valid(values))
            kept.add(places[some], np.asarray(values.drop_null(), dtype=np.uint32))
        kept.built = len(self)
        return kept

    def ranks(self, cursor: duckdb.DuckDBPyConnection, expression: str) -> Ranks:
        """Return the order of the places by an expression, as DuckDB orders it."""
        kept: Ranks = self._of("ranks", expression, Ranks)
        if kept.is_old(len(self)):
            held = cursor.sql(
                f'SELECT "$rid", {expression} AS v FROM data."t{self.table}" AS "R" ORDER BY v'
            ).to_arrow_table()
            values = held.column("v").combine_chunks()
            rids = np.asarray(held.column("$rid"), dtype=np.int64)
            places, found = self._places(rids, self._living(0))
            some = np.asarray(pc.is_valid(values))[found]
            new = np.ones(len(values), np.int32)
            new[1:] = np.asarray(pc.fill_null(pc.not_equal(values[1:], values[:-1]), True))
            ranks = np.cumsum(new, dtype=np.int32)[found]
            kept.set(places[some], ranks[some], places[~some], len(self))
        return kept

    def _of(self, kind: str, expression: str, make: Any) -> Any:
        kept = self._kept.setdefault((kind, expression), None) or make()
        self._kept[kind, expression] = kept
        self._kept.move_to_end((kind, expression))
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept

    def _values(
        self, cursor: duckdb.DuckDBPyConnection, expression: str, kind: str, built: int
    ) -> Iterator[tuple[Places, pa.Array]]:
        """Yield an expression for the rows at places from `built` on."""
        if built == len(self):
            return
        reader = cursor.sql(
            f'SELECT "$rid", CAST({expression} AS {kind}) AS v FROM data."t{self.table}" AS "R" '
            f'WHERE "$from" >= {self._froms[built:].min()}'
        ).to_arrow_reader(_BATCH)
        living = self._living(built)
        for batch in reader:
            rids = np.asarray(batch.column(0), dtype=np.int64)
            places, found = self._places(rids, living)
            values = batch.column(1)
            yield places, values if len(found) == len(rids) else values.take(pa.array(found))

    def _living(self, first: int) -> Ids:
        """Return the living places from `first` on, in the order of their rows."""
        living = np.flatnonzero(self.alive[first:]) + first
        return living[np.argsort(self.rids[living], kind="stable")]

    def _places(self, rids: Ids, living: Ids) -> tuple[Places, Ids]:
        """Return the places, of those living, of rows, and which of the rows they are of."""
        if not len(living):
            return np.empty(0, np.uint32), np.empty(0, np.int64)
        at = np.minimum(np.searchsorted(self.rids[living], rids), len(living) - 1)
        found = np.flatnonzero(self.rids[living[at]] == rids)
        return living[at[found]].astype(np.uint32), found

    def mask(self, allowed: Ids | None) -> Mask:
        """Return which places hold rows that are looked at."""
        return self.alive if allowed is None else self.alive & np.isin(self.rids, allowed)


def hash_of(expression: str) -> str:
    """Return SQL of the hash of a text expression; null of null."""
    return (
        f"CASE WHEN ({expression}) IS NULL THEN NULL "
        f"ELSE CAST(hash({expression}) & 4294967295 AS UINTEGER) END"
    )
