"""What commands need beyond `hushflake.terminal`: JSON documents of ours, and questions.

Text is printed with `hushflake.terminal.write`, styled with `hushflake.terminal.text`.
"""

import json
import sys
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


def is_terminal() -> bool:
    """Tell whether a person reads the output and can answer."""
    return sys.stdout.isatty() and sys.stdin.isatty()
