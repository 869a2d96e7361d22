"""What the annotation of a field says of its key, read from source: nothing of it is run."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from hushflake.config.declared.types import KINDS, spelled
from hushflake.lint_plugin.node_names import name_of

_TYPES = {
    **{name: name for name in ("str", "int", "float", "bool", "date", "time", "datetime")},
    **dict.fromkeys(("list", "List", "set", "Set", "frozenset", "FrozenSet"), "list"),
    **dict.fromkeys(("tuple", "Tuple"), "tuple"),
    **dict.fromkeys(("dict", "Dict", "Mapping"), "dict"),
    "Sequence": "list",
    "Decimal": "decimal",
    "Path": "path",
    "SplitResult": "url",
    "timedelta": "seconds",
    "UUID": "uuid",
    "Any": "str",
}
_RULES = {"Url": "url", "Base64": "base64", "Json": "json"}


class Annotated(NamedTuple):
    """What an annotation says.

    Attributes:
        type: As a declaration spells it.
        secret: Whether it is `Secret`.
        optional: Whether None is allowed.
        choices: The values of a Literal or an enum.
        schemes: Of a URL.
        section: Whether it is a service class, which has keys of its own.
    """

    type: str = "str"
    secret: bool = False
    optional: bool = False
    choices: tuple[str | int | float, ...] = ()
    schemes: tuple[str, ...] = ()
    section: bool = False


class Classes(NamedTuple):
    """The classes of a file that an annotation may name.

    Attributes:
        enums: Name of an enum -> the values of its members.
        dataclasses: Names of dataclasses.
        services: Names of service classes.
    """

    enums: Mapping[str, tuple[str | int, ...]]
    dataclasses: frozenset[str]
    services: frozenset[str]


def annotated(hint: ast.expr, classes: Classes) -> Annotated:
    """Return what an annotation says; a text without more is `str`."""
    match hint:
        case ast.Constant(value=str(text)):
            try:
                inner = ast.parse(text, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return Annotated()
            return annotated(inner, classes)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right], classes)
        case ast.Subscript(value=whole, slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _of_subscript(name_of(whole), parts, classes)
    return _named(name_of(hint), classes)


def _either(options: Sequence[ast.expr], classes: Classes) -> Annotated:
    real = [each for each in options if not (isinstance(each, ast.Constant) and each.value is None)]
    found = annotated(real[0], classes) if real else Annotated()
    return found._replace(optional=found.optional or len(real) < len(options))


def _named(name: str, classes: Classes) -> Annotated:
    if name == "Secret":
        return Annotated(secret=True)
    if name in classes.services:
        return Annotated(section=True)
    if name in classes.dataclasses:
        return Annotated("json")
    if name in classes.enums:
        values = classes.enums[name]
        kind = "int" if values and all(isinstance(value, int) for value in values) else "str"
        return Annotated(kind, choices=values)
    return Annotated(_TYPES.get(name, "str"))


def _of_subscript(whole: str, parts: Sequence[ast.expr], classes: Classes) -> Annotated:
    make: Mapping[str, Callable[[], Annotated]] = {
        "Optional": lambda: annotated(parts[0], classes)._replace(optional=True),
        "Union": lambda: _either(parts, classes),
        "Literal": lambda: _literal(parts),
        "Annotated": lambda: _ruled(parts, classes),
        "Final": lambda: annotated(parts[0], classes),
    }
    if whole in make:
        return make[whole]()
    secret = any(annotated(part, classes).secret for part in parts)
    return Annotated(_several(_TYPES.get(whole, ""), parts, classes), secret)


def _literal(parts: Sequence[ast.expr]) -> Annotated:
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    choices = tuple(value for value in values if isinstance(value, str | int))
    if len(choices) < len(parts) or not choices:
        return Annotated()
    if all(isinstance(value, bool) for value in choices):
        return Annotated("bool")
    is_int = all(isinstance(value, int) and not isinstance(value, bool) for value in choices)
    return Annotated("int" if is_int else "str", choices=choices if is_int else _texts(choices))


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(map(str, values))


def _ruled(parts: Sequence[ast.expr], classes: Classes) -> Annotated:
    found = annotated(parts[0], classes)
    for rule in parts[1:]:
        if isinstance(rule, ast.Call) and name_of(rule.func) in _RULES:
            names = [each.value for each in rule.args if isinstance(each, ast.Constant)]
            schemes = tuple(name for name in names if isinstance(name, str))
            kind = _RULES[name_of(rule.func)]
            return found._replace(type=kind, schemes=schemes if kind == "url" else ())
    return found


def _several(whole: str, parts: Sequence[ast.expr], classes: Classes) -> str:
    """Return the spelling of a type with others inside; JSON where it has none."""
    inner = ", ".join(
        "..."
        if isinstance(part, ast.Constant) and part.value is Ellipsis
        else annotated(part, classes).type
        for part in parts
    )
    text = f"{whole}[{inner}]"
    try:
        spelled(text)
    except ValueError:
        return whole if whole in KINDS else "json" if whole else "str"
    return text
