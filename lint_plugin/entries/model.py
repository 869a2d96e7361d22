"""What every reader makes of a configuration file: values, and the names that they have.

Offsets count bytes of the text in UTF-8. A value's place is without its quotes, for that is what
a display hides.
"""

from collections.abc import Callable
from typing import NamedTuple

# Keys that stand for the key above them: `password: {default: …}`, `variable "password" {…}`.
_STAND_FOR_THE_ABOVE = frozenset({"default", "value", "defaultvalue", "default_value"})
# Keys that name what stands beside them: `{name: DB_PASSWORD, value: …}`.
_NAMING = ("name", "Name", "key", "Key", "parameter_name", "ParameterKey")
_NAMED = frozenset({"value", "Value", "default", "ParameterValue", "stringValue", "defaultValue"})


class Scope:
    """A mapping, table, section or block: what is written together.

    Attributes:
        name: What it is bound to; "" for a document.
        above: The scope around it.
        values: Its keys with text, and the text.
    """

    __slots__ = ("above", "name", "values")

    def __init__(self, name: str = "", above: "Scope | None" = None) -> None:
        self.name = name
        self.above = above
        self.values: dict[str, str] = {}


class Entry(NamedTuple):
    """A text and what it is called.

    Attributes:
        scope: Where it stands.
        key: The key that it has; that of a list for what stands in a list.
        value: The text, as a program reads it.
        start: Where it begins.
        end: Where it ends.
        at: Where the key begins.
        is_encoded: Whether the file has the text in base64.
        of_variable: Of the default of a substitution, `${NAME:-default}`, the name; else "".
    """

    scope: Scope
    key: str
    value: str
    start: int
    end: int
    at: int
    of_variable: str = ""
    is_encoded: bool = False

    @property
    def name(self) -> str:
        """What the value is called: by its key, or by what the key stands for."""
        if self.of_variable:
            return self.of_variable
        if self.key in _NAMED:
            for naming in _NAMING:
                if naming in self.scope.values:
                    return self.scope.values[naming]
        if self.key.lower() in _STAND_FOR_THE_ABOVE and self.scope.name:
            return self.scope.name
        return self.key

    @property
    def is_item(self) -> bool:
        """Whether it stands in a list, and so has no key of its own."""
        return self.at == self.start

    @property
    def path(self) -> list[str]:
        """The names of the scopes around it, outermost first."""
        names: list[str] = []
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.name:
                names.append(scope.name)
            scope = scope.above
        return names[::-1]


class Text(NamedTuple):
    """A text to be read, or a part of one.

    Attributes:
        utf8: The whole text.
        shadow: The same in ASCII, byte for byte, without templates: what a parser is given.
        start: Where the part begins.
        end: Where the part ends.
        depth: How many texts it stands in: a script in a workflow is at 1.
    """

    utf8: bytes
    shadow: bytes
    start: int
    end: int
    depth: int = 0

    def part(self, start: int, end: int) -> "Text":
        """Return a part of it, one deeper."""
        return self._replace(start=start, end=end, depth=self.depth + 1)

    def shown(self, start: int, end: int) -> str:
        """Return the characters between two offsets."""
        return self.utf8[start:end].decode("utf-8", "replace")


class Reading(NamedTuple):
    """What a reader found.

    Attributes:
        entries: In order of their places.
        comments: Start and end of each comment, its marks included.
    """

    entries: list[Entry]
    comments: list[tuple[int, int]]


Reader = Callable[[Text], Reading]


class MissingReaderError(Exception):
    """A library that a format needs is not installed."""
