"""The options of COPY INTO a table.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#copy-options-copyoptions
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...language.errors import SqlError, compilation, unsupported
from ...language.lexer import position
from ...language.parser import Parser
from .formats import invalid_property


def _boolean(parser: Parser) -> bool:
    return parser.boolean()


def _on_error(parser: Parser) -> str:
    token = parser.here
    if token.kind == "string":
        text = parser.string().upper()
    else:
        text = parser.take().upper
        if parser.accept("%"):
            text += "%"
    OnError.of(text, position(parser.sql, token.start))
    return text


def _size(parser: Parser) -> int:
    token = parser.here
    number = parser.number()
    if number < 1:
        raise parser.unexpected(token)
    return number


def _match(parser: Parser) -> str:
    token = parser.here
    text = (parser.string() if token.kind == "string" else parser.take().text).upper()
    if text not in {"CASE_SENSITIVE", "CASE_INSENSITIVE", "NONE"}:
        raise parser.unexpected(token)
    return text


def _refused(name: str) -> Callable[[Parser], Any]:
    def read(parser: Parser) -> Any:
        raise unsupported(f"the copy option {name}")

    return read


_READERS: dict[str, Callable[[Parser], Any]] = {
    "ON_ERROR": _on_error,
    "SIZE_LIMIT": _size,
    "PURGE": _boolean,
    "RETURN_FAILED_ONLY": _boolean,
    "MATCH_BY_COLUMN_NAME": _match,
    "ENFORCE_LENGTH": _boolean,
    "TRUNCATECOLUMNS": _boolean,
    "FORCE": _boolean,
    "LOAD_UNCERTAIN_FILES": _boolean,
    "INCLUDE_METADATA": _refused("INCLUDE_METADATA"),
    "LOAD_MODE": _refused("LOAD_MODE"),
    "CLUSTER_AT_INGEST_TIME": _refused("CLUSTER_AT_INGEST_TIME"),
}


def read_copy_options(
    parser: Parser, more: dict[str, Callable[[Parser], Any]] | None = None
) -> dict[str, Any]:
    """Consume copy options up to a closing bracket or the end.

    Args:
        parser: At the first option.
        more: Readers of further options that may stand between them.

    Raises:
        SqlError: An option is not known, comes twice, or has no such value.
    """
    return read_options(parser, {**_READERS, **(more or {})})


def read_options(parser: Parser, readers: dict[str, Callable[[Parser], Any]]) -> dict[str, Any]:
    """Consume `KEY = value` pairs up to a closing bracket or the end.

    Raises:
        SqlError: A key is not known, comes twice, or has no such value.
    """
    found: dict[str, Any] = {}
    while not parser.at_end() and not parser.looking_at(")"):
        key = parser.here.upper
        if key not in readers:
            raise invalid_property(parser)
        parser.take()
        parser.expect("=")
        if key in found:
            raise compilation(f"duplicate property '{key}'", 1421, "22023")
        found[key] = readers[key](parser)
        parser.accept(",")
    return found


@dataclass(frozen=True)
class OnError:
    """What an error in a file means.

    Attributes:
        action: ABORT_STATEMENT, CONTINUE or SKIP_FILE.
        number: From how many error rows on a file is skipped.
        percent: Above which share of error rows a file is skipped.
    """

    action: str = "ABORT_STATEMENT"
    number: int = 1
    percent: float | None = None

    @classmethod
    def of(cls, text: str, place: tuple[int, int] = (1, 0)) -> "OnError":
        """Read the value of ON_ERROR.

        Raises:
            SqlError: It is none.
        """
        text = text.upper()
        if text in {"ABORT_STATEMENT", "CONTINUE", "SKIP_FILE"}:
            return cls(text)
        found = re.fullmatch(r"SKIP_FILE_(\d{1,9})(%)?", text)
        if found is None:
            raise SqlError(
                f"SQL compilation error:\ninvalid value [{text[:40]}] for parameter 'ON_ERROR'",
                1008,
                "22023",
                *place,
            )
        number = int(found[1])
        if found[2]:
            return cls("SKIP_FILE", percent=float(number))
        return cls("SKIP_FILE", number=max(1, number))

    def skips(self, errors: int, rows: int) -> bool:
        """Tell whether a file with so many error rows is left out."""
        if self.action != "SKIP_FILE" or not errors:
            return False
        if self.percent is not None:
            return errors * 100 > self.percent * max(rows, 1)
        return errors >= self.number

    @property
    def limit(self) -> int:
        """The errors at which a file is given up, as COPY shows it."""
        return self.number
