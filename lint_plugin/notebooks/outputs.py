"""What cells have printed, searched for credentials: the text of their JSON, escapes blanked.

An escape such as `\\n` would join itself to the word after it, and the colours of a traceback too.
Both become spaces, so that offsets stay those of the file; what is looked for is spelt alike.
"""

import ast
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ..spans import everywhere, merged
from .scan import Cell, Notebook

# Of more text than this the rest is not looked at. Bytes of one output.
_MOST = 4 << 20
_ESCAPE = re.compile(rb"\\u001[bB]\[[0-9;]{0,30}[A-Za-z]|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
# A shorter value, or a word, is in every output.
_SHORTEST = 8


class Output(NamedTuple):
    """A text that a cell has printed.

    Attributes:
        start: Where its cell begins in the module.
        end: Where it ends there.
        at: Where the text begins in the file.
        text: The text as JSON spells it, without escapes.
    """

    start: int
    end: int
    at: int
    text: bytes


def outputs_of(notebook: Notebook, cell: Cell, start: int, end: int) -> Iterator[Output]:
    """Yield the texts that a cell has printed; `start` and `end` are its own in the module."""
    for first, last in cell.outputs:
        text = _plain(notebook.data[first : min(last, first + _MOST)])
        yield Output(start, end, first, text)


def values_in(output: Output, values: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where in an output one of `values` stands, as `print`, `repr` or HTML spell it."""
    spelt = {form for value in values for form in _spellings(value)}
    yield from merged(everywhere(output.text, spelt))


def is_telling(value: bytes) -> bool:
    """Say whether a value that stands in an output must be the secret, not a word."""
    return len(value) >= _SHORTEST and not (value.isalpha() and value.islower())


# Each output of a notebook is asked about each of its secrets.
@lru_cache(maxsize=2048)
def _spellings(value: bytes) -> frozenset[bytes]:
    """Return how a literal of a source, without its quotes, is spelt in the JSON of an output."""
    texts = {value.decode("utf-8", "replace")}
    for quote in ("'''", '"""'):
        try:
            meant = ast.literal_eval(f"{quote}{value.decode('utf-8', 'replace')}{quote}")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        texts |= {meant, repr(meant)[1:-1], html.escape(meant), html.escape(meant, quote=False)}
    return frozenset(
        _plain(json.dumps(text, ensure_ascii=ascii_alone)[1:-1].encode("utf-8", "replace"))
        for text in texts
        for ascii_alone in (True, False)
    )


def _plain(raw: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: b" " * len(match[0]), raw)
