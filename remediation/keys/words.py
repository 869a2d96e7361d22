"""What documents say of a key, in words."""

from collections.abc import Iterator

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import as_text


def one_line(text: str) -> str:
    """Return a text without line breaks and what cannot be printed."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))


def required_words(key: DeclaredKey) -> str:
    """Say whether a value is required, and where."""
    if isinstance(key.required, tuple):
        return f"required in {' and '.join(key.required)}"
    return "required" if key.is_required else "optional"


def type_words(key: DeclaredKey) -> str:
    """Say of what type it is, with choices and schemes."""
    if key.choices:
        return f"one of {', '.join(one_line(as_text(choice)) for choice in key.choices)}"
    if key.schemes:
        return f"{key.type} ({', '.join(f'{scheme}://' for scheme in key.schemes)})"
    return key.type


def alias_words(key: DeclaredKey) -> Iterator[str]:
    """Say what its earlier names are."""
    for alias in key.deprecated_aliases:
        until = f", until {alias.until.isoformat()}" if alias.until else ""
        yield f"earlier name: {alias.name}{until}"
