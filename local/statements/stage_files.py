"""LIST and REMOVE: the files of a stage.

https://docs.snowflake.com/en/sql-reference/sql/list
https://docs.snowflake.com/en/sql-reference/sql/remove
"""

import datetime as dt

from ..language.results import OTHER, SHOW, Column, Result
from ..language.types import NUMBER, TEXT
from ..sessions.call import Call
from ..sql.staged.location import read_location, resolve

STARTS = ("LIST", "LS", "REMOVE", "RM")
_LISTED = [
    Column("name", TEXT),
    Column("size", NUMBER),
    Column("md5", TEXT),
    Column("last_modified", TEXT),
]
_REMOVED = [Column("name", TEXT), Column("result", TEXT)]


def run(call: Call) -> Result:
    """Run LIST or REMOVE."""
    parser = call.parser
    removes = parser.take().upper in {"REMOVE", "RM"}
    place = resolve(call.session, read_location(parser), "WRITE" if removes else "READ")
    pattern = None
    if parser.accept("PATTERN"):
        parser.expect("=")
        pattern = parser.string()
    parser.end()
    files = place.files(pattern)
    if removes:
        gone = [file for file in files if place.area.remove(file.path)]
        return Result(_REMOVED, [[place.shown(file), "removed"] for file in gone], OTHER)
    rows = [
        [place.shown(file), file.size, place.area.digest(file), http_date(file.modified)]
        for file in files
    ]
    return Result(_LISTED, rows, SHOW)


def http_date(nanoseconds: int) -> str:
    """Return a moment as LIST shows it, e.g. `Mon, 11 Sep 2026 16:57:43 GMT`."""
    moment = dt.datetime.fromtimestamp(nanoseconds // 1_000_000_000, dt.UTC)
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
