"""Identifiers, qualified names and literals: one value each, and one renderer.

An identifier is unquoted and upper-case by default, as Snowflake stores it; `'"Mixed Case"'` keeps
its case and is quoted wherever it is spelled. Everything that goes into a statement is either
`Sql`, made here, or plain text, which a template can only spell through the `literal` filter.
Source of the rules: Snowflake documentation, "Identifier requirements", "Reserved and limited
keywords", "String and binary data types".
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hushflake.terminal.escape import visible

from .errors import BadNameError

MAX_LENGTH: Final = 255
_UNQUOTED: Final = re.compile(r"[A-Z_][A-Z0-9_$]*\Z")
_WRITTEN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")
# A name with the types of a routine's arguments, or the columns of a foreign key.
_SIGNATURE: Final = re.compile(r'((?:"(?:[^"]|"")+"|[^"(])+)\((.*)\)\Z', re.DOTALL)
_ARGUMENT: Final = re.compile(r'(?:"(?:[^"]|"")+"|\([^()]*\)|[^",])+')
# A type, or a column: one word or several, and whole numbers in brackets.
_ARGUMENT_TYPE: Final = re.compile(
    r'(?:"(?:[^"]|"")+"|[A-Z_][A-Z0-9_$]*(?: [A-Z_][A-Z0-9_$]*)*(?: ?\([A-Z0-9_, ]*\))?)\Z'
)
_PART: Final = re.compile(r'"(?:[^"]|"")+"|[^".]+')
# Words that Snowflake does not take as an unquoted identifier.
_RESERVED_WORDS: Final = """
ACCOUNT ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONNECTION CONSTRAINT
CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DELETE
DISTINCT DROP ELSE EXISTS FALSE FOLLOWING FOR FROM FULL GRANT GROUP GSCLUSTER HAVING ILIKE IN
INCREMENT INNER INSERT INTERSECT INTO IS ISSUE JOIN LATERAL LEFT LIKE LOCALTIME LOCALTIMESTAMP
MINUS NATURAL NOT NULL OF ON OR ORDER ORGANIZATION QUALIFY REGEXP REVOKE RIGHT RLIKE ROW ROWS
SAMPLE SCHEMA SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION
UNIQUE UPDATE USING VALUES VIEW WHEN WHENEVER WHERE WITH
"""
RESERVED: Final = frozenset(_RESERVED_WORDS.split())


class Sql(str):
    """Text that is SQL already: a rendered name, a type, a query. Templates spell it as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier as Snowflake stores it: `text` is upper-case unless it was quoted."""

    text: str

    @classmethod
    def parse(cls, written: str) -> "Identifier":
        """Read an identifier as it is written in SQL or YAML.

        Raises:
            BadNameError: not an identifier; a reserved word without quotes; too long.
        """
        return _parse_identifier(written)

    @property
    def sql(self) -> Sql:
        """The identifier as it is spelled in a statement: quoted only where it must be."""
        return _render_identifier(self.text)

    def __str__(self) -> str:
        return self.sql


@dataclass(frozen=True, slots=True, order=True)
class QualifiedName:
    """A name of one to three parts; `arguments` are the types of a function or procedure."""

    parts: tuple[Identifier, ...]
    arguments: tuple[str, ...] | None = None

    @classmethod
    def of(cls, *parts: "str | Identifier") -> "QualifiedName":
        """A name from stored parts (case kept): `of("DB", "PUBLIC", "Mixed Case")`."""
        return cls(tuple(p if isinstance(p, Identifier) else Identifier(p) for p in parts))

    @classmethod
    def parse(cls, written: str) -> "QualifiedName":
        """Read `db.schema.name`, parts quoted where needed, as it is written in SQL or YAML.

        Raises:
            BadNameError: empty part, more than three parts, or a part that is no identifier.
        """
        return _parse_name(written)

    @property
    def last(self) -> Identifier:
        return self.parts[-1]

    @property
    def parent(self) -> "QualifiedName":
        """The name of the container: `DB.S` of `DB.S.T`."""
        return QualifiedName(self.parts[:-1])

    def child(self, part: "str | Identifier") -> "QualifiedName":
        return QualifiedName(
            (*self.parts, part if isinstance(part, Identifier) else Identifier(part))
        )

    @property
    def sql(self) -> Sql:
        name = ".".join([part.sql for part in self.parts])
        return Sql(name if self.arguments is None else f"{name}({', '.join(self.arguments)})")

    def __str__(self) -> str:
        return self.sql


def literal(text: str) -> Sql:
    """A string literal: quotes doubled, backslashes escaped, control characters as escapes."""
    if text.isalnum():  # most are; and none of these needs an escape
        return Sql(f"'{text}'")
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    if not escaped.isprintable():
        escaped = "".join(map(_escaped, escaped))
    return Sql(f"'{escaped}'")


_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def _escaped(character: str) -> str:
    """Spell what steers a terminal or the order of text as an escape, with the same value.

    https://docs.snowflake.com/en/sql-reference/data-types-text#escape-sequences-in-single-quoted-string-constants
    knows `\\xhh` and `\\uhhhh`; what is beyond the first plane has no escape there.
    """
    if visible(character) == character or ord(character) > 0xFFFF:
        return character
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")


@lru_cache(maxsize=65536)
def _render_identifier(text: str) -> Sql:
    if _UNQUOTED.match(text) and text not in RESERVED:
        return Sql(text)
    return Sql('"' + text.replace('"', '""') + '"')


@lru_cache(maxsize=65536)
def _parse_identifier(written: str) -> Identifier:
    quoted = len(written) > 2 and written[0] == written[-1] == '"'
    text = written[1:-1].replace('""', '"') if quoted else written.upper()
    if quoted and '"' in written[1:-1].replace('""', ""):
        raise BadNameError(f"{written} is not an identifier", 'double a quote inside quotes: ""')
    if "\0" in text or "\x1e" in text:
        raise BadNameError("an identifier cannot hold a control character", "remove it")
    if not quoted and not _WRITTEN.match(written):
        raise BadNameError(
            f"{written!r} is not an identifier",
            "letters, digits, _ and $, not starting with a digit; quote other names: '\"…\"'",
        )
    if not quoted and text in RESERVED:
        raise BadNameError(
            f"{text} is a reserved word", f"choose another name, or quote it: '\"{text}\"'"
        )
    if len(text) > MAX_LENGTH:
        raise BadNameError(
            f"identifier {text[:20]}… has {len(text)} characters", f"use at most {MAX_LENGTH}"
        )
    return Identifier(text)


@lru_cache(maxsize=65536)
def _parse_name(written: str) -> QualifiedName:
    name, arguments = written, None
    signature = _SIGNATURE.match(written) if written.endswith(")") else None
    if signature is not None:
        name = signature[1]
        inside = (part.strip() for part in _ARGUMENT.findall(signature[2]))
        arguments = tuple(part if part[0] == '"' else part.upper() for part in inside if part)
        if not all(map(_ARGUMENT_TYPE.match, arguments)):
            raise BadNameError(
                f"{written!r} is not a name", "between the brackets stand types: F(VARCHAR, NUMBER)"
            )
    parts = _PART.findall(name)
    if ".".join(parts) != name or not 1 <= len(parts) <= 3:
        raise BadNameError(
            f"{written!r} is not a name",
            "one to three identifiers with dots between: db.schema.name",
        )
    return QualifiedName(tuple(_parse_identifier(part) for part in parts), arguments)
