"""What an assistant is about to do, in one form for all of them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

# More nesting than any tool has; what lies deeper is refused, not passed over.
_DEEPEST = 40


class TooDeepError(ValueError):
    """Arguments that are nested deeper than any tool needs."""


class Argument(NamedTuple):
    """A text among the arguments of a tool, and the name it goes by."""

    name: str
    text: str


class Call(NamedTuple):
    """A tool call, or a prompt.

    Attributes:
        tool: The name of the tool as the assistant has it; empty for a prompt.
        arguments: Its arguments, as JSON has them; of a prompt its text, in a list.
    """

    tool: str
    arguments: Any

    @property
    def is_prompt(self) -> bool:
        """Whether a person wrote this."""
        return not self.tool

    def texts(self) -> Iterator[Argument]:
        """Yield every text of the arguments; names of entries count as texts too.

        Raises:
            TooDeepError: They are nested deeper than any tool needs.
        """
        return _texts(self.arguments, "", 0)


class Refusal(NamedTuple):
    """Why a call is refused, and what to do instead. Holds no value.

    Attributes:
        what: What the call would do, such as "the prompt carries a GitHub token (HSF302)".
        instead: What to do instead.
    """

    what: str
    instead: str

    def __str__(self) -> str:
        return f"hushflake: refused: {self.what}. {self.instead}."


def _texts(value: Any, name: str, depth: int) -> Iterator[Argument]:
    if depth > _DEEPEST:
        raise TooDeepError
    if isinstance(value, str):
        yield Argument(name, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield Argument("", key)
            yield from _texts(inner, key, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, name, depth + 1)
