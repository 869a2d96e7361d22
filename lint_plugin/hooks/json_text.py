"""JSON as its author wrote it: a value is put in or taken out, and nothing else changes.

`json` gives values without places; here each node knows where it stands in the text.
"""

import json
import re
from json.decoder import JSONDecoder
from typing import Any, NamedTuple

_BLANK = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"\n([ \t]+)\S")
_DECODER = JSONDecoder()


class Node(NamedTuple):
    """A value in a text: its place, and of an object or a list what is in it.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last one.
        value: As `json` has it.
        members: Of an object: key -> (offset of the key, value).
        items: Of a list.
    """

    start: int
    end: int
    value: Any
    members: "dict[str, tuple[int, Node]] | None" = None
    items: "list[Node] | None" = None


def parse(text: str) -> Node:
    """Return the value of a text.

    Raises:
        ValueError: It is not JSON; a `json.JSONDecodeError`, which has the place, or nested too
            deeply.
    """
    try:
        # All checks are those of `json`; what follows reads a text that is right.
        json.loads(text)
        return _node(text, _blank(text, 0))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def put_member(text: str, owner: Node, key: str, value: Any) -> str:
    """Return the text with one more member at the end of an object."""
    assert owner.members is not None  # noqa: S101 (for the type checker)
    ends = [node.end for _, node in owner.members.values()]
    return _put(text, owner, ends, f"{json.dumps(key)}: ", value)


def put_item(text: str, owner: Node, value: Any) -> str:
    """Return the text with one more item at the end of a list."""
    assert owner.items is not None  # noqa: S101 (for the type checker)
    return _put(text, owner, [node.end for node in owner.items], "", value)


def without(text: str, owner: Node, start: int, end: int) -> str:
    """Return the text without what stands between two offsets in an object or a list."""
    comma = _blank(text, end)
    if text[comma] == ",":
        # The next one takes its place.
        return text[:start] + text[_blank(text, comma + 1) :]
    before = len(text[:start].rstrip())
    if text[before - 1] == ",":
        return text[: before - 1] + text[end:]
    # It was the only one.
    return text[: owner.start + 1] + text[owner.end - 1 :]


def _put(text: str, owner: Node, ends: list[int], prefix: str, value: Any) -> str:
    unit = _unit(text)
    lead = text[text.rfind("\n", 0, owner.start) + 1 : owner.start]
    outer = lead[: len(lead) - len(lead.lstrip())]
    newline = "\r\n" if "\r\n" in text else "\n"
    spelled = json.dumps(value, indent=unit, ensure_ascii=False)
    inner = spelled.replace("\n", f"\n{outer}{unit}")
    addition = f"\n{outer}{unit}{prefix}{inner}"
    if ends:
        put_in = f",{addition}".replace("\n", newline)
        return text[: ends[-1]] + put_in + text[ends[-1] :]
    put_in = f"{addition}\n{outer}".replace("\n", newline)
    return text[: owner.start + 1] + put_in + text[owner.end - 1 :]


def _unit(text: str) -> str:
    """Return one step of indentation as the text has it."""
    match = _INDENT.search(text)
    return match[1] if match else "  "


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _node(text: str, at: int) -> Node:
    if text[at] == "{":
        return _object(text, at)
    if text[at] == "[":
        return _list(text, at)
    value, end = _DECODER.raw_decode(text, at)
    return Node(at, end, value)


def _object(text: str, start: int) -> Node:
    members: dict[str, tuple[int, Node]] = {}
    at = _blank(text, start + 1)
    while text[at] != "}":
        key_at = at
        key, at = _DECODER.raw_decode(text, at)
        node = _node(text, _blank(text, _blank(text, at) + 1))
        members[key] = (key_at, node)
        at = _blank(text, node.end)
        if text[at] == ",":
            at = _blank(text, at + 1)
    value = {key: node.value for key, (_, node) in members.items()}
    return Node(start, at + 1, value, members=members)


def _list(text: str, start: int) -> Node:
    items: list[Node] = []
    at = _blank(text, start + 1)
    while text[at] != "]":
        node = _node(text, at)
        items.append(node)
        at = _blank(text, node.end)
        if text[at] == ",":
            at = _blank(text, at + 1)
    return Node(start, at + 1, [node.value for node in items], items=items)
