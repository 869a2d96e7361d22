"""Where a block of Snowflake Scripting ends: it holds `;`, and no statement behind its END.

https://docs.snowflake.com/en/developer-guide/snowflake-scripting/blocks
"""

from collections.abc import Sequence
from typing import Final

# What END closes beside a block and a CASE, which are counted.
_LOOPS: Final = frozenset({"IF", "FOR", "WHILE", "REPEAT", "LOOP"})
# Words before an END that closes a block: it stands where a statement would.
_BEFORE_END: Final = frozenset({";", "BEGIN", "THEN", "ELSE", "DO", "LOOP"})
# Words that begin a statement, which the declarations of a block do not hold.
_STATEMENT_WORDS: Final = """
ALTER CALL COMMENT COPY CREATE DELETE DESC DESCRIBE DROP EXECUTE EXPLAIN GET GRANT INSERT LIST MERGE
PUT REMOVE REVOKE SELECT SET SHOW TRUNCATE UNDROP UNSET UPDATE USE WITH
"""
_STATEMENTS: Final = frozenset(_STATEMENT_WORDS.split())


def end_of_block(tokens: Sequence[tuple[str, str]]) -> int | None:
    """The number of tokens that a block takes, from its first (BEGIN or DECLARE) on.

    Args:
        tokens: (group, text) of each token.

    Returns:
        None when it has no END, or when its declarations hold a statement.
    """
    start = _declarations(tokens)
    if start is None:
        return None
    opened: list[str] = []
    before = ";"
    for index in range(start, len(tokens)):
        group, text = tokens[index]
        word = text.upper() if group == "name" else text
        after = _word(tokens, index + 1)
        if _opens(word, before, after):
            opened.append(word)
        elif word == "END" and opened and _closes(opened[-1], before, after):
            opened.pop()
            if not opened:
                return index + 1
        before = word
    return None


def _opens(word: str, before: str, after: str) -> bool:
    if word == "CASE":
        return before != "END"
    starts = before in _BEFORE_END or before in ("AS", "DECLARE")
    return word == "BEGIN" and starts and after not in (";", "TRANSACTION", "WORK")


def _closes(opened: str, before: str, after: str) -> bool:
    if opened == "CASE":
        return after not in _LOOPS
    return before in _BEFORE_END and after not in _LOOPS


def _declarations(tokens: Sequence[tuple[str, str]]) -> int | None:
    """Where BEGIN stands; before it DECLARE and names with their types, each ended by `;`."""
    if _word(tokens, 0) != "DECLARE":
        return 0
    before = ";"
    for index in range(1, len(tokens)):
        word = _word(tokens, index)
        if before == ";" and word == "BEGIN":
            return index
        if before == ";" and word in _STATEMENTS:
            return None
        before = word
    return None


def _word(tokens: Sequence[tuple[str, str]], index: int) -> str:
    return tokens[index][1].upper() if index < len(tokens) else ""
