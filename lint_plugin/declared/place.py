"""Where a row of `[tool.hushflake.keys]`, or a field of it, stands in its file."""

import re
from collections.abc import Collection


def place_in(file: str, text: str, name: str, field: str = "") -> str:
    """Return `file:line:column` of a row or of a field of it, as well as a search tells."""
    lines = text.splitlines()
    spelt = rf"""(?:"{re.escape(name)}"|'{re.escape(name)}'|{re.escape(name)})"""
    row = re.compile(
        rf"\s*\[tool\.hushflake\.keys\.{spelt}\s*\]|\s*(?:keys\.)?{spelt}\s*[=.]"
        if name
        else r"\s*\[tool\.hushflake\.keys\b|\s*keys\s*[=.]"
    )
    start = _line_of(lines, re.compile(r"\s*\[tool\.hushflake\.keys\b"), 0)
    at = _line_of(lines, row, max(start, 0))
    if at < 0:
        return f"{file}:1:1"
    line = lines[at]
    column = len(line) - len(line.lstrip()) + 1
    if field:
        wanted = re.compile(rf"""(?<![\w-])["']?{re.escape(field)}["']?\s*=""")
        for number in range(at, len(lines)):
            found = wanted.search(lines[number])
            if found:
                return f"{file}:{number + 1}:{found.start() + 1}"
            if number > at and (lines[number].lstrip().startswith("[") or not _is_open(lines, at)):
                break
    return f"{file}:{at + 1}:{column}"


def _is_open(lines: list[str], at: int) -> bool:
    """Say whether a row goes on below its first line: a header of its own, or an open brace."""
    line = lines[at]
    return line.lstrip().startswith("[") or line.count("{") > line.count("}")


def _line_of(lines: Collection[str], wanted: re.Pattern[str], start: int) -> int:
    for number, line in enumerate(lines):
        if number >= start and wanted.match(line):
            return number
    return -1
