"""Numbers as texts and texts as numbers."""

from ...language.number_formats import format_number, parse_number, unparsed
from ...language.variants import encode, number
from ...language.variants import float_text as shown
from . import function


@function("DOUBLE")
def float_text(value: float) -> str:
    """A float as a cast to VARCHAR prints it."""
    return shown(value)


@function("VARCHAR")
def plain_number(text: str) -> str:
    """An exact number as a VARIANT holds it: without zeros at its end."""
    return encode(number(text))


@function("VARCHAR", "VARCHAR")
def number_format(text: str, form: str) -> str:
    """A number, given as text, in a format."""
    return format_number(text, form)


@function("VARCHAR", "VARCHAR", "BOOLEAN")
def number_parse(text: str, form: str, quietly: bool) -> str | None:
    found = parse_number(text, form)
    if found is None and not quietly:
        raise unparsed(text, form)
    return found


@function("VARCHAR", "VARCHAR", "VARCHAR")
def wide_quotient(dividend: str, up: str, divisor: str) -> str:
    """A quotient, rounded half away from zero, whose dividend has more digits than the engine."""
    above, below = int(dividend) * int(up), int(divisor)
    quotient, rest = divmod(abs(above), abs(below))
    quotient += 2 * rest >= abs(below)
    return str(quotient if (above < 0) == (below < 0) else -quotient)
