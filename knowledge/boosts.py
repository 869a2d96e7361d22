"""What counts for a row beside its words and its meaning: `search:` of its entity.

SQL of it for Snowflake and the local stack. A Cortex Search service has the same as its scoring
profile (`schema/search_service.py`).
"""

from hushflake.schema.model import Entity, Ranking
from hushflake.schema.names import Identifier


def identifiers_of(entity: Entity) -> tuple[Identifier, ...]:
    """Return the fields of which an exact value names a row."""
    return _of(entity).identifiers


def factor_of(entity: Entity) -> float:
    """Return what the score of a hit of the entity is multiplied by."""
    return _of(entity).weight


def boost_sql(entity: Entity, alias: str) -> str:
    """Return SQL of what is added to the score of a row.

    A number n adds `weight * l / (1 + l)`, where l is ln(1 + n): at most the weight.
    A time adds `weight / 2 ^ (age / half-life)`.
    """
    ranking, parts = _of(entity), []
    for name, weight in ranking.boost:
        grown = f"LN(1 + GREATEST(COALESCE({alias}.{name.sql}, 0), 0))"
        parts.append(f"{weight} * {grown} / (1 + {grown})")
    if ranking.decay is not None:
        decay = ranking.decay
        age = f"GREATEST(DATEDIFF('day', {alias}.{decay.field.sql}, CURRENT_TIMESTAMP()), 0)"
        parts.append(f"COALESCE({decay.weight} * POWER(0.5, {age} / {decay.half_life_days}), 0)")
    return " + ".join(parts) or "0"


def _of(entity: Entity) -> Ranking:
    return entity.search.ranking if entity.search is not None else Ranking()
