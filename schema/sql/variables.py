"""`${variable}` in SQL text: one word, number or string, or text within quotes; never more.

What a variable is put into decides what it may be. Within quotes any text is escaped as the quotes
want it; elsewhere the value itself must be a name, a number or one string.
"""

import re
from collections.abc import Callable
from typing import Final

# `$${` is a plain `${`, also where it would open a $$ string.
VARIABLE: Final = re.compile(r"\$?\$\{([^{}]*)\}")
_PIECE: Final = re.compile(
    r"""(?P<variable>\$?\$\{[^{}]*\})
    |(?P<comment>--[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
    |(?P<string>'(?:[^'\\]++|''|\\.)*+'?)
    |(?P<quoted>"[^"]*+"?)
    |(?P<dollars>\$\$(?!\{)(?:\$?\$\{[^{}]*\}|(?!\$\$).)*+(?:\$\$)?)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ONE_VALUE: Final = re.compile(
    r"""\s*(?:(?:"(?:[^"]|"")+"|\w[\w$]*)(?:\.(?:"(?:[^"]|"")+"|\w[\w$]*))*
    |[-+]?[0-9]+(?:\.[0-9]+)?|'(?:[^'\\]|''|\\.)*')\s*""",
    re.VERBOSE | re.DOTALL,
)


class UnfitVariableError(Exception):
    """A value that cannot stand where it is put: its place in the text, and what it is put into."""

    def __init__(self, name: str, at: int) -> None:
        super().__init__(name)
        self.name = name
        self.at = at


def put_in(text: str, value_of: Callable[[str], str]) -> str:
    """The text with the values of its variables.

    Args:
        value_of: Gives the value of a variable, or raises.

    Raises:
        UnfitVariableError: A value that is more than one name, number or string.
    """
    return "".join(
        _in_piece(match.lastgroup or "other", match[0], match.start(), value_of)
        if "${" in match[0]
        else match[0]
        for match in _PIECE.finditer(text)
    )


def _in_piece(group: str, piece: str, start: int, value_of: Callable[[str], str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        name = match[1].strip()
        spelled = _SPELLED[group](value_of(name))
        if spelled is None:
            raise UnfitVariableError(name, start + match.start())
        return spelled

    return VARIABLE.sub(replaced, piece)


def _one_value(value: str) -> str | None:
    return value if _ONE_VALUE.fullmatch(value) else None


def _in_comment(value: str) -> str | None:
    return None if "\n" in value or "*/" in value else value


def _in_string(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _in_quotes(value: str) -> str:
    return value.replace('"', '""')


def _between_dollars(value: str) -> str | None:
    return None if "$" in value else value


_SPELLED: Final[dict[str, Callable[[str], str | None]]] = {
    "variable": _one_value,
    "comment": _in_comment,
    "string": _in_string,
    "quoted": _in_quotes,
    "dollars": _between_dollars,
    "other": _one_value,
}
