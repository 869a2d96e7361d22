"""Scoring configurations of Cortex Search: what they may say, and SQL of the scores that they give.

Local scores are not Cortex scores: a number adds by its logarithm, brought below one, and a time
falls from one by the logarithm of its age.

https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-search/cortex-search-customize-scoring
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ..language.names import quote
from ..language.results import Column
from .scores import Part, wrong

_KEYS: Final = {"weights", "functions", "reranker", "disable_vector_embedding_query_prefix"}
_FUNCTIONS: Final = {"numeric_boosts", "time_decays", "text_boosts", "vector_boosts"}
# Component of an answer -> its key among the weights.
_WEIGHTS: Final = {"text_match": "texts", "cosine_similarity": "vectors"}
_TIMES: Final = {
    "DATE": "CAST({} AS TIMESTAMP)",
    "TIMESTAMP_NTZ": "{}",
    "TIMESTAMP_LTZ": "{}",
    "TIMESTAMP_TZ": "hush.wall_of({})",
}
# What a function adds at most, beside a cosine.
_MOST: Final = 0.2


def checked(config: Any) -> dict[str, Any]:
    """Return a scoring configuration.

    Raises:
        SqlError: It is none.
    """
    if not isinstance(config, dict):
        raise wrong("a scoring configuration is an object")
    functions, weights = config.get("functions") or {}, config.get("weights") or {}
    if not isinstance(functions, dict) or not isinstance(weights, dict):
        raise wrong("functions and weights of a scoring configuration are an object each")
    for key in (*(config.keys() - _KEYS), *(functions.keys() - _FUNCTIONS)):
        raise wrong(f"unknown key '{key}' in the scoring configuration")
    if config.get("reranker") not in (None, "none"):
        raise wrong('the reranker is "none" or not given')
    for weight in weights.values():
        _number(weight)
    for entries in functions.values():
        for entry in entries if isinstance(entries, list) else [None]:
            if not isinstance(entry, dict) or not isinstance(entry.get("column"), str):
                raise wrong("a function of a scoring configuration names a column")
            _number(entry.get("weight", 1))
            _number(entry.get("limit_hours", 1))
    return config


def chosen(body: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a request: that of the profile that it names wins.

    Raises:
        SqlError: The service has no such profile, or the configuration is none.
    """
    name = asked.get("scoring_profile")
    if name is None:
        config = asked.get("scoring_config")
        return checked({} if config is None else config)
    held: dict[str, dict[str, Any]] = body.get("scoring_profiles") or {}
    found = held.get(str(name).upper())
    if found is None:
        raise wrong(f"the service has no scoring profile '{name}'")
    return found


def weights_of(config: Mapping[str, Any], parts: list[Part]) -> list[float]:
    """Return the share of each part in the score of a row."""
    weights = config.get("weights") or {}
    found = [float(weights.get(_WEIGHTS[part.score], 1)) for part in parts]
    return [weight / (sum(found) or 1) for weight in found]


def function_scores(config: Mapping[str, Any], known: Mapping[str, Column]) -> dict[str, str]:
    """Return component -> DuckDB's SQL of what it adds to the score of a row.

    Raises:
        SqlError: A column is none of the service, or of no fitting type.
    """
    functions = config.get("functions") or {}
    made = {
        "numeric_boost": [_boost(entry, known) for entry in functions.get("numeric_boosts") or ()],
        "time_decay": [_decay(entry, known) for entry in functions.get("time_decays") or ()],
    }
    return {
        name: f"{_MOST} * ({' + '.join(sql for _, sql in terms)}) / {sum(w for w, _ in terms) or 1}"
        for name, terms in made.items()
        if terms
    }


def _boost(entry: Mapping[str, Any], known: Mapping[str, Column]) -> tuple[float, str]:
    column, weight = _column(entry, known), float(entry.get("weight", 1))
    if column.type.base not in {"NUMBER", "FLOAT"}:
        raise wrong(f"'{column.name}' holds no numbers to boost by")
    grown = f"ln(1 + greatest(coalesce(CAST({quote(column.name)} AS DOUBLE), 0), 0))"
    return weight, f"{weight} * {grown} / (1 + {grown})"


def _decay(entry: Mapping[str, Any], known: Mapping[str, Column]) -> tuple[float, str]:
    column, weight = _column(entry, known), float(entry.get("weight", 1))
    form = _TIMES.get(column.type.base)
    if form is None:
        raise wrong(f"'{column.name}' holds no times to decay by")
    try:
        now = datetime.fromisoformat(entry["now"]).timestamp() if "now" in entry else time.time()
    except (TypeError, ValueError):
        raise wrong("now of a decay is a time in ISO 8601") from None
    limit = max(float(entry.get("limit_hours", 1)), 1e-9)
    age = f"greatest({now} - epoch({form.format(quote(column.name))}), 0) / {3600 * limit}"
    newness = f"{weight} / (1 + ln(1 + {age}))"
    return weight, f"CASE WHEN {quote(column.name)} IS NULL THEN 0 ELSE {newness} END"


def _column(entry: Mapping[str, Any], known: Mapping[str, Column]) -> Column:
    column = known.get(str(entry["column"]).upper())
    if column is None:
        raise wrong(f"unknown column '{entry['column']}' in the scoring configuration")
    return column


def _number(value: Any) -> None:
    # A finite number: what is no JSON, such as NaN, is none.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise wrong("weights and limits of a scoring configuration are numbers")
