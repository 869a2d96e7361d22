"""The gate: text from YAML is one expression or one statement, or it is refused at its place.

Tokens decide, not a parser: what only a newer Snowflake can read passes, and what would end the
statement that it is put into does not. The words come from the Snowflake documentation: "CREATE
TABLE", "CREATE MASKING POLICY", "Snowflake Scripting blocks", "Pipe operator (->>)".
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from .scripting import end_of_block

Sort = Literal["expression", "query", "statement", "body"]
MAX_DEPTH: Final = 250


class Token(NamedTuple):
    """`group` is name, string, number, open, close, end (`;`), broken, or other."""

    group: str
    text: str
    start: int


class Mistake(NamedTuple):
    """What is wrong with SQL text, and at which character."""

    at: int
    message: str
    remedy: str


_LEX: Final = re.compile(
    r"""(?P<space>\s++|--[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)
    |(?P<string>'(?:[^'\\]++|''|\\.)*+'|\$\$.*?\$\$)
    |(?P<name>(?:"(?:[^"]++|"")++"|[A-Za-z_][A-Za-z0-9_$]*+)
        (?:\s*+\.\s*+(?:"(?:[^"]++|"")++"|[A-Za-z_][A-Za-z0-9_$]*+))*)
    |(?P<number>[0-9][0-9.]*+(?:[eE][-+]?[0-9]++)?)
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)
    |(?P<broken>'|"|\$\$|/\*)
    |(?P<other>->>|->|=>|::|:=|[<>=!|]++|.)""",
    re.VERBOSE | re.DOTALL,
)
# A whole text in which no `;` and no `->>` stands outside of quotes and comments, and nothing is
# left open: what nearly every statement is, seen without a token made.
_PLAIN: Final = re.compile(
    r"""(?:[^;'"$/\-A-Za-z_\u0080-\U0010ffff]++|[A-Za-z_][A-Za-z0-9_]*+(?!\$\$|[\u0080-\U0010ffff])
    |'(?:[^'\\]++|''|\\.)*+'|"(?:[^"]++|"")*+"|\$(?!\$)|--[^\n]*+|//[^\n]*+
    |/\*(?:[^*]++|\*(?!/))*+\*/|-(?!-|>>)|/(?![/*]))*+\Z""",
    re.VERBOSE | re.DOTALL,
)
# Control characters but line breaks and tabs, and bidirectional overrides, with which SQL reads
# otherwise than it runs (CVE-2021-42574). A literal of ours spells them as escapes.
STEERING: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_GLUED: Final = re.compile(r"[\w$]\$\$")
_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
_UNCLOSED: Final = {"'": "string", '"': "quoted name", "$$": "$$ string", "/*": "comment"}

# Words after which an operand must come: what stands behind them is no clause.
_OPERATOR_WORDS: Final = """
AND OR NOT XOR IS IN LIKE ILIKE RLIKE REGEXP BETWEEN ESCAPE CASE WHEN THEN ELSE DISTINCT WITHIN ANY
ALL COLLATE
"""
# Words that begin a clause or a statement where an expression has come to its end.
_CLAUSE_WORDS: Final = """
AS SELECT FROM WHERE GROUP ORDER HAVING QUALIFY LIMIT UNION EXCEPT INTERSECT MINUS WITH INTO USING
COMMENT MASKING PROJECTION TAG PRIMARY UNIQUE FOREIGN REFERENCES CONSTRAINT IDENTITY AUTOINCREMENT
CLUSTER EXEMPT_OTHER_POLICIES RETURNS LANGUAGE SET UNSET INSERT UPDATE DELETE MERGE DROP UNDROP
CREATE ALTER GRANT REVOKE TRUNCATE CALL EXECUTE USE COPY
"""
_OPERATORS: Final = frozenset(_OPERATOR_WORDS.split())
_CLAUSES: Final = frozenset(_CLAUSE_WORDS.split())
_QUERIES: Final = ("SELECT", "WITH", "VALUES", "FROM", "SHOW", "DESCRIBE", "DESC", "CALL", "(")
_PIPE: Final = "->> would chain a second statement"
_IN_A_BLOCK: Final = "write one statement, or one BEGIN … END block"


def is_plain(sql: str) -> bool:
    """Whether a text holds one statement at most, and nothing left open, seen at a glance."""
    return _PLAIN.match(sql) is not None


def mistake_in(text: str, sort: Sort) -> Mistake | None:
    """What is wrong with the text of a definition; None when it is of its sort.

    Args:
        text: SQL, without a `;` at its end.
        sort: expression; query (it gives rows); statement (one, or a block of Snowflake
            Scripting); body (of a routine, put between `$$`).
    """
    if sort == "body":
        ends = Mistake(text.find("$$"), "the body holds $$, which ends it", "write it without $$")
        return ends if ends.at >= 0 else None
    tokens = lex(text)
    found = _left_open(text, tokens) or _brackets(tokens)
    if found is not None or not tokens:
        return found
    if sort == "expression":
        return _no_expression(tokens)
    if sort == "query" and tokens[0].text.upper() not in _QUERIES:
        return Mistake(tokens[0].start, "this is not a query", "begin with SELECT or WITH")
    return _second_statement(tokens, with_blocks=sort == "statement")


def statement_mistake(sql: str) -> Mistake | None:
    """What is wrong with a rendered statement: more than one, or something left open."""
    tokens = lex(sql)
    if not tokens:
        return Mistake(0, "this is not a statement", "remove it")
    return (
        _of_the_client(tokens[0])
        or _steering(sql)
        or _left_open(sql, tokens)
        or _brackets(tokens)
        or _second_statement(tokens, inside=True)
    )


def _of_the_client(first: Token) -> Mistake | None:
    """What a client carries out on this machine: https://docs.snowflake.com/en/sql-reference/sql/put."""
    if first.text.upper() in ("PUT", "GET"):
        message = f"{first.text.upper()} moves files of the machine that runs it"
        return Mistake(first.start, message, "load files with COPY INTO, from a stage")
    if first.text.startswith("!"):
        return Mistake(first.start, "! begins a command of a client", "remove it")
    return None


def _steering(sql: str) -> Mistake | None:
    found = None if sql.isprintable() else STEERING.search(sql)
    if found is None:
        return None
    character = f"U+{ord(found[0]):04X}"
    return Mistake(found.start(), f"SQL cannot hold the character {character}", "remove it")


def without_last_comment(text: str) -> str:
    """The text up to its last word: a comment there would take along what follows."""
    end = 0
    for match in _LEX.finditer(text):
        if match.lastgroup != "space":
            end = match.end()
    return text[:end]


def lex(text: str) -> list[Token]:
    """The tokens of a text; comments and white space go. What is left open is the last one."""
    tokens: list[Token] = []
    for match in _LEX.finditer(text):
        group = match.lastgroup or "other"
        if group == "space":
            continue
        tokens.append(Token(group, match[0], match.start()))
        if group == "broken":
            break
    return tokens


def _left_open(text: str, tokens: Sequence[Token]) -> Mistake | None:
    if tokens and tokens[-1].group == "broken":
        what = _UNCLOSED[tokens[-1].text]
        return Mistake(tokens[-1].start, f"a {what} is not closed", f"close it: {_closing(what)}")
    glued = _GLUED.search(text) if "$$" in text else None
    if glued is not None and any(_is_glued(token, glued.start()) for token in tokens):
        return Mistake(
            glued.start() + 1, "$$ stands at the end of a word", "put a space in front of it"
        )
    return None


def _is_glued(token: Token, at: int) -> bool:
    """Whether a word ends in `$$`, or a `$$` string begins right behind one, at a place."""
    if token.group == "string":
        return token.start == at + 1
    return token.start <= at < token.start + len(token.text)


def _closing(what: str) -> str:
    return {"string": "'…'", "quoted name": '"…"', "$$ string": "$$…$$"}.get(what, "/* … */")


def _brackets(tokens: Sequence[Token]) -> Mistake | None:
    opened: list[Token] = []
    for token in tokens:
        if token.group == "open":
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                return Mistake(
                    token.start, "brackets are nested too deeply", f"use at most {MAX_DEPTH} levels"
                )
        elif token.group == "close" and (not opened or opened.pop().text != _CLOSES[token.text]):
            return Mistake(token.start, f"{token.text} closes no bracket", "remove it, or open one")
    if opened:
        return Mistake(opened[-1].start, f"{opened[-1].text} is not closed", "close the bracket")
    return None


def _second_statement(
    tokens: Sequence[Token], *, with_blocks: bool = True, inside: bool = False
) -> Mistake | None:
    """A `;` or `->>` that ends the statement. A block of Snowflake Scripting holds its own.

    Args:
        inside: A block may also stand behind AS or THEN, as in CREATE TASK.
    """
    block = _block(tokens, inside=inside) if with_blocks else None
    before = tokens[:block] if block is not None else tokens
    depth = 0
    for token in before:
        depth += (token.group == "open") - (token.group == "close")
        if token.group == "end":
            return Mistake(token.start, "; ends the statement", _IN_A_BLOCK)
        if token.text == "->>" and depth == 0:
            return Mistake(token.start, _PIPE, _IN_A_BLOCK)
    if block is None:
        return None
    ended = end_of_block([(token.group, token.text) for token in tokens[block:]])
    if ended is None:
        return Mistake(
            tokens[block].start,
            "this block is incomplete: its END, or the ; before it, is missing",
            "write BEGIN …; END, with declarations alone between DECLARE and BEGIN",
        )
    rest = tokens[block + ended :]
    if rest:
        return Mistake(rest[0].start, "something follows the END of the block", "remove it")
    return None


def _block(tokens: Sequence[Token], *, inside: bool) -> int | None:
    """Where a block begins: at the first word, or behind AS or THEN outside of brackets."""
    depth, before = 0, ""
    for index, token in enumerate(tokens):
        depth += (token.group == "open") - (token.group == "close")
        word = token.text.upper()
        starts = index == 0 or (inside and depth == 0 and before in ("AS", "THEN"))
        if starts and token.group == "name" and word in ("BEGIN", "DECLARE"):
            after = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ";"
            if word == "DECLARE" or after not in (";", "TRANSACTION", "WORK", "NAME"):
                return index
        if not inside:
            return None
        before = word
    return None


def _no_expression(tokens: Sequence[Token]) -> Mistake | None:
    depth = 0
    after_operand = False
    for index, token in enumerate(tokens):
        word = token.text.upper() if token.group == "name" else token.text
        if token.group == "end":
            return Mistake(token.start, "; ends the expression", "write one expression")
        if depth == 0:
            if word in (",", "->>"):
                return Mistake(token.start, f"{word} ends the expression", "write one expression")
            following = tokens[index + 1] if index + 1 < len(tokens) else None
            if _begins_clause(word, following, after_operand=after_operand, first=index == 0):
                return Mistake(
                    token.start, f"{word} cannot be part of an expression", "write one expression"
                )
        depth += (token.group == "open") - (token.group == "close")
        after_operand = token.group in ("string", "number", "close") or (
            token.group == "name" and word not in _OPERATORS
        )
    return None


def _begins_clause(word: str, following: Token | None, *, after_operand: bool, first: bool) -> bool:
    if after_operand:
        is_null = word == "NOT" and following is not None and following.text.upper() == "NULL"
        return is_null or word in _CLAUSES
    if not first or word not in _CLAUSES or following is None or following.text == "(":
        return False  # a function or a column of that name
    names_a_column = following.group == "other" and following.text != "*"
    return not names_a_column and (word == "SELECT" or following.text.upper() not in _OPERATORS)
