"""A template of a .env file: every key with what it is for, and no value of a secret."""

import re
from collections.abc import Iterator

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import as_text

from ..table import Table
from ..words import alias_words, one_line, required_words, type_words
from .base import Style, blank, whole

NAME = "env-example"
part = whole
# What every reader of such files takes as it stands.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")


def render(table: Table, style: Style) -> str:
    """Return the template. What has a default, or may be left out, stands in a comment."""
    del style
    lines = [
        f"# Written by {blank()}: do not edit.",
        "# Copy it to .env and fill it in; a line with # in front is optional.",
    ]
    groups: dict[str, list[DeclaredKey]] = {}
    for key in table.keys:
        groups.setdefault(key.group, []).append(key)
    for group, keys in groups.items():
        lines += ["", f"# --- {one_line(group)} ---"]
        for key in keys:
            lines += ["", *_lines(key)]
    return "\n".join(lines) + "\n"


def _lines(key: DeclaredKey) -> Iterator[str]:
    if key.description:
        yield f"# {one_line(key.description)}"
    facts = [required_words(key), type_words(key), "secret" if key.secret else ""]
    facts += [f"owner: {one_line(key.owner)}"] if key.owner else []
    yield f"# {'; '.join(filter(None, facts))}"
    for words in alias_words(key):
        yield f"# {words}"
    if key.deprecated:
        yield f"# Deprecated: {one_line(key.deprecated)}"
    if key.is_pattern:
        yield f"# {key.name}="
        return
    value = "" if key.secret or key.default is None else as_text(key.default)
    if "${" in value:
        yield f"# default, which a .env file would expand: {one_line(value)}"
        value = ""
    is_asked = key.is_asked_in("development") and key.default is None and not key.deprecated
    yield f"{'' if is_asked else '# '}{key.name}={_quoted(value)}"


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if not set(value) & set("'\\\n\r"):
        return f"'{value}'"
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(plain, escaped)
    return f'"{value}"'


def normal(text: str) -> object:
    """Return the lines without what is at their ends."""
    return [line.rstrip() for line in text.strip().splitlines()]
