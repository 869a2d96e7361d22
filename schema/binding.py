"""Nodes to typed values, by the annotations of dataclasses; every mistake is collected.

One declaration, the dataclass, says what YAML may hold: it binds, it names unknown keys, and
`jsonschema.py` makes the editors' schema from it.
"""

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import yaml

from .codec import default_of, hints_of
from .context import Context, FailedError, shape_of
from .errors import SchemaError
from .kinds.annotations import Aliases, OneOf, Range, Ref, SqlText, SqlType, Target
from .names import Identifier, QualifiedName
from .nodes import Node, plain_scalar
from .suggest import one_of
from .types import normal_type

T = TypeVar("T")
Convert = Callable[[Node, "Context"], Any]
MAX_TEXT: Final = 1_000_000
SECRET_KEYS: Final = frozenset(
    {"password", "passwd", "secret", "token", "credentials", "private_key", "api_key", "aws_key_id",
     "aws_secret_key", "azure_sas_token", "passphrase", "oauth_client_secret"}
)  # fmt: skip


def bind(
    spec_type: type[T], node: Node, context: Context, skip: frozenset[str] = frozenset()
) -> T | None:
    """Bind a mapping node to a dataclass; None when it had mistakes, which are in the context.

    Args:
        skip: Keys that the caller reads itself.
    """
    try:
        return _bind_dataclass(spec_type, node, context, skip)  # type: ignore[no-any-return]
    except FailedError:
        return None


def _bind_dataclass(
    spec_type: Any, node: Node, context: Context, skip: frozenset[str] = frozenset()
) -> Any:
    fields, required = _fields_of(spec_type)
    if not isinstance(node, yaml.MappingNode):
        raise context.fail(
            node, f"a mapping is wanted here, not {shape_of(node)}", "write key: value"
        )
    values: dict[str, Any] = {}
    seen: set[str] = set()
    failed = False
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        if key in seen:
            context.error(key_node, f"the key {key!r} comes twice", "keep one of them")
            failed = True
            continue
        seen.add(key)
        item = fields.get(key)
        if item is None:
            if key not in skip:
                _unknown_key(key_node, key, [*fields, *skip], context)
                failed = True
            continue
        try:
            values[item[0]] = item[1](value_node, context)
        except FailedError:
            failed = True
    if not seen.issuperset(required):
        for key in required:
            if key not in seen:
                context.error(node, f"the key {key!r} is missing", f"add {key}: …")
        failed = True
    if failed:
        raise FailedError
    return spec_type(**values)


def _unknown_key(node: Node, key: str, known: list[str], context: Context) -> None:
    if key == "<<":
        context.error(node, "merge keys are not part of YAML 1.2", "write the keys out")
    elif key.lower() in SECRET_KEYS:
        context.error(
            node,
            f"{key!r} would put a secret into a definition",
            "use an integration, or name a configuration key in the stack's connection",
        )
    else:
        instead = [word for word in _INSTEAD.get(key.lower(), ()) if word in known]
        remedy = f"did you mean {instead[0]}?" if instead else one_of(key, known)
        context.error(node, f"unknown key {key!r}", remedy)


# Words that other tools, or other kinds, have for the same thing.
_INSTEAD: Final[Mapping[str, tuple[str, ...]]] = {
    "columns": ("fields",),
    "fields": ("columns",),
    "comment": ("description",),
    "description": ("comment",),
    "doc": ("description", "comment"),
    "primary_key": ("key",),
    "key": ("primary_key",),
    "not_null": ("required", "nullable"),
    "nullable": ("required",),
    "required": ("nullable",),
    "sql": ("query", "definition", "body"),
    "as": ("query", "definition", "body"),
    "select": ("query",),
    "schedule": ("when",),
    "cron": ("schedule", "when"),
    "warehouse": ("run_on",),
    "run_on": ("warehouse",),
    "template": ("text",),
    "aliases": ("synonyms",),
    "foreign_key": ("references",),
    "relationships": ("references",),
    "grants": ("privileges",),
}


@cache
def _fields_of(spec_type: Any) -> tuple[dict[str, tuple[str, Convert]], tuple[str, ...]]:
    """YAML key -> field name and converter; and the keys that must be there."""
    hints = hints_of(spec_type)
    fields = {
        item.metadata.get("key", item.name): item
        for item in dataclasses.fields(spec_type)
        if item.metadata.get("yaml", True)
    }
    converters = {
        key: (item.name, item.metadata.get("convert") or converter(hints[item.name]))
        for key, item in fields.items()
    }
    required = (key for key, item in fields.items() if default_of(item) is dataclasses.MISSING)
    return converters, tuple(required)


def converter(hint: Any) -> Convert:
    """The converter of an annotation."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1])
    if origin in (Union, types.UnionType):
        inner = next(converter(item) for item in arguments if item is not type(None))
        return lambda node, context: None if _is_null(node) else inner(node, context)
    if origin is tuple:
        return _sequence(converter(arguments[0]))
    if origin is Literal:
        return _keyword(arguments)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[0], converter(arguments[1]))
    if dataclasses.is_dataclass(hint) and hint not in (Identifier, QualifiedName):
        return lambda node, context: _bind_dataclass(hint, node, context)
    return _SIMPLE[hint]


def _annotated(hint: Any, marker: Any) -> Convert:
    if isinstance(marker, OneOf):
        return _target(marker)
    if isinstance(marker, Ref):
        return _reference(marker)
    if isinstance(marker, SqlType):
        return _type
    if isinstance(marker, SqlText):
        return _sql_text
    if isinstance(marker, Range):
        return _ranged(marker)
    if isinstance(marker, Aliases):
        return _keyword(get_args(hint), marker.words)
    return converter(hint)


def _is_null(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null")


def _text(node: Node, context: Context) -> str:
    value = context.text(node)
    if not value.isprintable() and ("\0" in value or "\x1e" in value):
        raise context.fail(node, "text cannot hold a control character", "remove it")
    if len(value) > MAX_TEXT:
        # https://docs.snowflake.com/en/user-guide/query-size-limits
        raise context.fail(
            node, f"a text of {len(value)} characters", f"a statement takes {MAX_TEXT}; shorten it"
        )
    return value


# CREDENTIALS = (…) of COPY and CREATE STAGE, and what stands in it.
_CREDENTIAL: Final = re.compile(
    r"\bCREDENTIALS\s*=\s*\("
    r"|\b(?:PASSWORD|AWS_KEY_ID|AWS_SECRET_KEY|AWS_TOKEN|AZURE_SAS_TOKEN|MASTER_KEY|"
    r"OAUTH_CLIENT_SECRET|SECRET_STRING|PRIVATE_KEY)\s*=\s*'",
    re.IGNORECASE,
)


def _sql_text(node: Node, context: Context) -> str:
    text = _text(node, context).strip().rstrip(";").rstrip()
    if "=" in text and (found := _CREDENTIAL.search(text)):
        word = found[0].partition("=")[0].strip().upper()
        raise context.fail(
            node,
            f"{word} would put a credential into a definition",
            "use a storage or external access integration",
        )
    return "\n".join(line.rstrip() for line in text.splitlines())


def _boolean(node: Node, context: Context) -> bool:
    text = context.text(node)
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    raise context.fail(node, f"{text!r} is neither true nor false", "write true or false")


def _integer(node: Node, context: Context) -> int:
    text = context.text(node).replace("_", "")
    if re.fullmatch(r"-?(?:0|[1-9][0-9]*)", text):
        return int(text)
    raise context.fail(node, f"{text!r} is not a whole number", "write digits only")


def _number(node: Node, context: Context) -> float:
    try:
        return float(context.text(node))
    except ValueError:
        raise context.fail(node, f"{node.value!r} is not a number", "write digits") from None


def _ranged(marker: Range) -> Convert:
    def convert(node: Node, context: Context) -> int:
        value = _integer(node, context)
        if not marker.least <= value <= marker.most:
            limits = f"{marker.least} to {marker.most}"
            raise context.fail(node, f"{value} is out of range", f"write a number from {limits}")
        return value

    return convert


def _keyword(
    words: tuple[Any, ...], aliases: Mapping[str, str] = types.MappingProxyType({})
) -> Convert:
    """A word of a closed list, in any case, with - and blanks like in Snowflake's spellings."""
    by_folded = {_folded(word): word for word in words}
    by_folded.update({_folded(alias): word for alias, word in aliases.items()})

    def convert(node: Node, context: Context) -> Any:
        text = context.text(node)
        word = by_folded.get(_folded(text))
        if word is None:
            raise context.fail(node, f"{text!r} is not known here", one_of(text, map(str, words)))
        return word

    return convert


def _folded(word: str) -> str:
    return word.strip("'\"").replace("-", "").replace("_", "").replace(" ", "").casefold()


def _sequence(one: Convert) -> Convert:
    def convert(node: Node, context: Context) -> tuple[Any, ...]:
        # One value where a list is wanted is a list of one.
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(collect(items, lambda item: one(item, context)))

    return convert


def collect(items: list[Node], convert: Callable[[Node], T]) -> list[T]:
    """Convert every item, so that all their mistakes are found, and fail if one failed."""
    values: list[T] = []
    for item in items:
        try:
            values.append(convert(item))
        except FailedError:
            continue
    if len(values) < len(items):
        raise FailedError
    return values


def _mapping(key_hint: Any, one: Convert) -> Convert:
    read_key = _identifier if key_hint is Identifier else _text

    def convert(node: Node, context: Context) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise context.fail(
                node, f"a mapping is wanted here, not {shape_of(node)}", "write key: value"
            )
        values: dict[Any, Any] = {}
        failed = False
        for key_node, value_node in node.value:
            try:
                key = read_key(key_node, context)
                if key in values:
                    raise context.fail(key_node, f"the key {key} comes twice", "keep one of them")
                values[key] = one(value_node, context)
            except FailedError:
                failed = True
        if failed:
            raise FailedError
        return values

    return convert


def _identifier(node: Node, context: Context) -> Identifier:
    try:
        return Identifier.parse(context.text(node))
    except SchemaError as error:
        raise context.fail(node, error.message, error.remedy) from None


def _name(node: Node, context: Context) -> QualifiedName:
    try:
        return QualifiedName.parse(context.text(node))
    except SchemaError as error:
        raise context.fail(node, error.message, error.remedy) from None


def _type(node: Node, context: Context) -> str:
    try:
        return normal_type(context.text(node))
    except SchemaError as error:
        raise context.fail(node, error.message, error.remedy) from None


def _reference(marker: Ref) -> Convert:
    def convert(node: Node, context: Context) -> QualifiedName:
        level = context.levels.get(marker.kinds[0], "schema")
        name = context.complete(_name(node, context), level, node)
        context.found.append((marker.kinds, name.sql, marker.external, context.at(node)))
        return name

    return convert


def _target(marker: OneOf) -> Convert:
    def convert(node: Node, context: Context) -> Target:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        if len(pairs) != 1:
            shapes = " or ".join(f"{{{kind}: NAME}}" for kind in marker.kinds[:3])
            raise context.fail(node, "one kind and its name are wanted here", f"write {shapes}")
        key_node, value_node = pairs[0]
        kind = context.text(key_node)
        if kind not in marker.kinds:
            raise context.fail(key_node, f"{kind!r} cannot stand here", one_of(kind, marker.kinds))
        name = context.complete(
            _name(value_node, context), context.levels.get(kind, "schema"), value_node
        )
        context.found.append(((kind,), name.sql, marker.external, context.at(value_node)))
        return Target(kind, name)

    return convert


def _plain(node: Node, context: Context) -> Any:
    """Any value, with variables put into its text and keys that come twice refused."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(str, _plain)(node, context)
    if isinstance(node, yaml.SequenceNode):
        return collect(node.value, lambda item: _plain(item, context))
    return context.text(node) if "${" in node.value else plain_scalar(node)


_SIMPLE: Final[dict[Any, Convert]] = {
    str: _text,
    bool: _boolean,
    int: _integer,
    float: _number,
    Identifier: _identifier,
    QualifiedName: _name,
    Any: _plain,
}
