"""What COPY INTO a place in a stage asks for, and the files that it writes.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-location
"""

from dataclasses import dataclass
from typing import Any

from ...language.errors import SqlError
from ...sessions.session import Session
from .formats import Format
from .location import Place

BATCH = 10_000
DEFAULT_SIZE = 16_777_216
SEMI = {"VARIANT", "OBJECT", "ARRAY"}


@dataclass(frozen=True)
class Unload:
    """A COPY INTO a place in a stage.

    Attributes:
        place: Where to.
        query: Snowflake's SQL of the rows.
        bindings: Its bound values.
        form: How files are written.
        options: OVERWRITE, SINGLE, MAX_FILE_SIZE, INCLUDE_QUERY_ID, DETAILED_OUTPUT, HEADER.
    """

    place: Place
    query: str
    bindings: dict[str, Any]
    form: Format
    options: dict[str, Any]


@dataclass
class Written:
    """A file that was written."""

    path: str
    size: int
    rows: int
    plain: int


class Names:
    """The names of the files, in order."""

    def __init__(self, session: Session, unload: Unload, suffix: str) -> None:
        self._unload, self._suffix, self._count = unload, suffix, 0
        path = unload.place.location.path
        folder, _, begin = path.rpartition("/")
        self._folder = f"{folder}/" if folder else ""
        self._begin = begin or "data"
        if unload.options.get("INCLUDE_QUERY_ID"):
            self._begin += f"_{session.queries.current}"

    def next(self) -> str:
        """Return the path of the next file."""
        if self._unload.options.get("SINGLE"):
            if self._count:
                raise SqlError(
                    "Max file size exceeded for a single file: raise MAX_FILE_SIZE, or set SINGLE = FALSE.",
                    100_184,
                    "22000",
                )
            self._count = 1
            return self._folder + self._begin
        self._count += 1
        return f"{self._folder}{self._begin}_0_0_{self._count - 1}{self._suffix}"
