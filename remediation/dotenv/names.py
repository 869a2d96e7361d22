"""Which names may be printed: in a broken file, what stands before a `=` can be half a secret."""

import re
from collections.abc import Iterator

from .model import Parsed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*")
# The longest run of letters and digits, in mixed case or with digits, that is still a word.
_LONGEST_RUN = 31


def printable_name(key: str) -> str:
    """Return `key` when it reads like the name of a variable, else "".

    The last line of a private key, left over by a quote that was never closed, looks like
    `bWFnaWM…==`: a name and an equals sign.
    """
    if _NAME.fullmatch(key) is None:
        return ""
    for run in re.findall(r"[A-Za-z0-9]+", key):
        kinds = (any(map(str.islower, run)), any(map(str.isupper, run)), any(map(str.isdigit, run)))
        if len(run) > _LONGEST_RUN or (len(run) >= 16 and all(kinds)):
            return ""
    return key


def names_told(parsed: Parsed) -> Iterator[tuple[str, int]]:
    """Yield (key, line) of the keys of a file that may be printed.

    Where a line could not be read, the lines after it may be the inside of a value: there only
    an assignment to a name in capitals counts as one.
    """
    first_problem = min((problem.line for problem in parsed.problems), default=None)
    for one in parsed.assignments:
        doubtful = first_problem is not None and one.line >= first_problem
        if doubtful and (one.value is None or _CAPITALS.fullmatch(one.key) is None):
            continue
        if printable_name(one.key):
            yield one.key, one.line
