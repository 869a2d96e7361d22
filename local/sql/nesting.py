"""How deep a statement is nested: what the parser, compiled, answers with a crash of the process.

sqlglot reads brackets and CASE by recursion. Python refuses a recursion that is too deep; compiled
code (decision 0058) fills the stack of the thread instead, from some thousand levels on.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlglot import TokenType

# Deeper than any statement of the conformance list or of a client, by far.
MAX_DEPTH: Final = 250
_OPEN: Final = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSE: Final = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}


def is_too_deep(sql: str, tokens_of: Callable[[str], list[Any]]) -> bool:
    """Whether brackets and CASE stand deeper in each other than `MAX_DEPTH`.

    Args:
        tokens_of: Reads tokens; called only where the text could be that deep.
    """
    opening = sum(sql.count(character) for character in "([{") + sql.upper().count("CASE")
    if opening <= MAX_DEPTH:
        return False
    depth = 0
    for token in tokens_of(sql):
        if token.token_type in _OPEN:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token.token_type in _CLOSE:
            depth = max(0, depth - 1)
    return False
