"""What makes a value of a text, and what it raises for a text that is none."""

from collections.abc import Callable
from typing import Any

# Makes a value of a text, or raises InvalidError.
Converter = Callable[[str], Any]


class InvalidError(ValueError):
    """The text is no such value; the message is what would be one, and never what was found."""
