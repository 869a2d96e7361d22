"""One row of a data file."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Record(NamedTuple):
    """A row as it stands in a file.

    Attributes:
        line: Where it begins, counted from 1; in Parquet the number of the row.
        values: Field name as written -> value; None where there is none.
        error: What makes the row unreadable; `values` is what could be read.
    """

    line: int
    values: Mapping[str, Any]
    error: str | None = None
