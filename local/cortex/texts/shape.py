"""Finds in a translated query what the texts of a table answer: `named`, `counted`, `telling`.

Each gets marks, as in `vectors/shape.py`: what they are filled with lets DuckDB look at few rows,
evaluate everything again, and answer.
"""

from collections.abc import Callable

from sqlglot import exp

from ...sql.one_table import source_of
from .counted import Counted, find_counted
from .named import Named, find_named
from .telling import Telling, find_most_telling

Found = tuple[Named | Counted | Telling, Callable[[], None]]


def find_names_and_counts(select: exp.Select) -> list[Found]:
    """Return the parts of a select that are answered by themselves, and what marks each."""
    source = source_of(select)
    if source is None:
        return []
    found: Found | None = find_counted(select, *source) or find_named(select, *source)
    return [] if found is None else [found]


def find_telling(select: exp.Select) -> list[Found]:
    """Return the parts of a marked select whose order may depend on what fills other marks."""
    source = source_of(select)
    found = None if source is None else find_most_telling(select, *source)
    return [] if found is None else [found]
