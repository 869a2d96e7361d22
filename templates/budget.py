"""What one rendering, and all of them together, may take when a project's templates are used."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import thread_time
from typing import Any, Final

from jinja2 import pass_context
from jinja2.exceptions import TemplateError as JinjaError

from .language import FILTERS, PREFIX

# CPU seconds of one operation; of all: so many at first, and so many more for each.
SECONDS: Final = 1.0
FIRST_SECONDS, MORE_SECONDS = 3.0, 0.01
# Of the texts that one operation makes, those that it puts out among them. A statement takes a
# million: https://docs.snowflake.com/en/user-guide/query-size-limits
MAX_CHARACTERS: Final = 8_000_000


class LimitError(JinjaError):
    """A template that takes too long, or makes too much text."""


class Budget:
    """Counts in each thread what the rendering that runs in it takes."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._total = FIRST_SECONDS

    def start(self) -> None:
        """Begin a rendering; the allowance of all grows."""
        self._total += MORE_SECONDS
        self._here.since = thread_time()
        self._here.characters = 0

    def end(self) -> None:
        """Take what the rendering took off the allowance of all."""
        self._total -= thread_time() - self._here.since

    def spend(self, characters: int = 0) -> None:
        """Note a step, and the text that it made.

        Raises:
            LimitError: It is one too many.
        """
        here = self._here
        taken = thread_time() - here.since
        if taken > SECONDS or taken > self._total:
            raise LimitError("it takes too long: simplify its loops and includes")
        here.characters += characters
        if here.characters > MAX_CHARACTERS:
            raise LimitError(f"it makes more than {MAX_CHARACTERS:,} characters of text")

    def output(self, pieces: Iterable[str]) -> str:
        """The pieces of an output as one text."""
        found: list[str] = []
        for piece in pieces:
            self.spend(len(piece))
            found.append(piece)
        return "".join(found)

    def filters(self, base: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
        """The filters of a project's templates, by the names that `language.counted` gives."""
        made = {PREFIX + name: self._counted(base[name]) for name in FILTERS}
        made[PREFIX + "join"] = self._join
        made[PREFIX + "loop"] = self._loop()
        return made

    def _counted(self, base: Callable[..., Any]) -> Callable[..., Any]:
        def apply(value: Any, *arguments: Any, **named: Any) -> Any:
            result = base(value, *arguments, **named)
            self.spend(len(result) if isinstance(result, str) else 0)
            return result

        return apply

    def _join(self, items: Iterable[Any], separator: str = "") -> str:
        """Text put together; of lists within the list nothing is made."""
        found: list[str] = []
        for item in items:
            if isinstance(item, list | tuple | dict):
                raise LimitError("join takes texts and numbers")
            text = str(item)
            self.spend(len(text) + len(separator))
            found.append(text)
        return separator.join(found)

    def _loop(self) -> Callable[..., Any]:
        @pass_context
        def each(_context: Any, items: Iterable[Any]) -> Iterator[Any]:
            for item in items:
                self.spend()
                yield item

        return each
