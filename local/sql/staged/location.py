"""Names of places in stages: `@stage/path`, `@~/path`, `@%table/path`, quoted or not.

https://docs.snowflake.com/en/sql-reference/sql/list
"""

import re
from dataclasses import dataclass

import duckdb

from ...engine.catalogue import Object
from ...engine.stage_files import Area, StagedFile, checked_path
from ...language.errors import SqlError, compilation, syntax, unsupported
from ...language.lexer import position, unquote
from ...language.names import Name, fold
from ...language.parser import Parser
from ...sessions.session import Session

_PART = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_PLACE = re.compile(rf"@(?:(?P<user>~)|(?P<name>(?:{_PART}\.|\.){{0,2}}(?P<table>%)?{_PART}))")
# A bare path ends where the next word of the statement begins.
_BARE_PATH = re.compile(r"/[^\s,;()']*")


@dataclass(frozen=True)
class Location:
    """A place as a statement names it.

    Attributes:
        kind: `STAGE`, `TABLE` or `USER`.
        name: Of the stage or table.
        path: Below it, as written, without the slash before it.
    """

    kind: str
    name: Name
    path: str

    def __str__(self) -> str:
        place = {"USER": "~", "TABLE": f"%{self.name}"}.get(self.kind, str(self.name))
        return f"@{place}/{self.path}" if self.path else f"@{place}"


@dataclass(frozen=True)
class Place:
    """A place in a stage that a session may use.

    Attributes:
        session: Who uses it.
        location: As the statement names it.
        area: The files of the stage.
        owner: The stage, the table or the user.
        prefix: What the paths of its files begin with.
    """

    session: Session
    location: Location
    area: Area
    owner: Object
    prefix: str

    def shown(self, file: StagedFile) -> str:
        """Return a file's name as LIST and COPY show it: of a named stage with the stage's name."""
        if self.location.kind != "STAGE":
            return file.path
        name = self.owner.name
        return f"{name.lower() if name.upper() == name else name}/{file.path}"

    def files(self, pattern: str | None = None) -> list[StagedFile]:
        """Return the files of the place, and of those the ones that a pattern matches.

        Raises:
            SqlError: The pattern is no regular expression.
        """
        found = self.area.files(self.prefix)
        if pattern is None:
            return found
        left = matching(self.session, [self.shown(file) for file in found], pattern)
        return [file for file in found if self.shown(file) in left]

    @property
    def options(self) -> dict[str, object]:
        """What a named stage says of its files: FILE_FORMAT, COPY_OPTIONS, DIRECTORY."""
        held: dict[str, object] = self.owner.body.get("properties", {})
        return held if self.location.kind == "STAGE" else {}


def matching(session: Session, names: list[str], pattern: str) -> set[str]:
    """Return the names that PATTERN matches as a whole.

    DuckDB's regular expressions take time that grows with the text alone; what they lack of Java's
    (looking around, references back) is refused.

    Raises:
        SqlError: It is no regular expression that is known here.
    """
    cursor = session.engine.database.cursor()
    try:
        rows = cursor.execute(
            "SELECT n FROM (SELECT unnest($names) AS n) WHERE regexp_full_match(n, $pattern, 's')",
            {"names": names, "pattern": pattern},
        ).fetchall()
    except duckdb.Error:
        raise SqlError(
            f"Invalid regular expression: '{pattern[:100]}' (the local stack knows no looking "
            "around and no references back).",
            100048,
            "2201B",
        ) from None
    finally:
        cursor.close()
    return {row[0] for row in rows}


def parse_location(text: str) -> Location:
    """Return the place that a text names, its quotes removed.

    Raises:
        SqlError: It names none.
    """
    found = _PLACE.match(text)
    rest = text[found.end() :] if found else ""
    if found is None or (rest and not rest.startswith("/")):
        raise compilation(f"invalid stage location '{text[:100]}'", 1011, "22023")
    return _location(found, rest)


def find_location(sql: str, start: int) -> tuple[Location, int]:
    """Return the place that a statement names at an offset, and where its name ends.

    Raises:
        SqlError: There is none.
    """
    if sql[start : start + 1] == "'":
        quoted = re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL).match(sql, start)
        if quoted is None:
            raise syntax("'", *position(sql, start))
        token = Parser(quoted.group()).here
        return parse_location(unquote(token)), quoted.end()
    found = _PLACE.match(sql, start)
    if found is None:
        raise syntax(sql[start : start + 20].split("\n")[0] or "<EOF>", *position(sql, start))
    path = _BARE_PATH.match(sql, found.end())
    return _location(found, path.group() if path else ""), path.end() if path else found.end()


def read_location(parser: Parser) -> Location:
    """Consume the name of a place in a stage."""
    found, end = find_location(parser.sql, parser.here.start)
    while parser.here.kind != "end" and parser.here.start < end:
        parser.take()
    return found


def _location(found: re.Match[str], path: str) -> Location:
    if found["user"]:
        return Location("USER", Name(None, None, "~"), path[1:])
    spelt = found["name"]
    if found["table"]:
        place = found.start("table") - found.start("name")
        spelt = spelt[:place] + spelt[place + 1 :]
    parts = re.findall(rf"{_PART}|(?<=\.)(?=\.)", spelt)
    folded = [fold(part) if part else "PUBLIC" for part in parts]
    name = Name(*([None] * (3 - len(folded)) + folded))  # type: ignore[arg-type]
    return Location("TABLE" if found["table"] else "STAGE", name, path[1:])


def resolve(session: Session, location: Location, privilege: str) -> Place:
    """Return a place that a session may use.

    Args:
        session: Who asks.
        location: As the statement names it.
        privilege: READ or WRITE, of a named stage.

    Raises:
        SqlError: There is none, or the role may not use it.
    """
    prefix = checked_path(location.path)
    if prefix and location.path.endswith("/"):
        prefix += "/"
    if location.kind == "USER":
        owner = session.identity.user
    elif location.kind == "TABLE":
        owner = session.names.find("TABLE", location.name)
        # A table's stage has no privileges of its own.
        session.identity.require("OWNERSHIP", owner, str(location.name))
    else:
        owner = session.names.find("STAGE", location.name)
        if owner.body.get("properties", {}).get("URL"):
            session.identity.require("USAGE", owner, str(location.name))
            raise unsupported(f"files of the external stage {location.name}")
        session.identity.require(privilege, owner, str(location.name))
    return Place(session, location, session.engine.stages.of(owner.id), owner, prefix)
