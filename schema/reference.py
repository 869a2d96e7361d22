"""The page `docs/kinds.md`, from the kinds themselves: what each may hold in YAML."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from .codec import default_of, hints_of
from .entity_yaml import (
    ChunksYaml,
    EmbeddingYaml,
    EntityYaml,
    FieldYaml,
    SearchYaml,
    SemanticYaml,
)
from .kinds import all_kinds
from .kinds.annotations import OneOf, Range, Ref, SqlText, SqlType
from .kinds.base import KindT
from .model import Metric, Tagged
from .names import Identifier, QualifiedName

HEAD: Final = """# Entities and object kinds

What YAML may hold. This page is made from the program; a test holds it to it. Names are completed
with the stack's database, and with the schema of the object that names them. Text may hold
`${variable}`. Every object also takes `protect: true` (never dropped), `enabled: false` (left out)
and `depends_on: [kind NAME]` (an edge that no field shows). A field marked ° is compared with what
was applied last, because no statement reads it back in bulk; one marked ¹ counts at creation only.
"""
_ENTITY: Final = (EntityYaml, FieldYaml, EmbeddingYaml, ChunksYaml, SearchYaml, SemanticYaml)
_TITLES: Final[Mapping[Any, str]] = {
    EntityYaml: "entity",
    FieldYaml: "a field of an entity",
    EmbeddingYaml: "embedding",
    ChunksYaml: "chunks",
    SearchYaml: "search",
    SemanticYaml: "semantic",
}


def kinds_page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, "\n## Entities\n"]
    parts += [f"\n### {_TITLES[item]}\n\n{_doc(item)}{_table(item)}" for item in _ENTITY]
    parts.append("\n## Objects\n")
    nested: dict[str, Any] = {}
    for kind in sorted(all_kinds().values(), key=lambda kind: kind.name):
        parts.append(_kind(kind))
        nested.update(_nested(kind.yaml_type or kind.spec_type))
    parts.append("\n## Parts of objects\n")
    for name, spec_type in sorted(nested.items()):
        parts.append(f"\n### {name}\n\n{_doc(spec_type)}{_table(spec_type)}")
    return "".join(parts)


def _kind(kind: KindT) -> str:
    where = {"account": "the account", "database": "a database", "schema": "a schema"}[kind.level]
    loss = {
        "loss": "Dropping one loses data.",
        "rebuild": "Dropping one loses what is costly to make.",
    }
    spec_type = kind.yaml_type or kind.spec_type
    lines = f"\n### {kind.name}\n\nLives in {where}. {loss.get(kind.drop_class, '')}".rstrip()
    return f"{lines}\n\n{_doc(spec_type)}{_table(spec_type)}"


def _doc(spec_type: Any) -> str:
    doc = spec_type.__doc__ or ""
    if not doc or doc.startswith(f"{spec_type.__name__}("):
        return ""
    return " ".join(doc.split()).replace("Attributes: ", "") + "\n\n"


def _table(spec_type: Any) -> str:
    rows = ["| field | what | default |\n|---|---|---|\n"]
    hints = hints_of(spec_type)
    for item in dataclasses.fields(spec_type):
        if not item.metadata.get("yaml", True):
            continue
        mark = "°" if not item.metadata.get("readable", True) else "" if item.compare else "¹"
        default = default_of(item)
        shown = "needed" if default is dataclasses.MISSING else _shown(default)
        rows.append(f"| `{item.name}`{mark} | {_words(hints[item.name])} | {shown} |\n")
    return "".join(rows)


def _shown(default: Any) -> str:
    if default is None or default == "" or default == () or default == {}:
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _words(hint: Any) -> str:
    """What a field takes, in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1])
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin is tuple:
        one = _words(arguments[0])
        return one if one.startswith("`{") else f"list of {one}"
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return f"mapping to {_words(arguments[1])}"
    if arguments:
        return " or ".join(_words(item) for item in arguments if item is not type(None))
    names = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        Identifier: "name",
        QualifiedName: "name",
        Any: "see formats.md",
    }
    title = _TITLES.get(hint, getattr(hint, "__name__", ""))
    if hint is Tagged:
        return "`{SCHEMA.TAG: value}`"
    if hint is Metric:
        return "`{name: expression}`"
    return names.get(hint) or f"[{title}](#{title.lower().replace(' ', '-')})"


def _annotated(hint: Any, marker: Any) -> str:
    if isinstance(marker, OneOf):
        return "one of " + ", ".join(f"`{{{kind}: NAME}}`" for kind in marker.kinds)
    if isinstance(marker, Ref):
        return "name of a " + " or ".join(kind.replace("_", " ") for kind in marker.kinds)
    if isinstance(marker, Range):
        return f"{marker.least:,} to {marker.most:,}"
    if isinstance(marker, SqlType):
        return "type"
    return "SQL" if isinstance(marker, SqlText) else _words(hint)


def _nested(spec_type: Any) -> Iterator[tuple[str, Any]]:
    for hint in hints_of(spec_type).values():
        for found in _dataclasses_in(hint):
            yield found.__name__, found
            yield from _nested(found)


def _dataclasses_in(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Annotated:
        return
    for argument in get_args(hint):
        yield from _dataclasses_in(argument)
    if dataclasses.is_dataclass(hint) and hint not in (Identifier, QualifiedName):
        yield hint
