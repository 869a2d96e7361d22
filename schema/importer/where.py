"""What the session of a script stands in: USE, SET, and what CREATE changes of it.

https://docs.snowflake.com/en/sql-reference/name-resolution: an unqualified name is one of the
current schema; CREATE DATABASE and CREATE SCHEMA make theirs the current one.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from ..errors import SchemaError
from ..kinds import all_kinds
from ..names import Identifier, QualifiedName, literal
from ..sql.tokens import string_value, tokens
from .scanner import Scanner

_NEEDED: Final = {"account": 1, "database": 2, "schema": 3}


def level_of(kind: str) -> str:
    """Where objects of a kind live: account, database or schema."""
    found = all_kinds().get(kind)
    return found.level if found is not None else "schema"


@dataclass(frozen=True, slots=True)
class Where:
    """The current database and schema; `cut` is taken off the names that begin with it.

    Attributes:
        variables: Values that SET gave, as literals.
    """

    cut: Identifier | None = None
    database: Identifier | None = None
    schema: Identifier | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def full(self, name: QualifiedName, level: str = "schema") -> QualifiedName:
        """A name with what is known of its container."""
        missing = _NEEDED[level] - len(name.parts)
        parts = name.parts
        if level == "schema" and missing == 2:
            if self.schema is None:
                return name
            parts = (self.schema, *parts)
        if level != "account" and len(parts) + 1 == _NEEDED[level] and self.database is not None:
            parts = (self.database, *parts)
        return QualifiedName(parts, name.arguments)

    def short(self, name: QualifiedName, level: str = "schema") -> str:
        """A name as definitions hold it: completed, and without the stack's own database."""
        parts = self.full(name, level).parts
        if self.cut is not None and len(parts) > 1 and parts[0] == self.cut:
            parts = parts[1:]
        return str(QualifiedName(parts, name.arguments).sql)

    def after_use(self, statement: str) -> "Where":
        """What USE changes; of roles and warehouses nothing is kept."""
        scanner = Scanner(statement)
        scanner.expect("USE")
        if scanner.token.text.upper() in ("ROLE", "WAREHOUSE", "SECONDARY"):
            return self
        is_schema = scanner.accept("SCHEMA")
        if not is_schema:
            scanner.accept("DATABASE")
        name = scanner.name()
        if len(name.parts) == 1 and not is_schema:
            return replace(self, database=name.last, schema=Identifier("PUBLIC"))
        return self.inside(name)

    def inside(self, schema: QualifiedName) -> "Where":
        """The same in another schema."""
        database = schema.parts[0] if len(schema.parts) > 1 else self.database
        return replace(self, database=database, schema=schema.last)

    def after_create(self, kind: str, name: QualifiedName) -> "Where":
        """What a CREATE changes."""
        if kind == "database":
            return replace(self, database=name.last, schema=Identifier("PUBLIC"))
        return self.inside(name) if kind == "schema" else self

    def after_set(self, statement: str) -> "Where":
        """What SET changes, where the value is made of literals; of others it is not known."""
        match = re.fullmatch(
            r"SET\s+\(?\s*(\w+)\s*\)?\s*=(.*)", statement, re.IGNORECASE | re.DOTALL
        )
        if match is None:
            return self
        value = self._computed(match[2])
        kept = {k: v for k, v in self.variables.items() if k != match[1].upper()}
        return replace(self, variables=kept | ({match[1].upper(): value} if value else {}))

    def _computed(self, text: str) -> str:
        """Literals, also joined by `||` and CONCAT, as one; "" when it holds anything else."""
        parts: list[str] = []
        found = list(tokens(text))
        for at, (group, word) in enumerate(found):
            if group == "string":
                parts.append(string_value(word))
            elif at and found[at - 1][1] == "$" and word.upper() in self.variables:
                parts.append(_plain(self.variables[word.upper()]))
            elif word.upper() not in ("CONCAT", "(", ",", ")", "|", "||", "$"):
                return text.strip() if re.fullmatch(r"\s*-?[0-9.]+\s*", text) else ""
        joined = "".join(parts)
        return str(literal(_IN_STRING.sub(_marked, joined)))

    def filled(self, statement: str) -> str:
        """A statement with `$NAME` and `IDENTIFIER(…)` replaced by what they stand for.

        A variable without a known value becomes one of the stack.

        Raises:
            ValueError: It is a template of more than names.
        """
        statement = _PLACEHOLDER.sub(_of_the_stack, statement)
        open_ = _TO_FILL.search(_SKIPPED_TEXT.sub("", statement))
        if open_ is not None:
            raise ValueError(f"{statement[open_.start() :][:2]} begins a template")
        if not re.search(r"\$|IDENTIFIER", statement, re.IGNORECASE):
            return statement
        return _IDENTIFIER.sub(self._named, _VARIABLE.sub(self._value, statement))

    def _value(self, match: re.Match[str]) -> str:
        if match[1] is None:  # a string, a comment or a quoted name
            return match[0]
        name = match[1].upper()
        return self.variables.get(name) or f"'{variable(name)}'"

    @staticmethod
    def _named(match: re.Match[str]) -> str:
        written = match[1]
        if written is None:
            return match[0]
        text = string_value(written) if written.startswith("'") else written
        try:
            QualifiedName.parse(text)
        except SchemaError:
            return match[0]
        return text


def variable(name: str) -> str:
    """What stands for a variable of the stack until the definition is written: a word that can be
    a name, part of a name, or text."""
    return f"HF__VAR__{name.upper().replace('-', '_')}__RAV__"


def variables_in(text: str) -> list[str]:
    """The variables of the stack in a text, in lower case."""
    return [name.lower() for name in _MARKED.findall(text)]


def with_variables(text: str) -> str:
    """The text as YAML has it: `${name}`."""
    return _MARKED.sub(lambda match: f"${{{match[1].lower()}}}", text)


_MARKED: Final = re.compile(r"HF__VAR__(\w+?)__RAV__", re.IGNORECASE)


def _of_the_stack(match: re.Match[str]) -> str:
    skipped = match.groupdict().get("skip")
    if skipped is not None:
        return _IN_STRING.sub(_marked, skipped) if skipped[0] in "'\"" else skipped
    return _marked(match)


def _marked(match: re.Match[str]) -> str:
    named = [value for key, value in enumerate(match.groups()) if value and value != match[0]]
    return variable(named[-1])


def _plain(written: str) -> str:
    return string_value(written) if written[0] in "'$" else written


_SET: Final = re.compile(r"SET\s+\(?\s*(\w+)\s*\)?\s*=(.*)", re.IGNORECASE | re.DOTALL)
_STRING: Final = r"'(?:[^'\\]++|''|\\.)*+'"
_SKIPPED: Final = (
    rf"--[^\n]*|/\*(?:[^*]++|\*(?!/))*+\*/|{_STRING}|\"(?:[^\"]++|\"\")*+\"|\$\$.*?\$\$"
)
_VARIABLE: Final = re.compile(rf"{_SKIPPED}|(?<![\w$])\$([A-Za-z_]\w*)", re.DOTALL)
_IDENTIFIER: Final = re.compile(
    rf"\bIDENTIFIER\s*\(\s*({_STRING}|(?:[\w$.]++|\"[^\"]*+\")+)\s*\)|{_SKIPPED}",
    re.IGNORECASE | re.DOTALL,
)
# What other tools fill in before the statement is sent: &NAME and &{NAME} of SnowSQL, <% NAME %> of
# the Snowflake CLI, {{ NAME }} of Jinja, and <NAME> for people.
_FILLED_IN: Final = (
    r"&\{([A-Za-z_]\w*)\}|(?<![\w&])&([A-Za-z_]\w*)|<%\s*([A-Za-z_]\w*)\s*%>"
    r"|\{\{\s*([A-Za-z_]\w*)\s*\}\}|<([A-Za-z_][\w-]*)>"
)
_PLACEHOLDER: Final = re.compile(rf"(?P<skip>{_SKIPPED})|{_FILLED_IN}", re.DOTALL)
_IN_STRING: Final = re.compile(_FILLED_IN.rpartition("|<(")[0])
_SKIPPED_TEXT: Final = re.compile(_SKIPPED, re.DOTALL)
_TO_FILL: Final = re.compile(r"\{%|<%|\{\{")
