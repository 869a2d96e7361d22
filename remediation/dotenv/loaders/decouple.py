"""python-decouple 3.8: https://github.com/HBNetwork/python-decouple, `RepositoryEnv`.

It takes a line apart at the first `=` and nothing more: no `export`, no comments behind a value,
no escapes, no values of several lines, no interpolation; a byte order mark stays in the key.
"""

import re

from ..model import Assignment, Parsed, Problem
from ..names import printable_name

NAME = "decouple"
MODULES = ("decouple",)

_NAME = re.compile(r"[^\s=#'\"\ufeff]+")


def parse(text: str) -> Parsed:
    """Read the text of a file as `decouple.RepositoryEnv` does."""
    assignments: list[Assignment] = []
    problems: list[Problem] = []
    # `str.splitlines` would split at form feeds as well; a text stream does not.
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        column = len(raw) - len(raw.lstrip()) + 1
        key, equals, value = line.partition("=")
        if not equals:
            what = "the loader drops a line without `=`; write KEY=value, or take the line out"
            problems.append(Problem(number, column, "", what))
            continue
        key, value = key.strip(), value.strip()
        problem = _doubt(key, value)
        if problem:
            problems.append(Problem(number, column, _shown(key), problem))
        assignments.append(Assignment(key, _unquoted(value), number, column))
    return Parsed(tuple(assignments), tuple(problems))


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _doubt(key: str, value: str) -> str:
    """Say why a line surely means something else than the loader makes of it, or ""."""
    if key.startswith("\ufeff"):
        return "a byte order mark becomes part of the key; save the file without one"
    if key.startswith(("export ", "export\t")):
        return "`export` becomes part of the key; take it away"
    if _NAME.fullmatch(key) is None:
        return "the key holds a blank or a quote, or is empty; write KEY=value"
    if value[:1] in {"'", '"'} and (len(value) < 2 or value[-1] != value[0]):
        return (
            f"the quote {value[0]} does not end the value, so it stays in it; close it at the end "
            "of the line, without a comment behind it, or take it away"
        )
    if re.search(r"\s#", _unquoted(value)) and value[:1] not in {"'", '"'}:
        return "the comment stays in the value; put it on a line of its own, or quote the value"
    return ""


def _shown(key: str) -> str:
    return printable_name(key.removeprefix("\ufeff").removeprefix("export").strip())
