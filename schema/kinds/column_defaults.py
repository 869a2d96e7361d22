"""What cannot be the default of a column. Not a kind: a part of `table.py`.

https://docs.snowflake.com/en/sql-reference/sql/create-table (DEFAULT): a constant, a sequence
(`NAME.NEXTVAL`), or an expression without columns and subqueries.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from ..sql.tokens import tokens
from .base import Mistake
from .columns import is_text_for_a_number
from .table_spec import Column

# Values that are written without brackets.
_WORDS: Final = frozenset(
    ("TRUE", "FALSE", "NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER",
     "LOCALTIME", "LOCALTIMESTAMP")
)  # fmt: skip
# Functions that are usual in defaults: what is nearly called so is meant to be.
_FUNCTIONS: Final = (
    *_WORDS, "CURRENT_ROLE", "CURRENT_ACCOUNT", "CURRENT_DATABASE", "CURRENT_SCHEMA",
    "CURRENT_SCHEMAS", "SYSDATE", "GETDATE", "UUID_STRING", "PARSE_JSON", "ARRAY_CONSTRUCT",
    "OBJECT_CONSTRUCT", "TO_TIMESTAMP",
)  # fmt: skip
_ALIKE: Final = 0.9


def default_mistakes(column: Column) -> Iterator[Mistake]:
    """Yield what an account would refuse in the default of a column."""
    if column.default is None:
        return
    if is_text_for_a_number(column):
        message = f"the default of {column.name} is a text, and the column is {column.type}"
        yield Mistake("columns", message, "write a value of that type, without quotes")
    found = _wrong_with(column.default)
    if found is not None:
        yield Mistake("columns", f"the default of {column.name} {found[0]}", found[1])


@lru_cache(maxsize=1024)
def _wrong_with(default: str) -> tuple[str, str] | None:
    """What is wrong with an expression, and the remedy; many columns have the same."""
    words = list(tokens(default))
    upper = [text.upper() for _, text in words]
    if len(words) == 1 and words[0][0] == "name" and upper[0] not in _WORDS:
        if upper[0].endswith(".NEXTVAL"):
            return None
        text = default.strip().strip('"')
        return f"is the name {text}, not a value", f"write a text in quotes: \"'{text}'\""
    if "SELECT" in upper:
        return "holds a query, which Snowflake takes in no default", "write a value or a function"
    for (group, _), name, following in zip(words, upper, upper[1:], strict=False):
        if group != "name" or following != "(" or "." in name or name in _FUNCTIONS:
            continue
        near = get_close_matches(name, _FUNCTIONS, 1, _ALIKE)
        if near:
            return f"calls {name}, which is no function", f"did you mean {near[0]}?"
    return None
