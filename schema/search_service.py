"""The Cortex Search service of an entity: over its rows, and over the chunks of each."""

from typing import Final

from .chunks import CHUNK_FIELD, CHUNK_HEADING, CHUNK_NUMBER, search_text_sql
from .embedding import text_sql
from .kinds.cortex_search_service import DEFAULT_MODEL, CortexSearchService
from .kinds.scoring_profile import NumericBoost, ScoringProfile, TimeDecay
from .model import Entity
from .names import Identifier, Sql

SEARCH_TEXT: Final = Identifier("SEARCH_TEXT")
SEARCH_UPDATED_MS: Final = Identifier("SEARCH_UPDATED_MS")
_UPDATED_AT: Final = Identifier("UPDATED_AT")
_RANKING: Final = Identifier("RANKING")
_HOURS_A_DAY: Final = 24
# A service lets newness fade to nothing; after so many half-lives a thirtieth of it is left.
_HALF_LIVES: Final = 5


def search_attributes(entity: Entity) -> tuple[Identifier, ...]:
    """Columns that the search service filters on: keys, ids and titles also find a row that was
    named, without a warehouse."""
    search = entity.search
    assert search is not None
    title = [entity.title] if entity.title is not None else []
    acl = entity.acl.fields if entity.acl is not None else ()
    every = (*entity.key, *title, *entity.source_ids, *search.attributes, *acl)
    return tuple(dict.fromkeys(every))


def ranking_profile(entity: Entity) -> ScoringProfile | None:
    """`boost` and `decay` of an entity as a scoring profile of its service; None without them."""
    ranking = entity.search.ranking if entity.search is not None else None
    if ranking is None or not (ranking.boost or ranking.decay):
        return None
    decays = [ranking.decay] if ranking.decay is not None else []
    return ScoringProfile(
        name=_RANKING,
        numeric_boosts=tuple(NumericBoost(column=c, weight=w) for c, w in ranking.boost),
        time_decays=tuple(
            TimeDecay(
                column=item.field,
                weight=item.weight,
                limit_hours=item.half_life_days * _HOURS_A_DAY * _HALF_LIVES,
            )
            for item in decays
        ),
    )


def search_service_of(entity: Entity, child: Entity | None) -> CortexSearchService:
    """Indexes the rendered text and the chunks of each row, or the columns that are named; what a
    hit tells about its row comes back with it."""
    search = entity.search
    assert search is not None
    indexed = (*search.text_indexes, *(item.column for item in search.vector_indexes))
    attributes = tuple(column for column in search_attributes(entity) if column not in indexed)
    text = () if indexed else (f"{text_sql(entity)} AS {SEARCH_TEXT}",)
    profile = ranking_profile(entity)
    # What a profile ranks by must be among the columns of the service.
    boosts, decays = (profile.numeric_boosts, profile.time_decays) if profile else ((), ())
    ranked = (*(item.column for item in boosts), *(item.column for item in decays))
    shown = tuple(dict.fromkeys((*attributes, *ranked)))
    columns = (*text, *(column.sql for column in dict.fromkeys((*indexed, *shown))))
    # A number: a text of it would follow the session's time zone, and could not be kept in step.
    changed = f"DATE_PART(EPOCH_MILLISECOND, {_UPDATED_AT}) AS {SEARCH_UPDATED_MS}"
    query = f"SELECT {', '.join(columns)}, {changed}\nFROM {entity.table}"
    if child is not None:
        query = _rows_and_chunks(entity, child, shown)
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
        scoring_profiles=(profile,) if profile is not None else (),
        query=Sql(query),
    )


def _rows_and_chunks(entity: Entity, child: Entity, shown: tuple[Identifier, ...]) -> str:
    """Each row with the text that is embedded of it, as chunk 0, and each of its chunks."""
    columns = ", ".join(f"R.{column}" for column in shown)
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
