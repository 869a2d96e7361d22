"""A Python module: a typed attribute for each key, and accessors for type checkers."""

import ast
import io
import tokenize
from collections.abc import Iterator

from hushflake.config.declared.key import DeclaredKey
from hushflake.config.declared.types import source_of, spelled

from ..names import attribute_name
from ..source import argument, listed, literal, string, wrapped
from ..table import Table
from .accessors import accessors
from .base import Style, blank, whole

NAME = "module"
# Names that the class has itself.
TAKEN = frozenset({"declared_keys", "patterns"})
part = whole

_HEAD = '''"""The configuration keys of this application, with their types.

Written by `hushflake config codegen`: change the declaration and run it again.
An attribute of `keys` is read when it is asked for.
"""

# Do not edit. {mark}

from __future__ import annotations

from typing import TYPE_CHECKING{more}

from hushflake.config import ConfigKeys, Typed
'''


def attributes(table: Table) -> dict[str, DeclaredKey]:
    """Return the name of the attribute of each key."""
    found: dict[str, DeclaredKey] = {}
    for key in table.plain:
        found[attribute_name(key.name, TAKEN | found.keys())] = key
    return found


def render(table: Table, style: Style) -> str:
    """Return the module."""
    needed: set[str] = set()
    body: list[str] = []
    aliases: list[str] = []
    for name, key in attributes(table).items():
        kind, modules = _type(key)
        needed |= modules
        head = f"{name}: Typed[{kind}] = Typed("
        if len(head) + 4 > style.width:
            alias = f"_{''.join(word.title() for word in name.split('_'))}"
            aliases += _alias(alias, key, style)
            head = f"{name}: Typed[{alias}] = Typed("
        body += listed(head, list(_arguments(key, style)), ")", indent=4, width=style.width)
        body += _documented(key, style)
    typing, checked = _imports(needed, table)
    functions = accessors(table, style)
    head = _HEAD.format(mark=blank(), more="".join(f", {name}" for name in sorted(typing)))
    lines = [
        head.rstrip("\n"),
        "",
        "if TYPE_CHECKING:",
        *checked,
        *([""] if aliases and checked else []),
        *aliases,
        *([""] if checked or aliases else []),
        *functions,
        "",
        "else:",
        *_accessor_import(style),
        "",
        "__all__ = [",
        *(f"    {string(name)}," for name in EXPORTED),
        "]",
        "",
        "",
        "class Keys(ConfigKeys):",
        '    """Each attribute is a declared key."""',
        "",
        *_patterns(table, style),
        *body,
        "",
        "",
        "keys = Keys()",
    ]
    return "\n".join(lines) + "\n"


def _accessor_import(style: Style) -> list[str]:
    names = ["get_config_value", "has_config_value", "require_config_value"]
    line = f"    from hushflake.config import {', '.join(names)}"
    if len(line) <= style.width:
        return [line]
    return ["    from hushflake.config import (", *(f"        {name}," for name in names), "    )"]


EXPORTED = ("Keys", "get_config_value", "has_config_value", "keys", "require_config_value")


def _imports(needed: set[str], table: Table) -> tuple[set[str], list[str]]:
    """Return the names from `typing`, and the imports for a type checker alone."""
    typing = {name.removeprefix("typing.") for name in needed if name.startswith("typing.")}
    typing |= {"Literal", "TypeVar", "overload"} - ({"Literal"} if table.patterns else set())
    modules: dict[str, set[str]] = {}
    for dotted in needed - {f"typing.{name}" for name in typing}:
        module, _, name = dotted.rpartition(".")
        modules.setdefault(module, set()).add(name)
    standard = [
        f"    from {module} import {', '.join(sorted(names))}"
        for module, names in sorted(modules.items())
    ]
    others = ["    from hushflake.config import Secret"] if any(map(_is_secret, table.keys)) else []
    if any(key.deprecated_aliases for key in table.keys):
        others.append("    from typing_extensions import deprecated")
    return typing, [*standard, *([""] if standard and others else []), *others]


def _is_secret(key: DeclaredKey) -> bool:
    return bool(key.secret) and not key.is_pattern


def _type(key: DeclaredKey) -> tuple[str, set[str]]:
    kind, modules = spelled(key.type), set[str]()
    if key.secret:
        source = "Secret"
    elif _is_literal(key):
        source, modules = f"Literal[{', '.join(map(literal, key.choices))}]", {"typing.Literal"}
    else:
        source, modules = source_of(kind)
    is_there = key.is_always_required or key.default is not None
    return (source if is_there or source == "Any" else f"{source} | None"), modules


def _is_literal(key: DeclaredKey) -> bool:
    return bool(key.choices) and all(
        isinstance(choice, int if key.type == "int" else str) for choice in key.choices
    ) and key.type in ("int", "str")  # fmt: skip


def _alias(alias: str, key: DeclaredKey, style: Style) -> Iterator[str]:
    source, _ = _type(key)
    if _is_literal(key):
        after = " | None" if source.endswith(" | None") else ""
        choices = list(map(literal, key.choices))
        yield from listed(f"{alias} = Literal[", choices, f"]{after}", indent=4, width=style.width)
    else:
        yield f"    {alias} = {source}"


def _arguments(key: DeclaredKey, style: Style) -> Iterator[str]:
    yield string(key.name)
    if key.type != "str":
        yield string(key.type)
    if key.secret:
        yield "secret=True"
    if key.default is not None:
        yield argument("default", key.default, indent=8, width=style.width)
    elif not isinstance(key.required, tuple):
        yield f"required={key.is_required}"
    if isinstance(key.required, tuple):
        yield f"required={literal(key.required)}"
    for name in ("choices", "schemes"):
        if getattr(key, name):
            yield argument(name, getattr(key, name), indent=8, width=style.width)
    ends = {
        alias.name: alias.until.isoformat() if alias.until else None
        for alias in key.deprecated_aliases
    }
    if ends:
        yield argument("aliases", ends, indent=8, width=style.width)
    for name in ("owner", "description", "deprecated"):
        if getattr(key, name):
            yield wrapped(name, getattr(key, name), indent=8, width=style.width)


def _documented(key: DeclaredKey, style: Style) -> Iterator[str]:
    """What an editor shows of the attribute."""
    text = " ".join(
        f"{key.deprecated and 'Deprecated: '}{key.deprecated or key.description}".split()
    )
    line = f'    """{text}"""'
    if text and text.isprintable() and not set(text) & set('\\"') and len(line) <= style.width:
        yield line


def _patterns(table: Table, style: Style) -> Iterator[str]:
    names = [string(key.name) for key in table.patterns]
    if names:
        more = names if len(names) > 1 else [f"{names[0]},"]
        yield from listed("patterns = (", more, ")", indent=4, width=style.width)


def normal(text: str) -> object:
    """Return the words of the module, without what a formatter may add or take away."""
    words: list[object] = []
    comma = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in _WORDS:
                continue
            if comma and token.string not in (")", "]", "}"):
                words.append(",")
            comma = token.string == ","
            if token.type == tokenize.STRING:
                value = str(ast.literal_eval(token.string))
                if words and isinstance(words[-1], list):
                    words[-1].append(value)
                else:
                    words.append([value])
            elif token.string not in ("(", ")", ","):
                words.append("\n" if token.type == tokenize.NEWLINE else token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return text
    return [" ".join("".join(each).split()) if isinstance(each, list) else each for each in words]


_WORDS = {tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP, tokenize.NEWLINE}
