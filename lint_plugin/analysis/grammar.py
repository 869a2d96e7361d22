"""Why a file does not parse: a guess that a reader can act on.

The running Python only says that it stumbled. The rules here look at the line where it did:
one row a construct, with the version that brought it.
"""

import re

# Constructs newer than Python 3.11, and the version that reads them.
# PEP 695 (type parameters), PEP 696 (their defaults), PEP 701 (quotes in f-strings),
# PEP 750 (t-strings), PEP 758 (except without parentheses).
_NEWER: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("3.14", re.compile(r"""(?<!\w)(?:t|T|[rR][tT]|[tT][rR])["']""")),
    ("3.13", re.compile(r"^\s*(?:async\s+)?(?:def|class|type)\s+\w+\s*\[[^\]]*\w\s*=[^\]]*\]")),
    ("3.12", re.compile(r"^\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[")),
    ("3.12", re.compile(r"^\s*type\s+\w+\s*(?:\[[^\]]*\]\s*)?=")),
)
_FSTRING = re.compile(r"""(?<!\w)(?:[fF][rR]?|[rR][fF])["']""")
_EXCEPT = re.compile(r"^\s*except\s+([\w.]+)\s*,\s*([\w.]+)(\s*,\s*[\w.]+)*\s*:")
_TEMPLATE = re.compile(r"\{\{.*|\{%.*|<%.*|^\s*\$\{.*|^\s*@\w+@")
_PYTHON_2 = re.compile(
    r"""^\s*print\s+["'\w%>(]|^\s*exec\s+["'\w]|\b(?:ur|UR|Ur|uR)["']|`[^`]*`|<>|
        ^\s*raise\s+[\w.]+\s*,|(?<![\w.])0[0-7]+(?!\w)|\b\d+[lL]\b|^\s*def\s+\w+\s*\(.*\(\w+\s*,""",
    re.VERBOSE,
)


def explain(text: str, error: SyntaxError) -> tuple[str, str, int, int, str]:
    """Return kind, message, line, column and the version that would read it (or nothing)."""
    lines = re.split(r"\r\n|\r|\n", text)
    number = min(max(error.lineno or 1, 1), len(lines))
    line = lines[number - 1]
    place = (number, max(error.offset or 1, 1))
    message = error.msg or "invalid syntax"
    found = _EXCEPT.match(line)
    # `except A, b:` is Python 2 where the second is a plain lower-case name, 3.14 otherwise.
    if found and not found.group(3) and found.group(2).islower():
        return "python-2", f"looks like Python 2 ({message})", *place, ""
    if _TEMPLATE.search(line) and not _FSTRING.search(line):
        return "template", f"looks like a template, not Python ({message})", *place, ""
    version = "3.14" if found else _newer(line, lines, number, message)
    if version:
        return "newer-python", f"uses syntax of Python {version}; run under it", *place, version
    if "Missing parentheses in call" in message or _PYTHON_2.search(line):
        return "python-2", f"looks like Python 2 ({message})", *place, ""
    if any(map(_TEMPLATE.search, lines[:number])) and "{{" in text:
        return "template", f"looks like a template, not Python ({message})", *place, ""
    if "too many nested" in message or "too many statically nested" in message:
        return "too-deep", message, *place, ""
    return "syntax", message, *place, ""


def _newer(line: str, lines: list[str], number: int, message: str) -> str:
    for version, pattern in _NEWER:
        if pattern.search(line):
            return version
    # Before 3.12 the error inside an f-string is placed in the field, or where the string ends.
    around = "\n".join(lines[max(number - 3, 0) : number])
    if _FSTRING.search(around) and ("f-string" in message or re.search(r"\{[^}]*[\"'\\#]", around)):
        return "3.12"
    return ""
