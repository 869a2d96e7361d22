"""SQL text cut into its statements, at semicolons that are neither in a string nor in a block.

Source of the rules: Snowflake documentation, "Snowflake Scripting blocks": a block begins with
DECLARE, or with a BEGIN that starts no transaction, and ends with its END.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from .tokens import TOKEN

_TRANSACTION: Final = frozenset({"", ";", "TRANSACTION", "WORK", "NAME"})
# END IF, END FOR and so on end what no BEGIN or CASE began.
_ENDS_NO_BLOCK: Final = frozenset({"IF", "FOR", "WHILE", "LOOP", "REPEAT"})
_QUOTES: Final = ("'", '"')


class Statements(NamedTuple):
    """What a text holds.

    Attributes:
        whole: Statements that a semicolon ended, without it; empty ones are left out.
        rest: What follows the last semicolon, stripped; "" when only blanks and comments do.
        is_open: The rest ends within a string, a quoted name, a comment or a block.
    """

    whole: tuple[str, ...]
    rest: str
    is_open: bool

    @property
    def all(self) -> tuple[str, ...]:
        """Every statement: the last one needs no semicolon."""
        return (*self.whole, self.rest) if self.rest else self.whole


def statements_of(text: str) -> Statements:
    """Cut a text into its statements."""
    found: list[str] = []
    start, is_empty, is_open = 0, True, False
    block = _Block()
    matches = list(TOKEN.finditer(text))
    for number, match in enumerate(matches):
        group, token = match.lastgroup or "other", match[0]
        if group == "space":
            is_open = token.startswith("/*") and not token.endswith("*/", 2)
            continue
        after = matches[number + 1] if number + 1 < len(matches) else None
        if group == "other" and (token in _QUOTES or (token == "$" and _is_dollar(after))):
            is_empty, is_open = False, True
            break
        if token == ";" and not block.depth:
            if not is_empty:
                found.append(text[start : match.start()].strip())
            start, is_empty, block = match.end(), True, _Block()
            continue
        is_empty = False
        if group in ("name", "other"):
            block.take(token.upper(), _word_after(matches, number))
    rest = "" if is_empty and not is_open else text[start:].strip()
    return Statements(tuple(found), rest, is_open or bool(block.depth))


class _Block:
    """How deep in scripting blocks a statement is."""

    def __init__(self) -> None:
        self.depth = 0
        self._is_first = True
        self._waits_for_begin = False
        self._before = ""

    def take(self, word: str, after: str) -> None:
        """Go on by one word; `after` is the next one, "" at the end."""
        if self._is_first:
            self.depth = int(word == "DECLARE" or (word == "BEGIN" and after not in _TRANSACTION))
            self._waits_for_begin = word == "DECLARE"
            self._is_first = False
        elif self.depth and word == "BEGIN" and self._waits_for_begin:
            self._waits_for_begin = False  # the one that DECLARE belongs to
        elif self.depth and (word == "BEGIN" or (word == "CASE" and self._before != "END")):
            self.depth += 1
        elif self.depth and word == "END" and after not in _ENDS_NO_BLOCK:
            self.depth -= 1
        elif word == "BEGIN" and self._before == "AS":
            self.depth = 1  # the body of a procedure or a task
        self._before = word


def _word_after(matches: Sequence[re.Match[str]], number: int) -> str:
    for match in matches[number + 1 :]:
        if match.lastgroup != "space":
            return match[0].upper()
    return ""


def _is_dollar(match: re.Match[str] | None) -> bool:
    return match is not None and match[0] == "$"
