"""The task that cuts rows into chunks: one MERGE over some of the rows that are not in step.

A chunk is known by its heading and text, so one that only moved keeps its row and its vector, and
gets another number. The first chunk of a row has the hash of what the row was cut from: a row whose
hash now differs is cut, one without text has no chunk, and chunks without their row go. A run cuts
as many rows as one embeds; the chunks that it made are in a stream, which starts the next one.
"""

from collections.abc import Sequence
from typing import Final

from .chunks import HEADING_CHARACTERS, carried, chunks_in, chunks_of, cut_stream, left_stream
from .model import Entity
from .names import Identifier, Sql, literal

SEPARATOR: Final = " > "
_MARKS: Final = {"#": "h1", "##": "h2", "###": "h3"}


def cut_version(entity: Entity) -> str:
    """What the chunks of an entity depend on beside its rows; a change cuts every row anew."""
    chunks = chunks_in(entity)
    names = ",".join(name.text for name in chunks.fields)
    title = entity.title.text if entity.title is not None else ""
    return f"{chunks.by} | {chunks.size} | {chunks.overlap} | {names} | {title}"


def source_hash_sql(entity: Entity, prefix: str = "") -> str:
    """SHA-256 of everything that the chunks of a row are made of; NULL when it has no text."""
    chunks = chunks_in(entity)
    filled = [f"NULLIF(TRIM({prefix}{name}), '')" for name in chunks.fields]
    some = f"COALESCE({', '.join(filled)})" if len(filled) > 1 else filled[0]
    title = (entity.title,) if entity.title is not None else ()
    parts = [
        f"COALESCE({_text(entity, name, prefix)}, '')"
        for name in (*title, *chunks.fields, *carried(entity))
    ]
    held = " || ".join(f"LENGTH({part}) || ':' || {part}" for part in parts)
    version = literal(f" | {cut_version(entity)}")
    return f"CASE WHEN {some} IS NULL THEN NULL ELSE SHA2({held} || {version}, 256) END"


def uncut_sql(entity: Entity, child: Entity) -> str:
    """A FROM and WHERE of the rows `R` whose chunks (`KNOWN`: the first) are not in step."""
    keys = [column.sql for column in entity.key]
    extra = dict.fromkeys(c.sql for c in (*_read(entity), *carried(entity)))
    columns = ", ".join([*keys, *(name for name in extra if name not in keys), "UPDATED_AT"])
    return f"""FROM (
      SELECT {columns}, {source_hash_sql(entity)} AS SOURCE_HASH
      FROM {entity.table}
    ) AS R
    FULL OUTER JOIN (
      SELECT {", ".join(keys)}, SOURCE_HASH FROM {child.table} WHERE CHUNK_NUMBER = 1
    ) AS KNOWN ON {_equal(keys, "KNOWN", "R")}
    WHERE KNOWN.SOURCE_HASH IS DISTINCT FROM R.SOURCE_HASH"""


def cut_sql(entity: Entity) -> Sql:
    """The statement of the task that cuts; docs/formats.md says why it is as it is."""
    child = chunks_of(entity)
    assert child is not None
    assert entity.embedding is not None
    keys = [column.sql for column in entity.key]
    more = [column.sql for column in carried(entity)]
    pieces = "\n    UNION ALL\n".join(
        _pieces(entity, name, place) for place, name in enumerate(chunks_in(entity).fields)
    )
    read = [name.sql for name in _read(entity) if name.sql not in keys and name.sql not in more]
    made = ["CHUNK_NUMBER", "CHUNK_FIELD", "CHUNK_HEADING", "CHUNK_TEXT", "SOURCE_HASH"]
    changed = " OR ".join(
        f"target.{name} IS DISTINCT FROM pending.{name}"
        for name in ("CHUNK_NUMBER", "SOURCE_HASH", *more)
    )
    updates = ", ".join(
        f"{name} = pending.{name}" for name in ("CHUNK_NUMBER", "SOURCE_HASH", *more)
    )
    every = [*keys, *more, "CHUNK_ID", *made]
    return Sql(
        f"""MERGE INTO {child.table} AS target
USING (
  WITH CHANGES AS (
    SELECT COUNT(*) AS N FROM {cut_stream(entity)}
    UNION ALL
    SELECT COUNT(*) AS N FROM {left_stream(entity)}
  ), SOURCES AS (
    SELECT {", ".join(f"COALESCE(R.{key}, KNOWN.{key}) AS {key}" for key in keys)},
      {", ".join(f"R.{name}" for name in [*more, *read, "SOURCE_HASH"])}
    {uncut_sql(entity, child)}
      AND (SELECT SUM(N) FROM CHANGES) >= 0
    QUALIFY R.SOURCE_HASH IS NULL OR ROW_NUMBER() OVER (
      PARTITION BY R.SOURCE_HASH IS NULL ORDER BY {", ".join(f"R.{key}" for key in keys)}
    ) <= {entity.embedding.batch_rows}
  ), PIECES AS (
{pieces}
  ), NUMBERED AS (
    SELECT {", ".join([*keys, *more])}, SOURCE_HASH, CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT,
      ROW_NUMBER() OVER (
        PARTITION BY {", ".join(keys)} ORDER BY FIELD_PLACE, PIECE
      ) AS CHUNK_NUMBER,
      ROW_NUMBER() OVER (
        PARTITION BY {", ".join(keys)}, CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT ORDER BY PIECE
      ) AS REPEATED
    FROM PIECES
  ), WANTED AS (
    SELECT {", ".join([*keys, *more])}, CHUNK_NUMBER, CHUNK_FIELD, CHUNK_HEADING, CHUNK_TEXT,
      CASE WHEN CHUNK_NUMBER = 1 THEN SOURCE_HASH ELSE NULL END AS SOURCE_HASH,
      SHA2(CHUNK_FIELD || ' ' || REPEATED || ' ' || LENGTH(CHUNK_HEADING) || ' ' || CHUNK_HEADING
        || CHUNK_TEXT, 256) AS CHUNK_ID
    FROM NUMBERED
  ), HELD AS (
    SELECT {", ".join(f"C.{key}" for key in keys)}, C.CHUNK_ID
    FROM {child.table} AS C
    INNER JOIN SOURCES AS S ON {_equal(keys, "S", "C")}
  )
  SELECT {", ".join(f"COALESCE(W.{name}, H.{name}) AS {name}" for name in [*keys, "CHUNK_ID"])},
    {", ".join(f"W.{name}" for name in [*more, *made])}
  FROM WANTED AS W
  FULL OUTER JOIN HELD AS H ON {_equal([*keys, "CHUNK_ID"], "H", "W")}
) AS pending
ON {_equal([*keys, "CHUNK_ID"], "target", "pending")}
WHEN MATCHED AND pending.CHUNK_NUMBER IS NULL THEN DELETE
WHEN MATCHED AND pending.CHUNK_NUMBER IS NOT NULL AND ({changed}) THEN UPDATE SET {updates}
WHEN NOT MATCHED THEN INSERT ({", ".join(every)})
VALUES ({", ".join(f"pending.{name}" for name in every)})"""
    )


def _pieces(entity: Entity, name: Identifier, place: int) -> str:
    """The chunks of one field, in order."""
    chunks = chunks_in(entity)
    keys = [column.sql for column in (*entity.key, *carried(entity))]
    title = _text(entity, entity.title, "S.") if entity.title is not None else "NULL::VARCHAR"
    field = f"S.{name}"
    if chunks.by == "markdown":
        marks = ", ".join(f"'{mark}', '{key}'" for mark, key in _MARKS.items())
        call, way = "SPLIT_TEXT_MARKDOWN_HEADER", f"OBJECT_CONSTRUCT({marks})"
        text = "PIECE.VALUE:chunk::VARCHAR"
        first, *rest = (f"PIECE.VALUE:headers:{key}::VARCHAR" for key in _MARKS.values())
        # The first heading of a document often is its title.
        headings = [title, f"CASE WHEN {first} = {title} THEN NULL ELSE {first} END", *rest]
    else:
        call, way = "SPLIT_TEXT_RECURSIVE_CHARACTER", "'none'"
        text, headings = "PIECE.VALUE::VARCHAR", [title]
    above = f"ARRAY_CONSTRUCT_COMPACT({', '.join(headings)})"
    path = f"ARRAY_TO_STRING({above}, {literal(SEPARATOR)})"
    return f"""    SELECT {", ".join(f"S.{key}" for key in keys)}, S.SOURCE_HASH,
      {literal(name.text)} AS CHUNK_FIELD, {place} AS FIELD_PLACE, PIECE.INDEX AS PIECE,
      LEFT({path}, {HEADING_CHARACTERS}) AS CHUNK_HEADING,
      {text} AS CHUNK_TEXT
    FROM SOURCES AS S,
      LATERAL FLATTEN(INPUT => CASE WHEN {field} IS NULL THEN NULL
        ELSE SNOWFLAKE.CORTEX.{call}(
          {field}, {way}, {chunks.size}, {chunks.overlap}
        ) END) AS PIECE"""


def _read(entity: Entity) -> tuple[Identifier, ...]:
    title = (entity.title,) if entity.title is not None else ()
    return tuple(dict.fromkeys((*title, *chunks_in(entity).fields)))


def _text(entity: Entity, name: Identifier, prefix: str) -> str:
    column = f"{prefix}{name}"
    return column if entity.field_named(name.text).is_text else f"TO_VARCHAR({column})"


def _equal(names: Sequence[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{name} = {right}.{name}" for name in names)
