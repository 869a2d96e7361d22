"""Foreign text, shown so that it cannot steer a terminal, a log or the order of what is read.

File names, keys, comments, SQL, rows and server answers may hold control characters, escape
sequences (ECMA-48) and bidirectional overrides (Unicode UAX #9; "Trojan Source",
CVE-2021-42574). Text output goes through `visible`; JSON does not, because JSON escapes itself.

Imports nothing: `hushflake check` runs at each commit.
"""

# Not printable to `str.isprintable`, and needed to write: joiners (Persian, emoji) and spaces.
_HARMLESS = frozenset(
    "\u200c\u200d\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)


def visible(text: str, keep: str = "") -> str:
    r"""Return `text` with every character that is not plainly visible as its Python escape.

    Args:
        text: Any text, lone surrogates included.
        keep: Characters that stay as they are: `"\n\t"` for a text of several lines.

    Returns:
        The same text, with `\x1b`, `\u202e` and the like spelled out.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in _HARMLESS or character in keep
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def visible_json(document: str, *, ascii_only: bool = False) -> str:
    r"""Return a JSON document with every character that is not plainly visible as `\uXXXX`.

    Outside of strings JSON has printable characters and line breaks alone, so that the document
    says the same.

    Args:
        document: JSON, as `json.dumps(…, ensure_ascii=False)` gives it.
        ascii_only: Whether all that is not ASCII is spelled so.
    """
    if ascii_only:
        if document.isascii():
            return document
        return "".join(
            character if character.isascii() else _json_escape(character) for character in document
        )
    if document.replace("\n", "").isprintable():
        return document
    return "".join(
        character
        if character.isprintable() or character in _HARMLESS or character == "\n"
        else _json_escape(character)
        for character in document
    )


def _json_escape(character: str) -> str:
    """Spell one character as JSON does: beyond the first plane as a pair of surrogates."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
