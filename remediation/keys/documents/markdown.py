"""A table of the keys in Markdown: a page of its own, or a part of one between two marks."""

import re
from collections.abc import Iterator

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import as_text

from ..table import Table
from ..words import alias_words, one_line, required_words, type_words
from .base import Style, blank

NAME = "markdown"
_BEGIN, _END = "<!-- hushflake keys", "<!-- /hushflake keys -->"
_PART = re.compile(rf"{_BEGIN}[^\n]{{0,200}}?-->.*?{re.escape(_END)}\n?", re.DOTALL)
_HEADINGS = ("key", "type", "required", "default", "description", "owner")


def render(table: Table, style: Style) -> str:
    """Return the table between its marks."""
    del style
    lines = [
        f"{_BEGIN}: written by {blank()} -->",
        f"| {' | '.join(_HEADINGS)} |",
        f"|{'---|' * len(_HEADINGS)}",
        *(f"| {' | '.join(_cells(key))} |" for key in table.keys),
        _END,
    ]
    return "\n".join(lines) + "\n"


def _cells(key: DeclaredKey) -> Iterator[str]:
    yield _code(key.name)
    yield _text(type_words(key)) + (", secret" if key.secret else "")
    yield {"required": "yes", "optional": "no"}.get(required_words(key), required_words(key))
    yield "" if key.default is None or key.secret else _code(as_text(key.default))
    told = [_text(key.description)] if key.description else []
    if key.deprecated:
        told.append(f"Deprecated: {_text(key.deprecated)}")
    told += [_text(words[0].upper() + words[1:]) for words in alias_words(key)]
    yield ". ".join(each.removesuffix(".") for each in told)
    yield _text(key.owner)


def _text(text: str) -> str:
    # `<` would begin an element, and a bar the next cell.
    return re.sub(r"([\\|<>`*_\[\]])", r"\\\1", one_line(text))


def _code(text: str) -> str:
    text = one_line(text)
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    inner = f" {text} " if text.startswith("`") or text.endswith("`") else text
    return f"{fence}{inner}{fence}".replace("|", "\\|")


def part(text: str) -> tuple[int, int]:
    """Return where the table stands in a page.

    Raises:
        ValueError: The page has no place for it.
    """
    found = _PART.search(text, 0, text.rfind(_END) + len(_END) + 1)
    if found is None:
        raise ValueError(f"has no place for the table: put {_BEGIN} --> and {_END} where it goes")
    return found.span()


def normal(text: str) -> object:
    """Return the rows without blanks around their cells, and without the marks."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        for line in text.splitlines()
        if line.strip() and not line.startswith("<!--")
    ]
    return [["-" if cell and not cell.strip(":-") else cell for cell in row] for row in rows]
