"""A JSON schema (2020-12) of a document that holds the keys: their texts, or values of their types.

So it is good for the variables of a Pulumi ESC environment and of a Helm chart, and for a .env file
that was read into an object.
"""

import json
from typing import Any

from hushflake.config.declared.key import MODES, DeclaredKey
from hushflake.config.declared.types import KINDS, Spelled, as_text, spelled, value_of

from ..table import Table
from ..words import alias_words
from .base import Style, blank, whole

NAME = "json-schema"
part = whole

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_BLANKS = r"\s*"
_WORDS = "[Tt]rue|[Ff]alse|TRUE|FALSE|[Yy]es|[Nn]o|YES|NO|[Oo]n|[Oo]ff|ON|OFF|[01]"
# Type -> the JSON types beside a text, and what the text must be.
_SCALARS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "str": ([], {}),
    "int": (["integer"], {"pattern": r"^\s*[+-]?\d+(_\d+)*\s*$"}),
    "float": (["number"], {"pattern": rf"^{_BLANKS}({_NUMBER}|[+-]?(inf|infinity)){_BLANKS}$"}),
    "decimal": (["number"], {"pattern": rf"^{_BLANKS}{_NUMBER}{_BLANKS}$"}),
    "bool": (["boolean"], {"pattern": rf"^{_BLANKS}({_WORDS}){_BLANKS}$"}),
    "path": ([], {"minLength": 1}),
    "url": ([], {"pattern": "^[A-Za-z][A-Za-z0-9+.-]*://\\S+$"}),
    "json": (["object", "array", "number", "boolean", "null"], {}),
    "seconds": (["number"], {"pattern": r"^[\sPTWDHMSptwdhms0-9.eE+-]+$"}),
    "date": ([], {"pattern": r"^\s*\d{4}-?(\d{2}-?\d{2}|W\d{2}-?\d)\s*$"}),
    "time": ([], {"pattern": r"^\s*\d{2}(:?\d{2}(:?\d{2}([.,]\d{1,6})?)?)?\S*\s*$"}),
    "datetime": ([], {"pattern": r"^\s*\d{4}-?\d{2}-?\d{2}([T ]?\S*)\s*$"}),
    "uuid": ([], {"pattern": r"^\s*\{?(urn:uuid:)?[0-9A-Fa-f-]{32,}\}?\s*$"}),
    "base64": ([], {"pattern": r"^[A-Za-z0-9+/_=\s-]*$"}),
}  # fmt: skip


def render(table: Table, style: Style) -> str:
    """Return the schema."""
    del style
    properties: dict[str, Any] = {}
    for key in table.plain:
        properties[key.name] = _property(key)
        for alias in key.deprecated_aliases:
            properties[alias.name] = {
                "$ref": f"#/properties/{_pointer(key.name)}",
                "deprecated": True,
                "description": f"Earlier name of {key.name}"
                + (f", until {alias.until.isoformat()}" if alias.until else ""),
            }
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Written by {blank()}: do not edit.",
        "title": "Configuration",
        "type": "object",
        "properties": properties,
    }
    if table.patterns:
        schema["patternProperties"] = {_regex(key.name): _property(key) for key in table.patterns}
    schema["additionalProperties"] = False
    schema |= _required([key for key in table.plain if key.is_always_required])
    modes = {mode: _required(_only_in(table, mode)) for mode in MODES}
    if any(modes.values()):
        schema["$defs"] = {mode: asked for mode, asked in modes.items() if asked}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _only_in(table: Table, mode: str) -> list[DeclaredKey]:
    """The keys that a mode asks for beyond those that are asked for everywhere."""
    return [
        key
        for key in table.plain
        if isinstance(key.required, tuple) and mode in key.required and not key.is_always_required
    ]


def _required(keys: list[DeclaredKey]) -> dict[str, Any]:
    """What says that the keys must be there, under one of their names."""
    found: dict[str, Any] = {}
    plain = [key.name for key in keys if not key.deprecated_aliases]
    if plain:
        found["required"] = plain
    renamed = [key for key in keys if key.deprecated_aliases]
    if renamed:
        found["allOf"] = [
            {
                "anyOf": [
                    {"required": [name]}
                    for name in (key.name, *(alias.name for alias in key.deprecated_aliases))
                ]
            }
            for key in renamed
        ]
    return found


def _property(key: DeclaredKey) -> dict[str, Any]:
    made = _of_type(spelled(key.type))
    if key.choices:
        made = {"enum": _choices(key)}
    if key.schemes:
        made["pattern"] = f"^({'|'.join(map(_anycase, key.schemes))})://\\S+$"
    about = [key.description, *alias_words(key)]
    if isinstance(key.required, tuple) and not key.is_always_required:
        about.append(f"Required in {' and '.join(key.required)}")
    if key.owner:
        about.append(f"Owner: {key.owner}")
    described = ". ".join(" ".join(each.split()).removesuffix(".") for each in about if each)
    if described:
        made = {"description": f"{described}.", **made}
    if key.default is not None:
        made["default"] = _default(key)
    if key.secret:
        made["writeOnly"] = True
    if key.deprecated:
        made["deprecated"] = True
    return made


def _of_type(kind: Spelled) -> dict[str, Any]:
    """A value of the type, or the text that stands for one."""
    if kind.name in KINDS:
        more, text = _SCALARS[kind.name]
        return {"type": ["string", *more] if more else "string", **text}
    if kind.name == "dict":
        inside: dict[str, Any] = {"additionalProperties": _of_type(kind.inner[1])}
        return {"type": ["string", "object"], **inside}
    inner = [_of_type(each) for each in kind.inner if each.name != "..."]
    if kind.name == "list" or len(inner) < len(kind.inner):
        return {"type": ["string", "array"], "items": inner[0]}
    return {
        "type": ["string", "array"],
        "prefixItems": inner,
        "items": False,
        "minItems": len(inner),
    }


def _choices(key: DeclaredKey) -> list[Any]:
    texts = list(map(as_text, key.choices))
    return list(
        dict.fromkeys([*(each for each in key.choices if str(each) not in texts), *texts])
    ) + [each for each in key.choices if not isinstance(each, str)]


def _default(key: DeclaredKey) -> Any:
    value = list(key.default) if isinstance(key.default, tuple) else key.default
    if isinstance(value, str) and spelled(key.type).name in ("json", "dict"):
        return value_of(spelled(key.type), value)
    return (
        as_text(value)
        if isinstance(value, float) and value in (float("inf"), -float("inf"))
        else value
    )


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _regex(pattern: str) -> str:
    # ECMA 262 knows fewer escapes than Python writes.
    spelt = "".join(f"\\{each}" if each in ".^$*+?()[]{}|\\" else each for each in pattern)
    return f"^{spelt.replace(chr(92) + '*', '.*')}$"


def _anycase(scheme: str) -> str:
    return "".join(
        f"[{each.upper()}{each}]" if each.isalpha() else f"\\{each}" if each in ".+" else each
        for each in scheme
    )


def normal(text: str) -> object:
    """Return what the schema says."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
