"""SQL to definitions: what GET_DDL gives, or a file of statements. The only place that reads SQL.

What cannot be read is listed with its line, never dropped in silence: a reader takes every clause
of its statement or fails.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..names import Identifier, QualifiedName
from ..sql.scripting import end_of_block
from ..sql.tokens import is_too_deep, spans
from .external import external_of
from .script import READ_ERRORS, Script, reason_of
from .where import Where, variables_in
from .writing import dump

_LEADING: Final = re.compile(r"\A(?:\s++|(?:--|//)[^\n]*+\n?|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))++")
# Blocks without an end that are looked for before none is any more.
_MOST_UNCLOSED: Final = 3
_BLOCK: Final = re.compile(
    r"\A(?:BEGIN|DECLARE)\b|\b(?:AS|THEN)\s+(?:BEGIN|DECLARE)\b", re.IGNORECASE
)
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
    """Definitions as YAML text, and what was left.

    Attributes:
        count: How many definitions there are.
        kept: How many of them are of kind `statement`.
        statements: CREATE, ALTER and GRANT statements that were read.
        external: What they name and do not declare, for `external:` in hushflake.yaml.
        variables: What a stack has to say under `variables:`.
        owners: What it has to say under `owners:`.
    """

    yaml: str
    count: int
    left: tuple[Left, ...]
    kept: int = 0
    statements: int = 0
    external: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)


def import_sql(text: str, database: str | None = None) -> Imported:
    """Read the CREATE, ALTER and GRANT statements of a script into definitions.

    USE and SET are followed. What no reader takes becomes a `statement`.

    Args:
        text: SQL, statements ended by `;`.
        database: Cut off the names that begin with it, since a stack names the database.
    """
    owner = QualifiedName.parse(database).last if database is not None else None
    script = Script(Where(owner, schema=Identifier("PUBLIC")))
    left: list[Left] = []
    for line, statement in split(text):
        try:
            if is_too_deep(statement):
                raise RecursionError
            script.read(statement)
        except RecursionError:
            left.append(Left(line, "it is nested too deeply", _beginning(statement)))
        except READ_ERRORS as error:
            left.append(Left(line, reason_of(error), _beginning(statement)))
    found = script.finished()
    kept = sum(item["kind"] == "statement" for item in found)
    return Imported(
        dump(found),
        len(found),
        tuple(left),
        kept,
        script.read_count,
        external_of(found, script.kept),
        tuple(sorted({name for item in found for name in _variables(item)})),
        script.owners,
    )


def _variables(value: Any) -> Iterator[str]:
    """The variables of the stack that stand for values which the script does not hold."""
    if isinstance(value, str):
        yield from (name for name in variables_in(value) if name != "database")
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _variables(item)


def _beginning(statement: str) -> str:
    first = " ".join(statement[:200].split())
    return first if len(first) <= 60 else f"{first[:59]}…"


def split(text: str) -> Iterator[tuple[int, str]]:
    """Statements with the number of their first line; strings, comments and blocks of Snowflake
    Scripting hold no end."""
    start, line, counted = 0, 1, 0
    ends = [match.start() for match in _STATEMENT_PART.finditer(text) if match[0] == ";"]
    ends.append(len(text))
    at, unclosed = 0, 0
    while at < len(ends):
        body = _LEADING.sub("", text[start : ends[at]], count=1)
        if unclosed < _MOST_UNCLOSED and _BLOCK.search(body):
            closed = _end_of_block(text, start, ends, at)
            unclosed += closed is None
            at = closed if closed is not None else at
            body = _LEADING.sub("", text[start : ends[at]], count=1)
        if body.strip():
            begin = ends[at] - len(body)
            line, counted = line + text.count("\n", counted, begin), begin
            yield line, body.rstrip()
        start = ends[at] + 1
        at += 1


def _end_of_block(text: str, start: int, ends: Sequence[int], at: int) -> int | None:
    """Which of the ends is that of the block which the statement is, or holds behind AS or THEN."""
    reach = at
    while True:
        found = list(spans(text[start : ends[reach]]))
        begin = _begins(found)
        if begin is None:
            return None
        length = end_of_block([(group, word) for group, word, _, _ in found[begin:]])
        if length is not None:
            return bisect_left(ends, start + found[begin + length - 1][3])
        if reach == len(ends) - 1:
            return None
        reach = min(len(ends) - 1, reach + max(1, reach - at))


def _begins(found: Sequence[tuple[str, str, int, int]]) -> int | None:
    before = ""
    for index, (group, word, _, _) in enumerate(found):
        if word == ";":
            return None
        begins = word.upper() in ("BEGIN", "DECLARE") and (index == 0 or before in ("AS", "THEN"))
        if group == "name" and begins:
            return index
        before = word.upper()
    return None
