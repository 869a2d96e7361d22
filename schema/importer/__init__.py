"""SQL to definitions: what GET_DDL gives, or a file of statements. The only place that reads SQL.

What cannot be read is listed with its line, never dropped in silence: a reader takes every clause
of its statement or fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml
from sqlglot.errors import SqlglotError

from hushflake.terminal.escape import visible

from ..errors import SchemaError
from ..names import Identifier, QualifiedName
from ..sql.tokens import is_too_deep
from . import grants, objects, programs, search
from .head import Definition, Reader, read_head
from .tables import read_table, read_view

READERS: Final[dict[str, Reader]] = {
    "table": read_table,
    "view": read_view,
    **objects.READERS,
    **programs.READERS,
    **search.READERS,
}
_LEADING: Final = re.compile(r"\A(?:\s++|--[^\n]*+\n?|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))++")
_STATEMENT_PART: Final = re.compile(
    r"--[^\n]*|//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)|'(?:[^'\\]++|''|\\.)*+'"
    r"|\"(?:[^\"]++|\"\")*+\"|\$\$.*?\$\$|;",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Left:
    """A statement that was not read."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Definitions as YAML text, how many, and what was left."""

    yaml: str
    count: int
    left: tuple[Left, ...]


def import_sql(text: str, database: str | None = None) -> Imported:
    """Read CREATE and GRANT statements into definitions.

    Args:
        text: SQL, statements ended by `;`.
        database: Cut off the names that begin with it, since a stack names the database.
    """
    definitions: list[Definition] = []
    left: list[Left] = []
    owner = QualifiedName.parse(database).last if database is not None else None
    for line, statement in split(text):
        try:
            if is_too_deep(statement):
                raise RecursionError
            definitions += _read(statement, owner)
        except RecursionError:
            left.append(Left(line, "it is nested too deeply", _beginning(statement)))
        except (SchemaError, SqlglotError, ValueError, LookupError) as error:
            reason = getattr(error, "message", None) or str(error).split("\n")[0]
            left.append(Left(line, reason, _beginning(statement)))
    return Imported(_dump(definitions), len(definitions), tuple(left))


def _beginning(statement: str) -> str:
    first = " ".join(statement[:200].split())
    return first if len(first) <= 60 else f"{first[:59]}…"


def split(text: str) -> Iterator[tuple[int, str]]:
    """Statements with the number of their first line; strings and comments hold no end."""
    start = 0
    for match in (*_STATEMENT_PART.finditer(text), None):
        if match is not None and match[0] != ";":
            continue
        end = match.start() if match else len(text)
        piece = text[start:end]
        body = _LEADING.sub("", piece, count=1)
        if body.strip():
            yield text.count("\n", 0, end - len(body)) + 1, body.rstrip()
        start = match.end() if match else end


def _read(statement: str, database: Identifier | None) -> list[Definition]:
    first = statement.split(None, 1)[0].upper()
    reader = {"GRANT": grants.read_grant, "ALTER": grants.read_alter}.get(first)
    if reader is not None:
        return list(reader(statement, database))
    head = read_head(statement, READERS, database)
    return list(READERS[head.kind](head))


class _Dumper(yaml.SafeDumper):
    """Queries as block text."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if visible(text, keep="\n") != text:
        style = '"'  # where escapes are read
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_multi_representer(str, _represent_text)


def _dump(definitions: list[Definition]) -> str:
    if not definitions:
        return "[]\n"
    text: str = yaml.dump(
        definitions, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110
    )
    return "".join(map(_escaped, text)) if visible(text, keep="\n") != text else text


def _escaped(character: str) -> str:
    """Spell a character that does not show, all of which stand in double quotes, as YAML does."""
    if visible(character, keep="\n") == character:
        return character
    return f"\\U{ord(character):08x}"
