"""Texts of rows and of projects, as an assistant gets them: nothing in them is hidden.

What a person cannot see, a model reads all the same: tag characters (U+E0000 and on) spell whole
sentences, and overrides of the writing direction show another order than the one that is read. Such
characters are spelled out as escapes. Joiners and variation selectors are part of many scripts and
of emoji; more than two in a row are part of none.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from hushflake.terminal.escape import visible

# Default_Ignorable_Code_Point of DerivedCoreProperties.txt (Unicode 16), and U+2800, as far as
# Python takes them for printable.
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U000e0000-\U000e0fff]"
    "|[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f]{3,}"
)


def readable(text: str) -> str:
    r"""Return `text` with everything that a person could not see spelled out, as `\u202e`.

    Line ends become `\n`; line ends and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = visible(text.replace("\r\n", "\n"), keep="\n\t")
    return _UNSEEN.sub(lambda found: _escaped(found.group()), plain)


def short(text: str, most: int) -> str:
    """Return at most `most` characters of the readable text."""
    return readable(text[:most])[:most]


def quoted(text: str, most: int) -> str:
    """Return a text of the project's authors as one quoted line."""
    line = " ".join(short(text, 4 * most).split())
    line = line if len(line) <= most else f"{line[: most - 1]}…"
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(characters: str) -> str:
    return characters.encode("unicode_escape").decode("ascii")


Text = Annotated[str, AfterValidator(readable)]
"""A text of foreign origin in an answer."""
