"""JSON Schema for editors, made from the same dataclasses that bind YAML.

`# yaml-language-server: $schema=…` on the first line of a file makes an editor complete and check.
"""

import dataclasses
import types
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from . import connection
from .acl_yaml import AclYaml
from .codec import default_of, hints_of
from .entity_yaml import EntityYaml, FieldYaml, SemanticYaml
from .expected_use import Use
from .kinds import all_kinds
from .kinds.annotations import Aliases, OneOf, Range, SqlText, SqlType
from .kinds.base import KindT
from .kinds.file_format import FileFormat
from .kinds.grant_spec import GrantYaml
from .kinds.grantable import PLURALS, PRIVILEGES
from .marker import ProjectYaml
from .names import Identifier, QualifiedName
from .notion import Notion, NotionField
from .settings import StackYaml

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_ANY: Final[Schema] = {}
_TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
_STRING: Final[Schema] = {"type": "string"}
# A variable of the stack may stand for any value; `pattern` looks at strings only.
_VARIABLE: Final[Schema] = {"type": "string", "pattern": r"\$\{[A-Za-z_]"}
_UNIT: Final = "|".join(
    f"{word}s?|{word.upper()}S?" for word in ("second", "minute", "hour", "day")
)
_LAG: Final[Schema] = {
    "type": "string",
    "pattern": rf"^\s*([1-9][0-9]{{0,8}}\s+({_UNIT})|DOWNSTREAM|downstream)\s*$|\$\{{",
}


def _or_list(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _or_variable(one: Schema) -> Schema:
    """A value that is no text, or a variable."""
    if "enum" in one:
        return {"anyOf": [one, _VARIABLE]}
    return {**one, "type": [one["type"], "string"], "pattern": _VARIABLE["pattern"]}


_NUMBERS: Final[Mapping[Any, str]] = {bool: "boolean", int: "integer", float: "number"}
# Fields that a converter of their own reads.
_SPECIAL: Final[Mapping[tuple[Any, str], Schema]] = {
    (EntityYaml, "fields"): {
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/FieldYaml"}]},
    },
    (Notion, "fields"): {
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/NotionField"}]},
    },
    (EntityYaml, "tags"): {"type": "object", "additionalProperties": _TEXT},
    (StackYaml, "connection"): {
        "description": "A section of the user's connections.toml; what differs in the account.",
        "anyOf": [
            {"type": ["string", "null"]},
            {
                "type": "object",
                "properties": {
                    key: {"type": "string"} for key in (connection.NAME, *connection.CHOICES)
                },
                "additionalProperties": False,
            },
        ],
    },
    (StackYaml, "overrides"): {
        "type": ["object", "null"],
        "additionalProperties": {"type": "object"},
    },
    (StackYaml, "embedder"): _STRING,
    (StackYaml, "journal_schema"): _STRING,
    (StackYaml, "deploy_warehouse"): _STRING,
    (FileFormat, "settings"): {"type": "object", "additionalProperties": _or_list(_TEXT)},
    (AclYaml, "roles"): {
        "anyOf": [
            _STRING,
            {"type": "array", "items": _STRING},
            {
                "type": "object",
                "additionalProperties": {
                    "type": ["object", "null"],
                    "additionalProperties": _or_list(_TEXT),
                },
            },
        ]
    },
    (FieldYaml, "tags"): {"type": "object", "additionalProperties": _TEXT},
    (FieldYaml, "pii"): _TEXT,
    (FieldYaml, "references"): {"type": "string", "pattern": r"^[^.]+\.[^.]+$"},
    (SemanticYaml, "metrics"): {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "required": ["expression"],
                    "additionalProperties": False,
                    "properties": {
                        "expression": {"type": "string"},
                        "synonyms": {"type": ["string", "array"], "items": {"type": "string"}},
                        "description": {"type": "string"},
                    },
                },
            ]
        },
    },
}


def definitions_schema() -> Schema:
    """For files in `entities/` and `objects/`: one definition, or a list of them."""
    definitions: Schema = {}
    definitions["NotionField"] = _object(NotionField, definitions)
    entity = _object(EntityYaml, definitions, {"enabled": {"type": "boolean"}})
    each = [entity, *(_kind(kind, definitions) for kind in all_kinds().values())]
    definitions["definition"] = {"type": "object", "oneOf": each}
    reference = {"$ref": "#/$defs/definition"}
    return {
        "$schema": DIALECT,
        "title": "hushflake definitions",
        "anyOf": [reference, {"type": "array", "items": reference}],
        "$defs": definitions,
    }


def stack_schema() -> Schema:
    """For files in `stacks/`."""
    definitions: Schema = {}
    return {"$schema": DIALECT, "title": "hushflake stack", **_object(StackYaml, definitions)}


def project_schema() -> Schema:
    """For `hushflake.yaml`."""
    return {"$schema": DIALECT, "title": "hushflake project", **_object(ProjectYaml, {})}


def _kind(kind: KindT, definitions: Schema) -> Schema:
    more: Schema = {
        "kind": {"const": kind.name},
        "protect": {"type": "boolean"},
        "enabled": {"type": "boolean"},
        "depends_on": {"type": ["array", "string"], "items": {"type": "string"}},
    }
    required = ["kind"]
    if kind.yaml_type is None:
        more["name"] = {"type": "string"}
        required.append("name")
        if kind.level == "schema":
            more["schema"] = {"type": "string"}
    found = _object(kind.yaml_type or kind.spec_type, definitions, more)
    found["required"] = [*required, *found.get("required", [])]
    found["title"] = kind.name
    return found


def _object(spec_type: Any, definitions: Schema, more: Schema | None = None) -> Schema:
    hints = hints_of(spec_type)
    properties: Schema = dict(more or {})
    required = []
    for item in dataclasses.fields(spec_type):
        if not item.metadata.get("yaml", True):
            continue
        special = _SPECIAL.get((spec_type, item.name))
        if item.name == "target_lag":
            special = _LAG
        elif (spec_type, item.name) == (GrantYaml, "on"):
            special = _granted_on()
        elif (spec_type, item.name) == (StackYaml, "expected_use"):
            special = {"anyOf": [_object(Use, definitions), {"type": "null"}]}
        properties[item.name] = special or _of(hints[item.name], definitions)
        if default_of(item) is dataclasses.MISSING:
            required.append(item.name)
    if spec_type is EntityYaml:
        definitions["FieldYaml"] = _object(FieldYaml, definitions)
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    doc = (spec_type.__doc__ or "").split("\n\n")[0]
    if doc and not doc.startswith(f"{spec_type.__name__}("):
        found["description"] = " ".join(doc.split())
    if required:
        found["required"] = required
    return found


def _granted_on() -> Schema:
    """`account`, one kind with a name or several, or all or future objects of a kind."""
    plurals = {"enum": sorted({spelled for p in PLURALS for spelled in (p, p.replace("_", " "))})}
    several = [
        {
            "properties": {word: plurals, "in": _STRING},
            "required": [word],
            "additionalProperties": False,
        }
        for word in ("all", "future")
    ]
    one = {
        "properties": {kind: _or_list(_STRING) for kind in sorted(PRIVILEGES)},
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"anyOf": [{"const": "account"}, {"type": "object", "anyOf": [one, *several]}]}


def _of(hint: Any, definitions: Schema) -> Schema:
    """The schema of an annotation."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1], definitions)
    if origin in (Union, types.UnionType):
        inner = [_of(item, definitions) for item in arguments if item is not type(None)]
        return {"anyOf": [*inner, {"type": "null"}]}
    if origin is tuple:
        return _or_list(_of(arguments[0], definitions))
    if origin is Literal:
        words = sorted({w for word in arguments for w in (str(word), str(word).lower())})
        return _or_variable({"enum": words})
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if hint in (Identifier, QualifiedName):
        return {"type": "string"}
    if dataclasses.is_dataclass(hint):
        name = getattr(hint, "__name__", "")
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if hint in _NUMBERS:
        return _or_variable({"type": _NUMBERS[hint]})
    return dict(_TEXT if hint is str else _ANY)


def _annotated(hint: Any, marker: Any, definitions: Schema) -> Schema:
    if isinstance(marker, Range):
        limits = {"minimum": marker.least, "maximum": marker.most}
        return _or_variable({"type": "number" if hint is float else "integer", **limits})
    if isinstance(marker, SqlType) or (isinstance(marker, SqlText) and marker.sort != "expression"):
        return _STRING
    if isinstance(marker, Aliases):
        words = {*map(str, get_args(hint)), *marker.words}
        return _or_variable(
            {"enum": sorted({spelled for word in words for spelled in (word, word.lower())})}
        )
    if isinstance(marker, OneOf):
        return {
            "type": "object",
            "properties": {kind: {"type": "string"} for kind in marker.kinds},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        }
    return _of(hint, definitions)
