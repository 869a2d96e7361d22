"""What a semantic view defines.

https://docs.snowflake.com/en/sql-reference/sql/create-semantic-view
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...language.errors import SqlError, compilation, unsupported

Sort = Literal["FACT", "DIMENSION", "METRIC"]
Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class LogicalTable:
    """A table under its name in the view; `item` is the id of the table or view itself."""

    name: str
    item: int
    key: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """`table (columns) REFERENCES to (to_columns)`; `special`: an ASOF or a range join."""

    name: str
    table: str
    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...] = ()
    special: bool = False


@dataclass(frozen=True, slots=True)
class Expression:
    """A fact, a dimension or a metric.

    Attributes:
        table: None for a derived metric.
        unsupported: A clause that is kept and shown, and refused in queries; "": there is none.
    """

    sort: Sort
    table: str | None
    name: str
    text: str
    synonyms: tuple[str, ...] = ()
    comment: str = ""
    is_filter: bool = False
    private: bool = False
    search: tuple[str, ...] = ()
    unsupported: str = ""

    @property
    def key(self) -> Key:
        return self.table, self.name

    @property
    def label(self) -> str:
        return f"{self.table}.{self.name}" if self.table else self.name


@dataclass(frozen=True, slots=True)
class Model:
    """A whole view; its parts by their names, in the order of the definition."""

    tables: Mapping[str, LogicalTable]
    relationships: tuple[Relationship, ...]
    expressions: Mapping[Key, Expression]
    instructions: Mapping[str, str]
    queries: Mapping[str, Mapping[str, str]]

    def named(self, table: str | None, name: str) -> Expression:
        """Return the fact, dimension or metric that a query names.

        Raises:
            SqlError: There is none, more than one, or it is private.
        """
        if table is not None:
            found = [item for item in (self.expressions.get((table, name)),) if item is not None]
        else:
            found = [item for item in self.expressions.values() if item.name == name]
        shown = f"{table}.{name}" if table else name
        if len(found) > 1:
            raise compilation(f"Ambiguous column name '{shown}'.", 2028, "42601")
        if not found:
            raise compilation(f"Invalid semantic expression '{shown}'.", 10230, "42601")
        if found[0].private:
            message = f"'{shown}' is private: only other expressions of the view may use it."
            raise compilation(message, 10231, "42601")
        return found[0]

    def path(self, start: str, end: str) -> tuple[Relationship, ...] | None:
        """Return the references that lead from a table to another, None where none do.

        Raises:
            SqlError: There are several ways, or a join that is not supported is on it.
        """
        ways = list(self._ways(start, end, ()))
        if not ways:
            return None
        if len(ways) > 1:
            message = f"several paths of relationships lead from '{start}' to '{end}'"
            raise compilation(message, 10233, "42601")
        if any(link.special for link in ways[0]):
            raise unsupported("ASOF and range joins of a semantic view")
        return ways[0]

    def _ways(
        self, start: str, end: str, taken: tuple[Relationship, ...]
    ) -> list[tuple[Relationship, ...]]:
        if start == end:
            return [taken]
        return [
            way
            for link in self.relationships
            if link.table == start and link not in taken and link.to not in {t.table for t in taken}
            for way in self._ways(link.to, end, (*taken, link))
        ]


def too_fine(table: str, base: str) -> SqlError:
    """Return the error for a dimension that what is asked for has no single value of."""
    return compilation(
        f"Invalid dimension specified: The dimension entity '{table}' must be related to and have "
        "an equal or lower level of granularity compared to the base metric or dimension entity "
        f"'{base}'.",
        10234,
        "42601",
    )
