"""The prompt of `hushflake sql`: lines are edited, statements end with a semicolon."""

import contextlib
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Final

from hushflake.schema.sql.statements import statements_of
from hushflake.terminal.escape import visible
from hushflake.terminal.write import say

from .sql_history import History

_HELP: Final = (
    r"End a statement with ; to run it.",
    r"\d         list the tables and views of the database",
    r"\d NAME    list the columns of a table or view",
    r"\q         quit (also Ctrl-D)",
    r"Ctrl-C     cancel the running statement, or drop what is typed",
)
_TABLES: Final = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ROW_COUNT FROM INFORMATION_SCHEMA.TABLES "
    "WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' ORDER BY 1, 2"
)
_SHORTHANDS: Final = (
    (re.compile(r"\\d\s*\Z"), _TABLES),
    (re.compile(r"\\d\s+(\S+)\s*\Z"), r"DESCRIBE TABLE \1"),
)
_QUIT: Final = frozenset({r"\q", "quit", "exit", "quit;", "exit;"})


def talk(name: str, run: Callable[[str], None], history: History) -> None:
    """Read statements and run them until the person quits.

    Args:
        name: Of the stack, for the prompt.
        run: Called with each statement; it prints what comes of it and raises nothing of ours.
        history: Where statements are kept.
    """
    first = f"{visible(name)}> "
    more = " " * max(0, len(first) - 3) + "-> "
    with _editing(history) as offer:
        buffer = ""
        while True:
            try:
                line = input(more if buffer else first)
            except EOFError:
                say()
                return
            except KeyboardInterrupt:
                buffer = ""
                say()
                continue
            if not buffer and line.strip().lower() in _QUIT:
                return
            buffer = _taken(buffer, line, run, offer)


def _taken(buffer: str, line: str, run: Callable[[str], None], offer: Callable[[str], None]) -> str:
    """Run what is whole, and return what is not."""
    if not buffer and line.lstrip().startswith("\\"):
        _shorthand(line.strip(), run)
        return ""
    found = statements_of(buffer + line + "\n")
    for statement in found.whole:
        offer(f"{statement};")
        run(statement)
    return f"{found.rest}\n" if found.rest else ""


def _shorthand(word: str, run: Callable[[str], None]) -> None:
    for pattern, statement in _SHORTHANDS:
        match = pattern.match(word)
        if match is not None:
            run(match.expand(statement))
            return
    if word not in (r"\?", r"\h"):
        say(f"{word} is unknown.")
    for line in _HELP:
        say(line)


@contextlib.contextmanager
def _editing(history: History) -> Iterator[Callable[[str], None]]:
    """Turn line editing on; yields what offers a statement to the arrow keys from now on."""
    readline = _readline()
    if readline is None:
        yield lambda _statement: None
        return
    readline.clear_history()
    readline.set_auto_history(False)  # whole statements, not lines
    for statement in history.load():
        readline.add_history(statement)

    def offer(statement: str) -> None:
        if history.add(statement):
            readline.add_history(statement)

    try:
        yield offer
    finally:
        readline.clear_history()


def _readline() -> ModuleType | None:
    """The module, where this Python was built with it."""
    try:
        import readline
    except ImportError:
        return None
    return readline
