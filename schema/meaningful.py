"""Which mistakes are worth reporting: not those that follow from another one."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import SchemaError

if TYPE_CHECKING:
    from .loaded import Loaded

_DANGLING = "not declared"
_NAME = re.compile(r'"[^"]+"|[A-Z_][A-Z0-9_$]*')


def meaningful(loaded: "Loaded") -> list[SchemaError]:
    """The mistakes without references to what may stand in a file that is no YAML."""
    if not loaded.unparsed:
        return loaded.errors
    texts = [text.upper() for text in loaded.unparsed]
    unknown = "" in texts
    words = {word for text in texts for word in _NAME.findall(text)}
    return [
        error
        for error in loaded.errors
        if _DANGLING not in error.message
        or not (unknown or any(name in words for name in _names(error.message)))
    ]


def _names(message: str) -> Iterator[str]:
    """The last parts of the names in a message: what a file calls them."""
    for token in message.split():
        name = token.strip(",;:()").rpartition(".")[2]
        if len(name) > 1 and name == name.upper() and _NAME.fullmatch(name):
            yield name
