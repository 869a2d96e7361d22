"""Answers the parts of a query that the texts of a table answer: what fills their marks."""

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from ...engine.storage import State, state_of
from ...language.names import quote
from ...sql.context import Context
from ...sql.parameters import used_parameters
from .columns import MOST_WORDS, Signatures, classes_of, is_of
from .counted import Counted
from .held import Texts
from .named import Named
from .segment import Needle, Places
from .store import Ids, Store, hash_of
from .telling import Telling

if TYPE_CHECKING:
    from ...sessions.session import Session

# More than that, and DuckDB goes through the table.
_MOST = 20_000
# More texts to look for than that, and DuckDB goes through the table.
_MOST_NAMES = 2_000


class Asker:
    """Answers parts for one statement, which sees one state of each table.

    Args:
        session: Whose statement it is; not one that writes.
        context: Its parameters; more are added.
    """

    def __init__(self, session: "Session", context: Context) -> None:
        self._session = session
        self._texts = session.engine.part(Texts)
        self._context = context
        self._cursor = session.transaction.cursor
        self._states: dict[int, State] = {}
        self._numbers: dict[tuple[Any, ...], Signatures] = {}
        self._beside: dict[str, tuple[str, dict[str, Any]]] = {}

    def state(self, table: int) -> State:
        """Return the state of a table, asked for once."""
        if table not in self._states:
            self._states[table] = state_of(self._cursor, table)
        return self._states[table]

    def answer(self, part: Named | Counted | Telling, sql: "Filler") -> dict[str, str] | None:
        """Return what fills the marks of a part; None when DuckDB has to look at all rows.

        Args:
            part: To be answered.
            sql: Fills the marks of parts that were answered before.
        """
        state = self.state(part.table)
        if state[0] < self._texts.least_rows:
            return None
        held = self._texts.find(part.table)
        if held is None:
            return None
        store, lock = held
        with lock:
            if store.state != state:
                if store.state is not None and max(store.state[1:]) > max(state[1:]):
                    return None
                try:
                    store.follow(self._cursor, state)
                except BaseException:
                    self._texts.forget(part.table)
                    raise
            found: dict[str, str] | None = _ANSWERS[type(part)](self, store, part, sql)
            self._texts.answers += found is not None
            return found

    # --- the three parts --------------------------------------------------------------------------

    def named(self, store: Store, part: Named, sql: "Filler") -> dict[str, str] | None:
        """Return the rows of which an expression has the hash of one of the texts."""
        listed = [
            f"({n}, {value})"
            for n, (_, texts) in enumerate(part.tests)
            for value in texts
            if not isinstance(texts, str)
        ]
        queries = [
            f'SELECT {n}, v FROM ({sql(texts)}) AS "$q"(v)'
            for n, (_, texts) in enumerate(part.tests)
            if isinstance(texts, str)
        ]
        if listed:
            queries.append(f"VALUES {', '.join(listed)}")
        wanted = [
            row
            for query in queries
            for row in self._run(
                f'SELECT n, typeof(v), {hash_of("v")} FROM ({query}) AS "$w"(n, v) '
                "WHERE v IS NOT NULL"
            ).fetchall()
        ]
        if len(wanted) > _MOST_NAMES or any(kind != "VARCHAR" for _, kind, _ in wanted):
            return None
        places = []
        for number, (expression, _) in enumerate(part.tests):
            hashes = store.hashes(self._cursor, expression)
            if hashes is None:
                return None
            asked = np.array([h for n, _, h in wanted if n == number], np.uint32)
            places.append(hashes.find(asked))
        return self._only(store, part.mark, np.unique(np.concatenate(places)))

    def counted(self, store: Store, part: Counted, sql: "Filler") -> dict[str, str] | None:
        """Return the numbers of rows."""
        texts = list(dict.fromkeys(text for _, text in part.counts if text))
        numbers = self._signatures(store, part.column, texts)
        if numbers is None:
            return None
        mask = store.mask(self._allowed(part.allowed, sql))
        classes, rows = classes_of(numbers, mask)
        counts = {text: int(rows[classes >> n & 1 == 1].sum()) for n, text in enumerate(texts)}
        counts[""] = int(rows.sum())
        numbers_sql = (f"CAST({counts[text]} AS BIGINT) AS {name}" for name, text in part.counts)
        return {part.mark: ", ".join(numbers_sql)}

    def telling(self, store: Store, part: Telling, sql: "Filler") -> dict[str, str] | None:
        """Return the rows that can be among the first ones."""
        numbers = self._signatures(store, part.column, list(part.words))
        (wanted,) = self._values([part.wanted])
        if numbers is None or wanted is None or int(wanted) < 1:
            return None
        mask = store.mask(self._allowed(part.allowed, sql))
        held = [values.tolist() for values in classes_of(numbers, mask)]
        counts = dict(zip(*held, strict=True))
        ordered = self._ordered(part, sql, held[0])
        missing = int(wanted)
        chosen = []
        for classes, are_first in _by_weight(ordered, counts, missing):
            marked = is_of(numbers, classes) & mask
            if are_first or not part.key:
                places = np.flatnonzero(marked).astype(np.uint32)
            else:
                ranks = store.ranks(self._cursor, part.key)
                places = ranks.first(marked, missing, descending=part.descending)
            chosen.append(places)
            missing -= len(places)
        return self._only(store, part.mark, np.concatenate(chosen) if chosen else None)

    def _ordered(self, part: Telling, sql: "Filler", classes: list[int]) -> list[tuple[int, Any]]:
        """Return the classes in the order of their weights."""
        beside: tuple[str, dict[str, Any]] = ("", {})
        if part.beside is not None:
            row, alias = self._row(sql(part.beside[0])), part.beside[1]
            beside = f" CROSS JOIN (SELECT {row[0]}) AS {alias}", row[1]
        first, last = (sql(text) for text in part.order)
        query = f"{first}{beside[0]}{last}"
        return self._run(query, classes=classes, **beside[1]).fetchall()

    # --- what they share --------------------------------------------------------------------------

    def _row(self, sql: str) -> tuple[str, dict[str, Any]]:
        """Return a one-row query as constants with their parameters; it runs once a statement."""
        if sql not in self._beside:
            cursor = self._run(sql)
            columns = [(quote(name), str(kind)) for name, kind, *_ in cursor.description or []]
            ((*values,),) = cursor.fetchall()
            names = [f"b{n}" for n in range(len(columns))]
            constants = (
                f"CAST(${name} AS {kind}) AS {column}"
                for name, (column, kind) in zip(names, columns, strict=True)
            )
            self._beside[sql] = ", ".join(constants), dict(zip(names, values, strict=True))
        return self._beside[sql]

    def _values(self, constants: list[str]) -> tuple[Any, ...]:
        """Return the values of constants; those that are a parameter or a number are at hand."""
        known = self._context.parameters
        if all(item.isdigit() or (item[:1] == "$" and item[1:] in known) for item in constants):
            return tuple(int(item) if item.isdigit() else known[item[1:]] for item in constants)
        (row,) = self._run(f"SELECT {', '.join(constants)}").fetchall()
        found: tuple[Any, ...] = row
        return found

    def _signatures(self, store: Store, column: str, texts: list[str]) -> Signatures | None:
        """Return a bit a word for each place; None when words cannot tell."""
        if not texts or len(texts) > MOST_WORDS:
            return None
        row = self._values(texts)
        if not all(isinstance(value, str) for value in row):
            return None
        asked = (store.table, column, *row)
        if asked not in self._numbers:
            needles = [Needle(value) for value in row]
            if not all(needle.is_word for needle in needles):
                return None
            words = store.words(self._cursor, column)
            if words is None:
                return None
            self._numbers[asked] = words.signatures(needles, len(store))
        return self._numbers[asked]

    def _allowed(self, allowed: str | None, sql: "Filler") -> Ids | None:
        if allowed is None:
            return None
        held = self._run(sql(allowed)).fetchnumpy()
        return np.ascontiguousarray(held["$rid"], dtype=np.int64)

    def _only(self, store: Store, mark: str, places: Places | None) -> dict[str, str] | None:
        """Return the condition that a row is at one of the places."""
        if places is None or not len(places):
            return {mark: "false"}
        places = places[store.alive[places]]
        if len(places) > _MOST:
            return None
        name = f"p{len(self._context.parameters) + 1}"
        self._context.parameters[name] = store.rids[places].tolist()
        return {mark: f'"$rid" IN (SELECT unnest(CAST(${name} AS BIGINT[])))'}

    def _run(self, sql: str, **more: Any) -> duckdb.DuckDBPyConnection:
        parameters = used_parameters(sql, self._context) | more
        return self._cursor.execute(sql, parameters or None)


class Filler:
    """Puts into SQL what is known to fill marks.

    Args:
        conditions: Mark -> SQL.
    """

    def __init__(self, conditions: dict[str, str]) -> None:
        self._conditions = conditions

    def __call__(self, sql: str) -> str:
        """Return the SQL with its marks filled in."""
        for mark, condition in self._conditions.items():
            sql = sql.replace(f'"{mark}"', condition)
        return sql


def _by_weight(
    ordered: list[tuple[int, Any]], counts: Mapping[int, int], wanted: int
) -> list[tuple[list[int], bool]]:
    """Return the classes whose rows are all among the first, and those that some rows are of."""
    first: list[int] = []
    # Of one weight: NaN is as great as NaN.
    for _, group in groupby(ordered, key=lambda row: "NaN" if row[1] != row[1] else row[1]):
        tied = [number for number, _ in group]
        count = sum(counts[number] for number in tied)
        if count > wanted:
            return [(first, True), (tied, False)]
        first += tied
        wanted -= count
        if not wanted:
            break
    return [(first, True)]


_ANSWERS: dict[type, Any] = {
    Named: Asker.named,
    Counted: Asker.counted,
    Telling: Asker.telling,
}
