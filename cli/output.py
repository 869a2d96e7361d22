"""What commands need beyond `hushflake.terminal`: JSON documents of ours, and questions.

Text is printed with `hushflake.terminal.write`, styled with `hushflake.terminal.text`.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from hushflake.terminal.text import Text
from hushflake.terminal.write import put_json


def json_text(command: str, **fields: Any) -> str:
    """Return one JSON document whose `format` is `hushflake.<command>/1`."""
    document = {"format": f"hushflake.{command}/1", **fields}
    return json.dumps(document, indent=2, ensure_ascii=False)


def print_json(command: str, **fields: Any) -> None:
    """Print one JSON document whose `format` is `hushflake.<command>/1`."""
    put_json(json_text(command, **fields))


def confirmed(question: str | Text) -> bool:
    """Ask on the terminal; foreign text in the question is escaped.

    Raises:
        click.Abort: The user interrupted.
    """
    return click.confirm(str(Text(question)))


def asked(question: str | Text, **options: Any) -> str:
    """Ask for a text on the terminal; `options` are those of `click.prompt`.

    Raises:
        click.Abort: The user interrupted.
    """
    return str(click.prompt(str(Text(question)), **options))


def styled(text: str, **style: Any) -> str:
    """Return `text` in a style of `click.style`, or as it is when `NO_COLOR` is set."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def is_terminal() -> bool:
    """Tell whether a person reads the output and can answer."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()
) -> str:
    """Return an aligned table; columns whose index is in `right` are aligned to the right."""
    to_the_right = set(right)
    lines = [list(headings), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(headings))]

    def spelt(line: list[str]) -> str:
        cells = (
            cell.rjust(width) if index in to_the_right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    head, *body = lines
    return "\n".join([styled(spelt(head), bold=True), *map(spelt, body)])
