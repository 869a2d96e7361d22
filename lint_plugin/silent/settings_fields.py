"""The fields of a class of pydantic settings, and the variables that they are read from.

https://docs.pydantic.dev/latest/concepts/pydantic_settings/#environment-variable-names
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ..node_names import name_of
from .base import SilentKey

# What a nested model may be made of.
_DEEPEST = 5
_MOST = 1000
_TYPES = {
    **{name: name for name in ("int", "float", "bool", "list")},
    **dict.fromkeys(("List", "tuple", "Tuple", "set", "Set", "frozenset", "Sequence"), "list"),
    **dict.fromkeys(("dict", "Dict", "Mapping", "Json"), "json"),
    **dict.fromkeys(("Path", "FilePath", "DirectoryPath", "NewPath"), "path"),
    **dict.fromkeys(("PositiveInt", "NonNegativeInt", "NegativeInt", "StrictInt"), "int"),
    **dict.fromkeys(("PositiveFloat", "NonNegativeFloat", "StrictFloat"), "float"),
    **dict.fromkeys(
        ("AnyUrl", "AnyHttpUrl", "HttpUrl", "PostgresDsn", "RedisDsn", "AmqpDsn", "MongoDsn"), "url"
    ),
    "StrictBool": "bool",
    "Decimal": "decimal",
}
_HIDING = frozenset({"SecretStr", "SecretBytes", "Secret"})
_CONSTANT = ("ClassVar", "PrivateAttr")
# Finds the fields of a class by the name in an annotation.
Models = Callable[[ast.Name], "tuple[Field, ...]"]


class Field(NamedTuple):
    """A field of a class.

    Attributes:
        name: It.
        node: Where it is.
        hint: Its type.
        aliases: Its names in the environment, where they are written out.
        default: What is taken without a value; None for nothing, or for what is worked out.
        required: Whether the class fails without it.
        nested: The fields of the model that it is.
    """

    name: str
    node: ast.AST
    hint: ast.expr
    aliases: tuple[str, ...] = ()
    default: ast.expr | None = None
    required: bool = False
    nested: "tuple[Field, ...]" = ()

    @property
    def type(self) -> str:
        """The type that it is converted to, "" where nothing tells."""
        return type_of_hint(self.hint)

    @property
    def secret(self) -> bool:
        """Whether its type hides the value."""
        return name_of(_outer(_inner(self.hint))) in _HIDING


class Names(NamedTuple):
    """What a class says of the names of its variables.

    Attributes:
        prefix: In front of each; None for one that is not known.
        case_sensitive: Whether letters count as they are spelt.
        delimiter: Between the names of a field and of one in it, "" for no such names.
        by_name: Whether a field with an alias is read under its own name, too.
        by_alias: Whether aliases count.
        aliased: Whether aliases are worked out, so that they are not known.
    """

    prefix: str | None = ""
    case_sensitive: bool = False
    delimiter: str = ""
    by_name: bool = False
    by_alias: bool = True
    aliased: bool = False


def is_field(statement: ast.stmt) -> bool:
    """Say whether a statement in the body of a class makes a field."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=hint):
            is_constant = name_of(_outer(hint)) in _CONSTANT
            return not (name.startswith("_") or name == "model_config" or is_constant)
    return False


def own_fields(node: ast.ClassDef, models: Models | None = None, depth: int = 0) -> Iterator[Field]:
    """Yield the fields that stand in the body of a class.

    Args:
        node: The class.
        models: Finds the fields of a nested model; without it none is looked for.
        depth: How many models are around.
    """
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=hint, value=value) if is_field(
                statement
            ):
                yield _field(name, hint, value, statement, models if depth < _DEEPEST else None)


def _field(
    name: str, hint: ast.expr, value: ast.expr | None, place: ast.AST, models: Models | None
) -> Field:
    given = [value, *_annotated(hint)]
    called = [
        call for call in given if isinstance(call, ast.Call) and name_of(call.func) == "Field"
    ]
    words = {word.arg: word.value for call in called for word in call.keywords if word.arg}
    default = words.get("default", value if not isinstance(value, ast.Call) else None)
    if default is None and called and called[0] is value and called[0].args:
        default = called[0].args[0]
    if isinstance(default, ast.Call) and name_of(default.func) in _HIDING and default.args:
        default = default.args[0]
    if isinstance(value, ast.Call) and name_of(value.func) in _HIDING and value.args:
        default = value.args[0]
    if isinstance(default, ast.Constant) and default.value is ...:
        default = None
    has_default = (
        default is not None
        or "default_factory" in words
        or (isinstance(value, ast.Call) and not called)
    )
    given_names = (words.get(word) for word in ("validation_alias", "alias", "env"))
    aliases = next((found for node in given_names if (found := tuple(_aliases(node)))), ())
    inner = _inner(hint)
    nested = models(inner) if models is not None and isinstance(inner, ast.Name) else ()
    return Field(name, place, hint, aliases, default, not has_default, nested)


def keys_of(fields: Iterable[Field], names: Names) -> Iterator[SilentKey]:
    """Yield the variables that some fields are read from; those with unknown names are left out."""
    return islice((key for field in fields for key in _keys(field, names)), _MOST)


def _keys(field: Field, names: Names) -> Iterator[SilentKey]:
    spelt = list(_spelt(field, names))
    for name in dict.fromkeys(spelt):
        only = len(spelt) == 1 and field.required and not field.nested
        kind = "json" if field.nested else field.type
        yield SilentKey(name, field.node, field.default, only, kind, field.secret)
        if names.delimiter:
            yield from _nested(field, f"{name}{names.delimiter}", names, field.required, field.node)


def _nested(
    field: Field, begin: str, names: Names, required: bool, node: ast.AST
) -> Iterator[SilentKey]:
    for inner in field.nested:
        for each in inner.aliases if names.by_alias and inner.aliases else (inner.name,):
            name = f"{begin}{_cased(each, names)}"
            needed = required and inner.required
            if not inner.nested:
                yield SilentKey(name, node, inner.default, needed, inner.type, inner.secret)
            yield from _nested(inner, f"{name}{names.delimiter}", names, needed, node)


def _spelt(field: Field, names: Names) -> Iterator[str]:
    aliases = field.aliases if names.by_alias else ()
    for alias in aliases:
        # Any case will do; the conventional one is shown where the alias has none of its own.
        yield _cased(alias, names) if alias.islower() else alias
    if names.prefix is not None and (not aliases or names.by_name) and not names.aliased:
        yield _cased(f"{names.prefix}{field.name}", names)


def _cased(name: str, names: Names) -> str:
    return name if names.case_sensitive else name.upper()


def _aliases(node: ast.expr | None) -> Iterator[str]:
    """Yield the names of `"A"`, `AliasChoices("A", AliasPath("B", 0))` and `env=["A", "B"]`."""
    match node:
        case ast.Constant(value=str(name)) if name:
            yield name
        case ast.Call(func=function, args=parts) if name_of(function) == "AliasChoices":
            for part in parts:
                yield from _aliases(part)
        case ast.Call(func=function, args=[part, *_]) if name_of(function) == "AliasPath":
            yield from _aliases(part)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _aliases(part)


def type_of_hint(hint: ast.expr) -> str:
    """Return the type that an annotation says, as `inventory` has it; "" where nothing tells."""
    return _TYPES.get(name_of(_outer(_inner(hint))), "")


def is_text(hint: ast.expr) -> bool:
    """Say whether an annotation is `str`, or one that may be None."""
    return name_of(_inner(hint)) == "str"


def _outer(hint: ast.expr) -> ast.expr:
    return hint.value if isinstance(hint, ast.Subscript) else hint


def _inner(hint: ast.expr) -> ast.expr:
    """Return a type without what makes it optional, or adds to it."""
    match hint:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            is_none = isinstance(left, ast.Constant) and left.value is None
            return _inner(right if is_none else left)
        case ast.Subscript(value=outer, slice=inner) if name_of(outer) in ("Optional", "Final"):
            return _inner(inner)
        case ast.Subscript(value=outer, slice=ast.Tuple(elts=[inner, *_])) if (
            name_of(outer) == "Annotated"
        ):
            return _inner(inner)
    return hint


def _annotated(hint: ast.expr) -> list[ast.expr]:
    match hint:
        case ast.Subscript(value=outer, slice=ast.Tuple(elts=[_, *more])) if (
            name_of(outer) == "Annotated"
        ):
            return more
    return []
