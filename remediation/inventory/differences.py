"""What the declaration of a key says, and what one read of it says: where the two differ."""

from collections.abc import Iterator

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import as_text, fits, same

from .model import Default, Key, Read

# Type that the code makes of a text -> declared types that are as good as the same. What is not
# here (`flag`, `str`, `literal`, and nothing at all) fits every declaration.
_FITTING = {
    "int": {"int", "float", "decimal", "seconds"},
    "float": {"float", "int", "decimal", "seconds"},
    "decimal": {"decimal", "float", "int", "seconds", "str"},
    "bool": {"bool", "str"},
    "json": {"json", "str", "list", "tuple", "dict"},
    "path": {"path", "str"},
    "url": {"url", "str"},
    "list": {"list", "tuple", "str", "url", "path", "json"},
}


def of_read(declaration: DeclaredKey, key: Key, read: Read) -> Iterator[tuple[str, str]]:
    """Yield the code and the words of each difference. No words hold a value that is hidden."""
    name = key.name
    declared = declaration.type.partition("[")[0]
    if declared not in _FITTING.get(read.type, {declared}):
        yield "type-differs", f"{name!r} is declared as {declaration.type}, and read as {read.type}"
    if read.default is None:
        if read.required and declaration.required is False and declaration.default is None:
            yield (
                "required-differs",
                f"{name!r} is declared as optional, and this read fails without it",
            )
        return
    if declaration.is_always_required and declaration.default is None:
        yield (
            "required-differs",
            f"{name!r} is declared as required, and has the default {read.default.text} here",
        )
        return
    problem = _of_default(declaration, read.default)
    if problem:
        yield "default-differs", f"the default of {name!r} here, {read.default.text}, {problem}"


def _of_default(declaration: DeclaredKey, default: Default) -> str:
    """Return what is wrong with a default, "" for nothing."""
    if default.value is None:
        return ""  # computed, or not to be shown: nothing is said of it
    wanted = declaration.default
    if wanted is not None:
        is_same = same(declaration.type, wanted, default.value)
        return "" if is_same else f"is not the declared one, {as_text(wanted)!r}"
    if not default.value:
        return ""
    if not fits(declaration.type, default.value):
        return f"is no value of the declared type {declaration.type}"
    allowed = set(map(as_text, declaration.choices))
    return "is none of the declared choices" if allowed and default.value not in allowed else ""
