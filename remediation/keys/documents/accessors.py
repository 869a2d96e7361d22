"""Declarations of the accessors for type checkers: they name the keys that there are."""

from collections.abc import Iterator

from ..source import listed, string
from ..table import Table
from .base import Style

_FUNCTIONS = {
    "get_config_value": (("key: {}", "str | None"), ("key: {}, default: _T", "str | _T")),
    "has_config_value": (("key: {}", "bool"),),
    "require_config_value": (("key: {}", "str"),),
}


def accessors(table: Table, style: Style) -> Iterator[str]:
    """Yield the lines of the declarations, indented by four."""
    yield '    _T = TypeVar("_T")'
    names = [string(key.name) for key in table.plain]
    known = "str"
    if not table.patterns:
        # A key that is worked out may be any text.
        known = "Key"
        yield from listed("Key = Literal[", names, "]", indent=4, width=style.width)
    aliases = [(alias.name, key.name) for key in table.plain for alias in key.deprecated_aliases]
    for function, forms in _FUNCTIONS.items():
        declared = [
            *(_old(function, alias, key, style) for alias, key in aliases),
            *([_form(function, *form, known)] for form in forms),
        ]
        for lines in declared:
            yield ""
            if len(declared) > 1:
                yield "    @overload"
            yield from lines
        if len(declared) > 1:
            yield ""
            yield f"    def {function}(key: str, default: object = None) -> object: ..."


def _form(function: str, arguments: str, result: str, known: str) -> str:
    return f"    def {function}({arguments.format(known)}) -> {result}: ..."


def _old(function: str, alias: str, key: str, style: Style) -> list[str]:
    (_, result), *_ = _FUNCTIONS[function]
    items = [f"key: Literal[{string(alias)}]"]
    if function == "get_config_value":
        items.append("default: object = None")
    head, tail = f"def {function}(", f") -> {result}: ..."
    if len(items) == 1 and 4 + len(head) + len(items[0]) + len(tail) > style.width:
        lines = [f"    {head}", f"        {items[0]},", f"    {tail}"]
    else:
        lines = listed(head, items, tail, indent=4, width=style.width)
    return [f"    @deprecated({string(f'read {key}')})", *lines]
