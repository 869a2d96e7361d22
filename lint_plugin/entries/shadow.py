"""The shadow of a text: as long, byte for byte, but of ASCII and without templates.

Parsers of YAML or JSON stumble over `{{ .Values.name }}` and `{% if %}`, and count characters
where we count bytes. They are given the shadow; names and values are then cut from the text.
"""

import re

# The signs of Helm, Jinja, GitHub's expressions, ERB, and their ends.
_TEMPLATES = ((b"{{", b"}}"), (b"{%", b"%}"), (b"{#", b"#}"), (b"<%", b"%>"))
# A template is not longer. Bytes.
_LONGEST = 4000
_HIGH = re.compile(rb"[\x80-\xff]")
_BLANKS = bytes(
    code if code in b"\n\r" or 0x20 <= code < 0x7F else 0x20 if code < 0x80 else ord("a")
    for code in range(256)
)
_NEWLINE = ord("\n")


def shadow(utf8: bytes) -> bytes:
    """Return the shadow of a text."""
    spans = sorted(span for pair in _TEMPLATES if pair[0] in utf8 for span in _found(utf8, *pair))
    if not spans:
        return utf8.translate(_BLANKS)
    result = bytearray(utf8)
    done = 0
    for start, end in spans:
        if start < done:
            continue
        done = end
        if _is_alone(utf8, start, end):
            filled = bytes(_NEWLINE if code == _NEWLINE else 0x20 for code in utf8[start:end])
        else:
            filled = b"1" * (end - start)
        result[start:end] = filled
    return bytes(result).translate(_BLANKS)


def _found(utf8: bytes, opening: bytes, closing: bytes) -> list[tuple[int, int]]:
    spans = []
    at, end = utf8.find(opening), 0
    while at >= 0:
        if end < at + 2:
            end = utf8.find(closing, at + 2)
        if end < 0:
            break
        if end - at <= _LONGEST:
            spans.append((at, end + 2))
            at = utf8.find(opening, end + 2)
        else:
            # None that begins before can end.
            at = utf8.find(opening, max(at + 2, end - _LONGEST))
    return spans


def _is_alone(utf8: bytes, start: int, end: int) -> bool:
    """Say whether nothing else stands on the lines of a template."""
    before = utf8[max(0, start - 200) : start].rpartition(b"\n")[2]
    after = utf8[end : end + 200].partition(b"\n")[0]
    return not before.strip() and not after.strip()
