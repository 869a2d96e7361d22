"""Reads Snowflake SQL with sqlglot and writes DuckDB's, refusing what either does not know."""

import re
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.errors import (
    ErrorLevel,
    ParseError,
    SqlglotError,
    TokenError,
    UnsupportedError,
)

from ..errors import SqlError, syntax, unsupported

# Read as plain calls, because what sqlglot makes of them on the way to DuckDB is wrong.
_PLAIN = {
    "VECTOR_COSINE_SIMILARITY",
    "VECTOR_INNER_PRODUCT",
    "VECTOR_L1_DISTANCE",
    "VECTOR_L2_DISTANCE",
    "AI_EMBED",
    "AI_SIMILARITY",
    "OBJECT_CONSTRUCT",
    "OBJECT_CONSTRUCT_KEEP_NULL",
    "OBJECT_AGG",
    "ARRAY_CONSTRUCT",
    "ARRAY_AGG",
    "ARRAY_SIZE",
    "ARRAY_CONTAINS",
    "ARRAY_TO_STRING",
    "ARRAY_CAT",
    "ARRAY_APPEND",
    "ARRAY_PREPEND",
    "ARRAY_DISTINCT",
    "ARRAY_SLICE",
    "ARRAY_COMPACT",
    "ARRAY_INTERSECTION",
    "ARRAY_EXCEPT",
    "ARRAY_POSITION",
    "ARRAY_SORT",
    "ARRAYS_OVERLAP",
    "ARRAY_UNIQUE_AGG",
    "ARRAY_UNION_AGG",
    "SPLIT",
    "STRTOK_TO_ARRAY",
    "OBJECT_KEYS",
    "OBJECT_INSERT",
    "OBJECT_DELETE",
    "GET_PATH",
    "GET",
    "TYPEOF",
    "PARSE_JSON",
    "TRY_PARSE_JSON",
    "TO_JSON",
    "TO_VARIANT",
    "TO_ARRAY",
    "TO_OBJECT",
    "MOD",
    "HASH",
    "FLATTEN",
    "UUID_STRING",
    "IS_NULL_VALUE",
    "WIDTH_BUCKET",
}


class LocalSnowflake(Snowflake):
    """Snowflake's dialect, with the calls of `_PLAIN` left as they are."""

    class Parser(Snowflake.Parser):  # type: ignore[misc, valid-type]
        FUNCTIONS: ClassVar = {
            key: value for key, value in Snowflake.Parser.FUNCTIONS.items() if key not in _PLAIN
        }
        FUNCTION_PARSERS: ClassVar = {
            key: value
            for key, value in Snowflake.Parser.FUNCTION_PARSERS.items()
            if key not in _PLAIN
        }


_DIALECT = LocalSnowflake()
# sqlglot stumbles over arguments that make no sense, instead of refusing them.
_STUMBLES = (
    SqlglotError,
    AttributeError,
    TypeError,
    ValueError,
    IndexError,
    KeyError,
    RecursionError,
)


def parse(sql: str) -> exp.Expr:
    """Return the tree of one query or DML statement.

    Raises:
        SqlError: sqlglot cannot read it; the message names the place.
    """
    try:
        trees = _DIALECT.parse(sql)
    except ParseError as error:
        facts = error.errors[0] if error.errors else {}
        line = int(facts.get("line") or 1)
        end = int(facts.get("col") or 1)
        word = str(facts.get("highlight") or "<EOF>")
        raise syntax(word, line, max(0, end - len(word))) from None
    except TokenError:
        raise syntax("<EOF>", sql.count("\n") + 1, len(sql.rsplit("\n", 1)[-1])) from None
    except _STUMBLES:
        raise _unreadable() from None
    tree = trees[0] if trees else None
    if len(trees) != 1 or tree is None:
        raise SqlError("Empty SQL statement.", 900, "42601")
    if isinstance(tree, exp.Command):
        raise unsupported(str(tree.this))
    return tree


def parse_expression(sql: str) -> exp.Expr:
    """Return the tree of one scalar expression."""
    tree = parse(f"SELECT {sql}")
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise syntax(sql[:20], 1, 0)
    found = tree.expressions[0]
    assert isinstance(found, exp.Expr)
    return found


def write(tree: exp.Expr) -> str:
    """Return DuckDB's SQL of a tree.

    Raises:
        SqlError: DuckDB has nothing for a part of it.
    """
    try:
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise unsupported(re.sub(r"\s+", " ", str(error))[:200]) from None
    except _STUMBLES:
        raise _unreadable() from None


def _unreadable() -> SqlError:
    return SqlError(
        "SQL compilation error:\nThe statement cannot be read (too deep, or a function with "
        "arguments that it does not take).",
        1003,
        "42000",
    )


def tokens_of(sql: str) -> list[Any]:
    """Return sqlglot's tokens of a statement."""
    return _DIALECT.tokenize(sql)
