"""Splits Snowflake SQL into tokens that know where they stand."""

import re
from dataclasses import dataclass
from functools import lru_cache

from .errors import syntax

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
  | (?P<dollar>\$\$.*?\$\$)
  | (?P<string>'(?:[^'\\]|''|\\.)*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)
  | (?P<variable>\$[A-Za-z_0-9]+)
  | (?P<word>[A-Za-z_\u0080-\U0010ffff][\w$]*)
  | (?P<symbol>->>|=>|->|::|:=|<>|!=|<=|>=|\|\||[-+*/%(),.;:=<>?\[\]{}@!&|^~\#])
    """,
    re.VERBOSE | re.DOTALL,
)
# `END IF` and its like close what no keyword opened here; the CASE of `END CASE` opens nothing.
_LOOP_ENDS = re.compile(r"\s+(?:IF|FOR|WHILE|LOOP|REPEAT)\b", re.IGNORECASE)
# The depth between DECLARE and BEGIN.
_DECLARED = 1_000
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a statement.

    Attributes:
        kind: `word`, `quoted`, `string`, `dollar`, `number`, `variable`, `symbol` or `end`.
        text: As written.
        start: Offset of the first character in the whole text.
        end: Offset behind the last one.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text of a keyword in upper case; of anything else as it is."""
        return self.text.upper() if self.kind == "word" else self.text


def tokens(sql: str) -> list[Token]:
    """Return the tokens of `sql` without white space and comments, an `end` token last.

    Raises:
        SqlError: A character that starts no token, or a string that does not end.
    """
    return list(_kept(sql) if len(sql) <= _SHORT else _read(sql))


# A statement is taken apart by several rooms one after the other.
_SHORT = 20_000


@lru_cache(maxsize=64)
def _kept(sql: str) -> tuple[Token, ...]:
    return tuple(_read(sql))


def _read(sql: str) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(sql):
        match = _TOKEN.match(sql, place)
        if match is None:
            line, column = position(sql, place)
            raise syntax(sql[place : place + 20].split("\n")[0], line, column)
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), place, match.end()))
        place = match.end()
    found.append(Token("end", "<EOF>", len(sql), len(sql)))
    return found


def position(sql: str, offset: int) -> tuple[int, int]:
    """Return the line (from 1) and the column (from 0) of `offset`, as Snowflake counts."""
    before = sql[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1)


def unquote(token: Token) -> str:
    """Return the value of a `string` or `dollar` token."""
    if token.kind == "dollar":
        return token.text[2:-2]
    body = token.text[1:-1].replace("''", "'")
    return _ESCAPE.sub(_unescape, body) if "\\" in body else body


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "ux":
        return chr(int(code[1:], 16)) if len(code) > 1 else code
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ESCAPES.get(code, code)


def literal(text: str) -> str:
    """Return `text` as a SQL string literal, safe in Snowflake and (without `\\`) in DuckDB."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def split(sql: str) -> list[str]:
    """Return the statements of `sql`, separated by semicolons, without empty ones."""
    parts: list[str] = []
    begin = 0
    depth = 0
    before = ""
    for token in tokens(sql):
        # A block (DECLARE … BEGIN … END) of Snowflake Scripting holds semicolons of its own.
        first = not sql[begin : token.start].strip()
        if token.upper == "DECLARE" and (first or (before == "AS" and depth == 0)):
            depth = _DECLARED
        elif token.kind == "word" and not (token.upper == "CASE" and before == "END"):
            change = _depth_change(token, sql)
            depth = 1 if depth == _DECLARED and change == 1 else depth + change
        if token.kind == "end" or (token.text == ";" and depth <= 0 and token.kind == "symbol"):
            text = sql[begin : token.start].strip()
            if len(tokens(text)) > 1:
                parts.append(text)
            begin, depth = token.end, 0
        before = token.upper
    return parts


def _depth_change(token: Token, sql: str) -> int:
    """Count what a keyword opens or closes; `BEGIN` alone starts a transaction."""
    if token.upper == "CASE":
        return 1
    if token.upper == "BEGIN":
        following = sql[token.end :].lstrip().upper()
        starts_transaction = following[:1] in {"", ";"} or following.startswith(
            ("TRANSACTION", "WORK", "NAME ")
        )
        return 0 if starts_transaction else 1
    if token.upper == "END":
        return 0 if _LOOP_ENDS.match(sql, token.end) else -1
    return 0


def blank(text: str) -> str:
    """Return `text` with every run of white space made one space."""
    return re.sub(r"\s+", " ", text).strip()
