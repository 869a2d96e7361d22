"""What a stream can show: whether it is a terminal, how wide it is, whether it wants colour."""

import os
from typing import TextIO

_NARROWEST, _WIDEST = 40, 200


def is_terminal(stream: TextIO) -> bool:
    """Tell whether a person reads the stream."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def width(stream: TextIO) -> int | None:
    """Return the columns that lines may take; None where nothing limits them.

    A terminal limits them, as wide as it is or as `COLUMNS` in the environment says. A pipe or a
    file does not: programs read it line by line, so that a row stays a line, as with docker and gh.
    """
    if not is_terminal(stream):
        return None
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdecimal() and int(said[:6]) > 0:
        return max(_NARROWEST, min(int(said[:6]), _WIDEST))
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(_NARROWEST, min(columns or 80, _WIDEST))


def wants_colour(stream: TextIO) -> bool:
    """Tell whether styles are shown.

    `NO_COLOR` (https://no-color.org) forbids them and wins; `FORCE_COLOR`
    (https://force-color.org) and `CLICOLOR_FORCE` (https://bixense.com/clicolors) demand them
    anywhere; else a terminal has them, unless `CLICOLOR=0` or `TERM=dumb`.
    """
    environ = os.environ
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def can_move(stream: TextIO) -> bool:
    """Tell whether a line can be written over: a progress line needs that."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"
