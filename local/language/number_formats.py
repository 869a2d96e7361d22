"""Numbers as texts in a format: fixed places, hexadecimal, and the text-minimal TM, TM9, TME.

https://docs.snowflake.com/en/sql-reference/sql-format-models
"""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from .errors import SqlError, unsupported
from .variants import decimal_text

_TOKEN = re.compile(r'"(?:[^"]|"")*"|FM|FX|MI|TM9|TME|TM|[$S0-9XBDG.,%_:;=/()\- ]', re.IGNORECASE)


@dataclass(frozen=True)
class Format:
    """A format, read: its elements in order, text-minimal or with fixed places."""

    parts: tuple[str, ...]
    compact: bool

    @property
    def minimal(self) -> str:
        """TM9 or TME, empty for fixed places."""
        found = next((part.upper() for part in self.parts if part.upper().startswith("TM")), "")
        return "TM9" if found == "TM" else found

    @property
    def hexadecimal(self) -> int:
        """The number of hexadecimal digits, 0 when there are none."""
        if not any(part in "Xx" for part in self.parts):
            return 0
        return sum(part in "Xx0" for part in self.parts)


def read_format(form: str) -> Format:
    """Return the elements of a format.

    Raises:
        SqlError: It has an element that is none, or one that the local stack does not know.
    """
    parts: list[str] = []
    place, compact = 0, False
    while place < len(form):
        match = _TOKEN.match(form, place)
        if match is None:
            raise unsupported(f"the element {form[place]!r} of a numeric format")
        found = match[0]
        place = match.end()
        if found.upper() == "FM":
            compact = not compact
        elif found.upper() != "FX":
            parts.append(found)
    return Format(tuple(parts), compact)


def format_number(text: str, form: str) -> str:
    """Return a number, given as text, in a format."""
    found = read_format(form)
    value = Decimal(text)
    if "%" in found.parts:
        value = value * 100
    if found.minimal:
        number = _minimal(value, found.minimal, scaled="%" in found.parts)
        return "".join(_literal(part, number) for part in found.parts)
    made = _hexadecimal(value, found) if found.hexadecimal else _fixed(value, found)
    return made.replace(" ", "") if found.compact else made


def _literal(part: str, number: str) -> str:
    if part.startswith('"'):
        return part[1:-1].replace('""', '"')
    return number if part.upper().startswith("TM") else "" if part == "_" else part


def _minimal(value: Decimal, kind: str, *, scaled: bool) -> str:
    if kind == "TM9":
        return decimal_text(value) if scaled else format(value, "f")
    if value == 0:
        return "0E0"
    exponent = value.adjusted()
    return f"{decimal_text(value.scaleb(-exponent))}E{exponent}"


def _hexadecimal(value: Decimal, found: Format) -> str:
    number = int(value.to_integral_value(ROUND_DOWN))
    width = found.hexadecimal
    signed = any(part.upper() in {"S", "MI"} for part in found.parts)
    shown = abs(number) if signed else number % 16**width if number < 0 else number
    digits = f"{shown:X}"
    if "x" in found.parts:
        digits = digits.lower()
    if len(digits) > width:
        digits = "#" * width
    padded = digits.rjust(width, "0" if "0" in found.parts else " ")
    out, written = "", False
    for part in found.parts:
        if part in "Xx0":
            out += "" if written else padded
            written = True
        elif part.upper() == "S":
            out += "-" if number < 0 else "+"
        elif part.upper() == "MI":
            out += "-" if number < 0 else " "
        else:
            out += _literal(part, "")
    return out


def _fixed(value: Decimal, found: Format) -> str:
    places = [
        part.upper() for part in found.parts if part.upper() in {"0", "9", ",", "G", ".", "D"}
    ]
    point = next((i for i, part in enumerate(places) if part in {".", "D"}), len(places))
    whole, fraction = places[:point], [part for part in places[point + 1 :] if part in "09"]
    if any(part not in {"0", "9", ",", "G", ".", "D"} and part.isdigit() for part in found.parts):
        raise unsupported("a digit other than 0 and 9 in a numeric format")
    rounded = abs(value).quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    negative = value < 0
    body = _digits(rounded, whole, fraction, blank="B" in [part.upper() for part in found.parts])
    return _assembled(found, body, negative)


def _digits(value: Decimal, whole: list[str], fraction: list[str], *, blank: bool) -> str:
    """Return the digits in their places, with blanks before them."""
    left, _, right = format(value, "f").partition(".")
    left = left.lstrip("0")
    wanted = [part for part in whole if part in "09"]
    if len(left) > len(wanted):
        left, right = "#" * len(wanted), "#" * len(fraction)
    elif not left and not blank and wanted:
        left = "0"
    first_zero = next((i for i, part in enumerate(wanted) if part == "0"), len(wanted))
    left = left.rjust(len(wanted) - first_zero, "0").rjust(len(wanted)) if wanted else ""
    out, place = "", 0
    for part in whole:
        if part in ",G":
            out += "," if place and left[place - 1] != " " else " "
        else:
            out += left[place]
            place += 1
    if not fraction:
        return out
    digits = list(right)
    for index in range(len(fraction) - 1, -1, -1):
        if fraction[index] != "9" or digits[index] != "0":
            break
        digits[index] = " "
    return f"{out}.{''.join(digits)}"


def _assembled(found: Format, body: str, negative: bool) -> str:
    """Return literals, sign, dollar and digits: by default the sign stands before the first digit."""
    names = [part.upper() for part in found.parts]
    number = body.lstrip(" ")
    blanks = " " * (len(body) - len(number))
    if "$" in names:
        number = "$" + number
    sign_first = True
    if "S" in names or "MI" in names:
        sign = "-" if negative else "+" if "S" in names else " "
        at = names.index("S" if "S" in names else "MI")
        digit = next(i for i, name in enumerate(names) if name in {"0", "9", ".", "D"})
        sign_first = at < digit
        if "MI" in names and sign_first:
            number = sign + blanks + number
        elif sign_first:
            number = blanks + sign + number
        else:
            number = blanks + number + sign
    else:
        number = blanks + ("-" if negative else " ") + number if negative else " " + blanks + number
    out, written = "", False
    for part in found.parts:
        if part.upper() in {"0", "9", ",", "G", ".", "D", "$", "S", "MI", "B"}:
            out += "" if written else number
            written = True
        else:
            out += _literal(part, "")
    return out


def parse_number(text: str, form: str) -> str | None:
    """Return the number that a text spells in a format, as text; None when it spells none."""
    found = read_format(form)
    plain = text.strip()
    if found.hexadecimal:
        if re.fullmatch(r"[0-9a-fA-F]+", plain) and len(plain) <= found.hexadecimal:
            return str(int(plain, 16))
        return None
    match = re.fullmatch(r"([+-]?)\s*(\$?)\s*([\d,]*)(?:\.(\d*))?\s*([+-]?)", plain)
    if match is None or not (match[3] or match[4]):
        return None
    sign = "-" if "-" in (match[1], match[5]) else ""
    if not found.minimal:
        whole = sum(part in {"0", "9"} for part in found.parts[: _point(found)])
        fraction = sum(part in {"0", "9"} for part in found.parts[_point(found) :])
        digits = match[3].replace(",", "").lstrip("0")
        if len(digits) > whole or len(match[4] or "") > fraction:
            return None
        if (match[2] and "$" not in found.parts) or (
            "," in match[3] and not {",", "G", "g"} & set(found.parts)
        ):
            return None
    try:
        return str(Decimal(f"{sign}{match[3].replace(',', '') or '0'}.{match[4] or '0'}"))
    except InvalidOperation:
        return None


def _point(found: Format) -> int:
    return next(
        (i for i, part in enumerate(found.parts) if part.upper() in {".", "D"}), len(found.parts)
    )


def unparsed(text: str, form: str) -> SqlError:
    """Return the error for a text that is no number in a format (100140)."""
    return SqlError(
        f"Can't parse '{text[:60]}' as number with format '{form[:60]}'", 100140, "22007"
    )
