"""Reads Snowflake SQL with sqlglot and writes DuckDB's, refusing what either does not know."""

import re
import threading
from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.errors import (
    ErrorLevel,
    ParseError,
    SqlglotError,
    TokenError,
    UnsupportedError,
)

from ..language.errors import SqlError, compilation, syntax, unsupported
from .function_names import ANSWERED
from .nesting import is_too_deep
from .shapes import reshape

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
    "ARRAY_CONSTRUCT_COMPACT",
    "ARRAY_FLATTEN",
    "ARRAY_GENERATE_RANGE",
    "ARRAY_INSERT",
    "ARRAY_MAX",
    "ARRAY_MIN",
    "ARRAY_REMOVE",
    "ARRAY_REMOVE_AT",
    "ARRAY_REVERSE",
    "ARRAYS_ZIP",
    "SOUNDEX",
    "SOUNDEX_P123",
    "JAROWINKLER_SIMILARITY",
    "RTRIMMED_LENGTH",
    "PARSE_URL",
    "PARSE_IP",
    "BASE64_DECODE_BINARY",
    "BASE64_DECODE_STRING",
    "BASE64_ENCODE",
    "HEX_DECODE_BINARY",
    "HEX_DECODE_STRING",
    "HEX_ENCODE",
    "TRY_BASE64_DECODE_BINARY",
    "TRY_BASE64_DECODE_STRING",
    "TRY_HEX_DECODE_BINARY",
    "TRY_HEX_DECODE_STRING",
    "SHA2",
    "SHA2_HEX",
    "SHA2_BINARY",
    "MD5_NUMBER_LOWER64",
    "MD5_NUMBER_UPPER64",
    "OCTET_LENGTH",
    "GETBIT",
    "BIT_GET",
    "HAVERSINE",
    "TO_CHAR",
    "TO_VARCHAR",
    "TO_BINARY",
    "TRY_TO_BINARY",
    "DATE",
    "TIME",
    "TIMESTAMP_LTZ_FROM_PARTS",
    "TIMESTAMP_TZ_FROM_PARTS",
    "TO_BOOLEAN",
    "TRY_TO_BOOLEAN",
    "TO_DOUBLE",
    "TRY_TO_DOUBLE",
    "TO_DATE",
    "TO_TIME",
    "TO_TIMESTAMP",
    "TO_TIMESTAMP_NTZ",
    "TO_TIMESTAMP_LTZ",
    "TO_TIMESTAMP_TZ",
    "TO_DECIMAL",
    "TO_NUMBER",
    "TO_NUMERIC",
    "TRY_TO_DATE",
    "TRY_TO_TIME",
    "TRY_TO_TIMESTAMP",
    "TRY_TO_TIMESTAMP_NTZ",
    "TRY_TO_TIMESTAMP_LTZ",
    "TRY_TO_TIMESTAMP_TZ",
    "TRY_TO_DECIMAL",
    "TRY_TO_NUMBER",
    "TRY_TO_NUMERIC",
    "REGR_VALX",
    "REGR_VALY",
    "BITMAP_BUCKET_NUMBER",
    "BITMAP_BIT_POSITION",
    "CHECK_JSON",
    "DIV0",
    "DIV0NULL",
    "GET_IGNORE_CASE",
    "IS_ARRAY",
    "IS_OBJECT",
    "JSON_EXTRACT_PATH_TEXT",
    "OBJECT_PICK",
    "OBJECTAGG",
    "STRIP_NULL_VALUE",
}


_SNOWFLAKE = Snowflake()
_PARSER: Any = Snowflake.Parser
_THEIRS: dict[str, dict[str, Any]] = {
    name: getattr(_PARSER, name) for name in ("FUNCTIONS", "FUNCTION_PARSERS")
}
_OURS: dict[str, dict[str, Any]] = {
    "FUNCTIONS": {
        # Of what sqlglot knows only what has documented examples: the rest is no function here.
        **{
            key: value
            for key, value in _THEIRS["FUNCTIONS"].items()
            if key not in _PLAIN and (key in ANSWERED or key == "TABLE")
        },
        # The same function under other names.
        **dict.fromkeys(("TIMEADD", "TIMESTAMPADD"), _THEIRS["FUNCTIONS"]["DATEADD"]),
        "HLL": _THEIRS["FUNCTIONS"]["APPROX_COUNT_DISTINCT"],
    },
    "FUNCTION_PARSERS": {
        key: value for key, value in _THEIRS["FUNCTION_PARSERS"].items() if key not in _PLAIN
    },
}
_swapped = threading.Lock()


def _read(sql: str) -> list[exp.Expr | None]:
    """Return the trees of a text, with the calls of `_PLAIN` left as they are.

    The tables of sqlglot's own parser are put aside meanwhile: a class of ours could not inherit from
    it where it is compiled (docs/decisions/0058).
    """
    with _swapped:
        try:
            for name, table in _OURS.items():
                setattr(_PARSER, name, table)
            return list(_SNOWFLAKE.parse(sql))
        finally:
            for name, table in _THEIRS.items():
                setattr(_PARSER, name, table)


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
    return _kept(sql).copy() if len(sql) <= _SHORT else _parsed(sql)


# Programs send the same texts again and again; a copy costs a fifth of reading one.
_SHORT = 20_000


@lru_cache(maxsize=256)
def _kept(sql: str) -> exp.Expr:
    return _parsed(sql)


def _parsed(sql: str) -> exp.Expr:
    try:
        if is_too_deep(sql, tokens_of):
            raise _unreadable()
        trees = _read(sql)
    except ParseError as error:
        facts = error.errors[0] if error.errors else {}
        counted = _count_of_arguments(str(facts.get("description") or ""))
        if counted is not None:
            raise counted from None
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
    return reshape(tree)


def _count_of_arguments(told: str) -> SqlError | None:
    """Return the error of a call with too few or too many arguments, None for any other."""
    few = re.match(r"Required keyword: '\w+' missing for <class 'sqlglot\.\S+\.(\w+)'>", told)
    kind = getattr(exp, few[1], None) if few is not None else None
    if kind is not None and issubclass(kind, exp.Func):
        return compilation(f"not enough arguments for function [{kind.sql_name()}]", 938, "22023")
    if re.match(r"The number of provided arguments \(\d+\) is greater", told):
        return compilation("too many arguments for function", 939, "22023")
    return None


def parse_expression(sql: str) -> exp.Expr:
    """Return the tree of one scalar expression."""
    tree = parse(f"SELECT {sql}")
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise syntax(sql[:20], 1, 0)
    found = tree.expressions[0]
    assert isinstance(found, exp.Expr)
    return found


def write(tree: exp.Expr, *, spent: bool = False) -> str:
    """Return DuckDB's SQL of a tree; one that nothing reads after it is spent, and not copied.

    Raises:
        SqlError: DuckDB has nothing for a part of it.
    """
    try:
        return tree.sql(dialect="duckdb", copy=not spent, unsupported_level=ErrorLevel.RAISE)
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
    return _SNOWFLAKE.tokenize(sql)
