"""The Cortex Search service of an entity: over its rows, and over the chunks of each."""

from typing import Final

from .chunks import CHUNK_FIELD, CHUNK_HEADING, CHUNK_NUMBER, search_text_sql
from .embedding import text_sql
from .kinds.cortex_search_service import DEFAULT_MODEL, CortexSearchService
from .model import Entity
from .names import Identifier, Sql

SEARCH_TEXT: Final = Identifier("SEARCH_TEXT")
SEARCH_UPDATED_MS: Final = Identifier("SEARCH_UPDATED_MS")
_UPDATED_AT: Final = Identifier("UPDATED_AT")


def search_attributes(entity: Entity) -> tuple[Identifier, ...]:
    """Columns that the search service filters on: keys, ids and titles also find a row that was
    named, without a warehouse."""
    search = entity.search
    assert search is not None
    title = [entity.title] if entity.title is not None else []
    acl = entity.acl.fields if entity.acl is not None else ()
    every = (*entity.key, *title, *entity.source_ids, *search.attributes, *acl)
    return tuple(dict.fromkeys(every))


def search_service_of(entity: Entity, child: Entity | None) -> CortexSearchService:
    """Indexes the rendered text and the chunks of each row, or the columns that are named; what a
    hit tells about its row comes back with it."""
    search = entity.search
    assert search is not None
    indexed = (*search.text_indexes, *(item.column for item in search.vector_indexes))
    attributes = tuple(column for column in search_attributes(entity) if column not in indexed)
    text = () if indexed else (f"{text_sql(entity)} AS {SEARCH_TEXT}",)
    columns = (*text, *(column.sql for column in dict.fromkeys((*indexed, *attributes))))
    # A number: a text of it would follow the session's time zone, and could not be kept in step.
    changed = f"DATE_PART(EPOCH_MILLISECOND, {_UPDATED_AT}) AS {SEARCH_UPDATED_MS}"
    query = f"SELECT {', '.join(columns)}, {changed}\nFROM {entity.table}"
    if child is not None:
        query = _rows_and_chunks(entity, child, attributes)
    return CortexSearchService(
        comment=f"Search over {entity.name}",
        on=None if indexed else SEARCH_TEXT,
        text_indexes=search.text_indexes,
        vector_indexes=search.vector_indexes,
        attributes=attributes,
        warehouse=search.warehouse,
        target_lag=search.target_lag,
        embedding_model=DEFAULT_MODEL if indexed else search.model,
        refresh_mode=search.refresh_mode,
        auto_suspend=search.auto_suspend,
        query=Sql(query),
    )


def _rows_and_chunks(entity: Entity, child: Entity, attributes: tuple[Identifier, ...]) -> str:
    """Each row with the text that is embedded of it, as chunk 0, and each of its chunks."""
    columns = ", ".join(f"R.{column}" for column in attributes)
    changed = f"DATE_PART(EPOCH_MILLISECOND, R.{_UPDATED_AT}) AS {SEARCH_UPDATED_MS}"
    same = " AND ".join(f"C.{key} = R.{key}" for key in entity.key)
    return (
        f"SELECT {text_sql(entity, 'R.')} AS {SEARCH_TEXT}, {columns}, {changed},\n"
        f"  0 AS {CHUNK_NUMBER}, NULL::VARCHAR AS {CHUNK_HEADING},\n"
        f"  NULL::VARCHAR AS {CHUNK_FIELD}\n"
        f"FROM {entity.table} AS R\nUNION ALL\n"
        f"SELECT {search_text_sql('C.')} AS {SEARCH_TEXT}, {columns}, {changed},\n"
        f"  C.{CHUNK_NUMBER}, C.{CHUNK_HEADING}, C.{CHUNK_FIELD}\n"
        f"FROM {child.table} AS C INNER JOIN {entity.table} AS R ON {same}"
    )
