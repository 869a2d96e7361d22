"""Results of `hushflake sql`: a table for a person, JSON or CSV for programs."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from hushflake.terminal.text import Text, styled
from hushflake.terminal.write import put, say, say_table

from .output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hushflake.deploy.session import Fetched

# Characters of a cell on a terminal: a vector has thousands.
_WIDEST = 200


class TableOutput:
    """Prints each result at once, as a table that fits the terminal."""

    def show(self, _sql: str, found: "Fetched") -> None:
        """Print one result."""
        cut = False
        rows = []
        for row in found.rows:
            cells = [_cell(value) for value in row]
            cut |= any(is_cut for _, is_cut in cells)
            rows.append([text for text, _ in cells])
        if rows:
            numbers = [n for n in range(len(found.columns)) if _is_numeric(found.rows, n)]
            say_table(found.columns, rows, right=numbers, titled=True)
        count = len(rows)
        say(styled(f"{count:,} row{'s' * (count != 1)}", dim=True))
        _say_more(found)
        if cut:
            say(styled("Long values are cut; --format json shows them whole.", dim=True), err=True)

    def end(self) -> None:
        """Everything is printed already."""


class CsvOutput:
    """Hands out each result as CSV (RFC 4180) with a header; NULL is empty, "" is quoted."""

    def __init__(self) -> None:
        self._is_first = True

    def show(self, _sql: str, found: "Fetched") -> None:
        """Print one result; a blank line stands between two."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        writer.writerow(found.columns)
        writer.writerows(
            ["" if value is None else _plain_text(value) for value in row] for row in found.rows
        )
        put(("" if self._is_first else "\n") + text.getvalue())
        self._is_first = False
        _say_more(found)

    def end(self) -> None:
        """Everything is printed already."""


class JsonOutput:
    """Hands out one document with every result, at the end."""

    def __init__(self) -> None:
        self._results: list[dict[str, Any]] = []

    def show(self, sql: str, found: "Fetched") -> None:
        """Keep one result."""
        self._results.append(
            {
                "statement": sql,
                "columns": list(found.columns),
                "rows": [[_plain(value) for value in row] for row in found.rows],
                "more": found.more,
                "query_id": found.query_id,
            }
        )

    def end(self) -> None:
        """Print the document."""
        print_json("sql", results=self._results)


Output = TableOutput | CsvOutput | JsonOutput
OUTPUTS: Mapping[str, Callable[[], Output]] = {
    "table": TableOutput,
    "json": JsonOutput,
    "csv": CsvOutput,
}


def _say_more(found: "Fetched") -> None:
    if found.more:
        count = len(found.rows)
        say(f"There are more rows than these {count:,}: use --limit or LIMIT.", err=True)


def _cell(value: object) -> tuple[Text, bool]:
    """A value for a table, and whether it was cut."""
    if value is None:
        return styled("NULL", dim=True), False
    text = _plain_text(value)
    if len(text) <= _WIDEST:
        return Text(text), False
    return Text(text[: _WIDEST - 1], "…"), True


def _is_numeric(rows: "Sequence[tuple[Any, ...]]", column: int) -> bool:
    values = [row[column] for row in rows if row[column] is not None]
    return bool(values) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
    )


def _plain(value: object) -> object:
    """A value as JSON has it: what JSON has no type for becomes text."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain_text(value)


def _plain_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.hex().upper()
    if isinstance(value, list | tuple):
        return json.dumps([_plain(item) for item in value])
    return str(value)
