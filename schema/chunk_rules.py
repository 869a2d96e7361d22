"""What `chunks:` of an embedding may say, and which texts are longer than their model reads."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from .chunks import COLUMNS, HEADING_CHARACTERS
from .embedding import CHARACTERS_A_TOKEN, MODELS, template_parts
from .entity_yaml import ChunksYaml, EmbeddingYaml
from .errors import SchemaError
from .model import Entity, Field
from .names import Identifier
from .suggest import did_you_mean

# What a value that is no text is at most, written out.
_WRITTEN: Final = 40


class Problem(NamedTuple):
    """A mistake: the key that it stands at, what is wrong, what would be right."""

    key: str
    message: str
    remedy: str


def mistakes(
    declared: EmbeddingYaml, key: tuple[Identifier, ...], fields: Mapping[Identifier, Field]
) -> Iterator[Problem]:
    """What is wrong with the chunks of an embedding."""
    chunks = declared.chunks
    if chunks is None:
        return
    if not chunks.fields:
        yield Problem("fields", "chunks: names no field", "write fields: [body]")
    yield from _fields(chunks, fields)
    if chunks.overlap >= chunks.size:
        message = f"the overlap {chunks.overlap} is not smaller than the size {chunks.size}"
        yield Problem("overlap", message, f"write {chunks.size // 10}, for instance")
    model = MODELS.get(declared.model)
    most = declared.max_characters or (model.characters if model else 0)
    room = most - HEADING_CHARACTERS - len(declared.prefix)
    if model is not None and chunks.size > room:
        message = (
            f"{chunks.size} characters and their headings are more than {declared.model} reads"
        )
        yield Problem("size", message, f"write {max(50, room)} at most, or choose another model")
    for name in COLUMNS:
        if name in key:
            yield Problem("fields", f"the key has a column {name}, as the chunks have", "rename it")
    policies = {fields[name].masking_policy for name in chunks.fields if name in fields}
    if len(policies) > 1:
        message = "fields with different masking policies cannot share a column of chunks"
        yield Problem("fields", message, "give all of them the same policy, or cut only one")


def _fields(chunks: ChunksYaml, fields: Mapping[Identifier, Field]) -> Iterator[Problem]:
    known = [name.text.lower() for name, item in fields.items() if item.is_text]
    for name in chunks.fields:
        if name not in fields:
            remedy = did_you_mean(name.text.lower(), known) or "declare it"
            yield Problem("fields", f"{name} of chunks is not a field", remedy)
        elif not fields[name].is_text:
            yield Problem("fields", f"{name} of chunks is no text", f"use {', '.join(known)}")
        elif chunks.fields.count(name) > 1:
            yield Problem("fields", f"{name} of chunks comes twice", "keep one")


def too_long(entity: Entity) -> SchemaError | None:
    """The warning that the end of a row's text may never reach the model.

    Fields that are cut into chunks are read there; a `max_characters` that is written down is a
    decision, and no oversight.
    """
    embedding = entity.embedding
    if embedding is None:
        return None
    model = MODELS[embedding.model]
    if embedding.may_be_cut:
        return None
    cut = embedding.chunks.fields if embedding.chunks is not None else ()
    parts = template_parts(embedding.text, {item.name.text: item for item in entity.fields})
    named = [p for p in parts if isinstance(p, Field) and p.name not in cut]
    length = sum(len(p) for p in parts if isinstance(p, str)) + sum(map(_length, named))
    if length + len(embedding.prefix) <= model.characters:
        return None
    longest = max(named, key=_length).name.text.lower()
    return SchemaError(
        f"the text of {entity.name} can have {length:,} characters, and {embedding.model} reads "
        f"about {model.characters:,} ({model.window:,} tokens of {CHARACTERS_A_TOKEN})",
        f"add chunks: {{fields: [{longest}]}} to its embedding, declare {longest} shorter, choose "
        f"a model with a larger window, or write max_characters: {model.characters} where the rest "
        "may be lost",
        entity.at,
    )


def _length(field: Field) -> int:
    if not field.is_text:
        return _WRITTEN
    digits = field.type.partition("(")[2].rstrip(")")
    return int(digits) if digits.isdigit() else 16_777_216
