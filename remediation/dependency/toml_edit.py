"""Small edits of TOML texts that keep everything else; whoever edits parses the result again."""

import re

_HEADER = re.compile(r"[^\S\r\n]*\[")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\r\n])*"|\'[^\'\r\n]*\'', re.DOTALL
)


def section(text: str, name: str) -> tuple[int, int] | None:
    """Return where the keys of a table begin and end, without blank lines at the end.

    Args:
        text: The document.
        name: Of the table, as it stands between the brackets.
    """
    header = re.search(
        rf"^[^\S\r\n]*\[[^\S\r\n]*{re.escape(name)}[^\S\r\n]*\][^\S\r\n]*(?:#[^\r\n]*)?(?:\r?\n|\Z)",
        text,
        re.MULTILINE,
    )
    if header is None:
        return None
    start = end = place = header.end()
    depth = 0
    while place < len(text):
        if depth == 0 and _is_line_start(text, place) and _HEADER.match(text, place):
            break
        found = _STRING.match(text, place)
        if found:
            place = end = found.end()
            continue
        character = text[place]
        if character == "#":
            place = _line_end(text, place)
            end = place
            continue
        depth += (character in "[{") - (character in "]}")
        place += 1
        if not character.isspace():
            end = place
    return start, end


def array(text: str, place: int) -> tuple[int, int, list[tuple[int, int]]] | None:
    """Return where the array that begins at `place` begins and ends, and its strings.

    None if it holds anything but strings, or is not closed.
    """
    if text[place : place + 1] != "[":
        return None
    at, strings = place + 1, []
    while at < len(text):
        found = _STRING.match(text, at)
        if found:
            strings.append(found.span())
            at = found.end()
        elif text[at] == "#":
            at = _line_end(text, at)
        elif text[at] == "]":
            return place, at, strings
        elif text[at] in " \t\r\n,":
            at += 1
        else:
            return None
    return None


def with_item(text: str, place: int, item: str, end_of_line: str) -> str | None:
    """Return the text with a string added to the array at `place`, in the style of the array."""
    found = array(text, place)
    if found is None:
        return None
    start, end, strings = found
    if not strings:
        return None if text[start + 1 : end].strip() else f"{text[: start + 1]}{item}{text[end:]}"
    first, last = strings[0], strings[-1]
    if text[first[0]] == "'" and "'" not in item:
        item = "'" + item.strip('"') + "'"
    behind = text[last[1] : end]
    has_comma = behind.lstrip().startswith(",")
    if "\n" not in behind:
        # The bracket stands on the line of the last item.
        tail = behind.lstrip().removeprefix(",")
        return f"{text[: last[1]]}, {item}{tail}{text[end:]}"
    line = text.rfind("\n", 0, last[0]) + 1
    indent = re.match(r"[^\S\r\n]*", text[line:])
    spaces = indent[0] if indent and line + indent.end() == last[0] else "    "
    bracket = text.rfind("\n", 0, end) + 1
    comma = "" if has_comma else ","
    above = f"{text[: last[1]]}{comma}{text[last[1] : bracket]}"
    return f"{above}{spaces}{item},{end_of_line}{text[bracket:]}"


def with_line(text: str, place: int, line: str, end_of_line: str) -> str:
    """Return the text with a line below the one that ends at `place`."""
    if place and not text[:place].endswith("\n"):
        return f"{text[:place]}{end_of_line}{line}{text[place:] or end_of_line}"
    return f"{text[:place]}{line}{end_of_line}{text[place:]}"


def _is_line_start(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] == "\n"


def _line_end(text: str, place: int) -> int:
    found = re.compile(r"\r?\n|\Z").search(text, place)
    return found.start() if found else len(text)
