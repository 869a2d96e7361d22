"""The embedding task of an entity: which rows, which text, one statement.

The statement reads the stream, so each run consumes it, and takes its candidates from the table by
hash: rows from before the stream, rows left over by the limit, and rows whose model or template
changed are all found. Its own write-back shows in the stream once and matches nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .errors import SchemaError
from .model import Embedding, Entity, Field
from .names import Sql, literal
from .suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model.

    Attributes:
        dimension: Of its vectors.
        functions: Which functions serve it.
        window: Tokens that it reads.
    """

    dimension: int
    functions: tuple[str, ...] = ("ai_embed",)
    window: int = 512

    @property
    def characters(self) -> int:
        """About how many characters it reads."""
        return self.window * CHARACTERS_A_TOKEN


# Of English text; other languages have fewer.
CHARACTERS_A_TOKEN: Final = 4
_BOTH: Final = ("ai_embed", "embed_text_768")
# Snowflake documentation, "AI_EMBED" and "EMBED_TEXT_768"; windows: "Vector embeddings" and "Cortex
# Search". The window of multilingual-e5-large is in its model card only.
MODELS: Final[Mapping[str, Model]] = {
    "e5-base-v2": Model(768, _BOTH),
    "snowflake-arctic-embed-m": Model(768, _BOTH),
    "snowflake-arctic-embed-m-v1.5": Model(768, _BOTH),
    "snowflake-arctic-embed-l-v2.0": Model(1024),
    "snowflake-arctic-embed-l-v2.0-8k": Model(1024, window=8192),
    "nv-embed-qa-4": Model(1024),
    "multilingual-e5-large": Model(1024),
    "voyage-multilingual-2": Model(1024, window=32000),
}
# How often a text is sent to the model that fails.
MOST_TRIES: Final = 3
_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
# Runs of these are one space in SEARCH_TOKENS; letters beyond ASCII stay.
TOKEN_BREAKS: Final = "[[:punct:][:space:]]+"


def template_parts(template: str, entity_fields: Mapping[str, Field]) -> list[str | Field]:
    """Split a template into text and fields; `{{` and `}}` are braces.

    Raises:
        SchemaError: an unknown field, a lone brace, or no field at all.
    """
    parts: list[str | Field] = []
    text, start = "", 0
    for match in _PLACEHOLDER.finditer(template):
        text += template[start : match.start()]
        start = match.end()
        if match[0] in ("{{", "}}"):
            text += match[0][0]
            continue
        name = (match[1] or "").strip()
        if match[1] is None:
            raise SchemaError(f"a lone {match[0]} in the embedding text", f"write {match[0] * 2}")
        field = entity_fields.get(name.upper()) or entity_fields.get(name)
        if field is None:
            raise SchemaError(
                f"the embedding text names the field {name!r}, which the entity does not have",
                did_you_mean(name, (key.lower() for key in entity_fields)) or "declare the field",
            )
        parts += [*([text] if text else []), field]
        text = ""
    text += template[start:]
    if not any(isinstance(part, Field) for part in parts):
        raise SchemaError("the embedding text names no field", "write for instance {name}")
    return [*parts, *([text] if text else [])]


def text_sql(entity: Entity, prefix: str = "") -> str:
    """The rendered text of a row: NULL reads as empty, NULL when there is nothing to say."""
    assert entity.embedding is not None
    fields = {item.name.text: item for item in entity.fields}
    parts = template_parts(entity.embedding.text, fields)
    used = list(dict.fromkeys(_field_sql(p, prefix) for p in parts if isinstance(p, Field)))
    filled = [f"NULLIF(TRIM({item}), '')" for item in used]
    some = f"COALESCE({', '.join(filled)})" if len(filled) > 1 else filled[0]
    spelled = [
        f"COALESCE({_field_sql(p, prefix)}, '')" if isinstance(p, Field) else literal(p)
        for p in parts
    ]
    return f"CASE WHEN {some} IS NULL THEN NULL ELSE TRIM({' || '.join(spelled)}) END"


def hash_sql(embedding: Embedding, text: str) -> str:
    """SHA-256 of text, model, function, prefix and length; a row with another one is embedded."""
    return f"SHA2(COALESCE({text}, '') || {literal(f' | {_settings(embedding)}')}, 256)"


def version_of(entity: Entity) -> str:
    """What every vector of the entity depends on beside its row; a change embeds all rows anew."""
    embedding = entity.embedding
    assert embedding is not None
    return f"{_settings(embedding)} | {embedding.text}"


def _settings(embedding: Embedding) -> str:
    parts = (embedding.model, embedding.function, embedding.prefix, str(embedding.max_characters))
    return " | ".join(parts)


def tokens_sql(text: str) -> str:
    return f"' ' || TRIM(REGEXP_REPLACE(LOWER({text}), {literal(TOKEN_BREAKS)}, ' ')) || ' '"


def embed_sql(embedding: Embedding, text: str) -> str:
    """The call that makes a vector of a text; AI_EMBED tells why where it makes none.

    Source: Snowflake, BCR-2358: with `return_error_details` it answers `{value, error}`.
    """
    prefixed = f"{literal(embedding.prefix)} || {text}" if embedding.prefix else text
    call, more = {
        "ai_embed": ("AI_EMBED", ", TRUE"),
        "embed_text_768": ("SNOWFLAKE.CORTEX.EMBED_TEXT_768", ""),
    }[embedding.function]
    sent = f"LEFT({prefixed}, {embedding.max_characters})"
    return f"{call}({literal(embedding.model)}, {sent}{more})"


def given_up_sql(failure: str, new_hash: str) -> str:
    """Whether a row's text failed so often that it is not sent again."""
    same, tries = f"{failure}:hash::VARCHAR = {new_hash}", f"{failure}:tries::INTEGER"
    return f"COALESCE({same} AND {tries} >= {MOST_TRIES}, FALSE)"


def forget_failures_sql(entity: Entity) -> Sql:
    """The statement after which texts that failed are sent again."""
    return Sql(
        f"UPDATE {entity.table} SET EMBEDDING_FAILURE = NULL WHERE EMBEDDING_FAILURE IS NOT NULL"
    )


def task_sql(entity: Entity) -> Sql:
    """The statement of the embedding task; docs/formats.md shows it and says why."""
    embedding = entity.embedding
    assert embedding is not None
    assert entity.stream is not None
    keys = [column.sql for column in entity.key]
    new_hash = hash_sql(embedding, "source.RENDERED")
    value, error = {
        "ai_embed": (
            f"CAST(CALLED:value AS VECTOR(FLOAT, {embedding.dimension}))",
            "CALLED:error::VARCHAR",
        ),
        "embed_text_768": ("CALLED", "NULL::VARCHAR"),
    }[embedding.function]
    return Sql(
        f"""MERGE INTO {entity.table} AS target
USING (
  SELECT
    NEW_HASH,
    RENDERED,
    {value} AS NEW_EMBEDDING,
    {error} AS ERROR,
    RENDERED IS NULL OR NEW_EMBEDDING IS NOT NULL AS DONE
  FROM (
    SELECT
      NEW_HASH,
      RENDERED,
      CASE WHEN RENDERED IS NULL THEN NULL
        ELSE {embed_sql(embedding, "RENDERED")} END AS CALLED
    FROM (
      SELECT
        {new_hash} AS NEW_HASH,
        source.RENDERED AS RENDERED,
        MIN(CASE WHEN changed.{keys[0]} IS NULL THEN 1 ELSE 0 END) AS PRIORITY
      FROM (
        SELECT {", ".join(keys)}, CONTENT_HASH AS OLD_HASH, EMBEDDING_FAILURE AS FAILURE,
          {text_sql(entity)} AS RENDERED
        FROM {entity.table}
      ) AS source
      LEFT JOIN (
        SELECT DISTINCT {", ".join(keys)} FROM {entity.stream} WHERE METADATA$ACTION = 'INSERT'
      ) AS changed ON {" AND ".join(f"changed.{key} = source.{key}" for key in keys)}
      WHERE source.OLD_HASH IS DISTINCT FROM {new_hash}
        AND NOT {given_up_sql("source.FAILURE", new_hash)}
      GROUP BY 1, 2
      ORDER BY PRIORITY, NEW_HASH
      LIMIT {embedding.batch_rows}
    ) AS candidates
  ) AS called
) AS pending
ON {hash_sql(embedding, text_sql(entity, "target."))} = pending.NEW_HASH
  AND target.CONTENT_HASH IS DISTINCT FROM pending.NEW_HASH
WHEN MATCHED THEN UPDATE SET
  EMBEDDING = pending.NEW_EMBEDDING,
  CONTENT_HASH = CASE WHEN pending.DONE THEN pending.NEW_HASH ELSE NULL END,
  EMBEDDED_AT = CURRENT_TIMESTAMP(),
  SEARCH_TOKENS = {tokens_sql("pending.RENDERED")},
  EMBEDDING_FAILURE = CASE WHEN pending.DONE THEN NULL ELSE OBJECT_CONSTRUCT(
    'hash', pending.NEW_HASH,
    'tries', 1 + CASE WHEN target.EMBEDDING_FAILURE:hash::VARCHAR = pending.NEW_HASH
      THEN target.EMBEDDING_FAILURE:tries::INTEGER ELSE 0 END,
    'error', COALESCE(pending.ERROR, 'no vector came back')
  )::VARIANT END"""
    )


def _field_sql(field: Field, prefix: str) -> str:
    column = f"{prefix}{field.name}"
    return column if field.is_text else f"TO_VARCHAR({column})"
