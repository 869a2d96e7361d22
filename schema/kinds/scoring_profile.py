"""Named scoring profiles of a Cortex Search service, and the JSON that they are. Not a kind.

https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-search/cortex-search-customize-scoring
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ..names import Identifier
from ..values import Row
from .annotations import Range
from .base import Mistake
from .properties import words

Weight = Annotated[float, Range(0, 1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericBoost:
    """A greater number in `column` ranks a row higher; `weight` counts beside other boosts."""

    column: Identifier
    weight: Weight = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDecay:
    """A newer date or time in `column` ranks a row higher, up to `limit_hours` of age."""

    column: Identifier
    limit_hours: Annotated[float, Range(1, 1_000_000)]
    weight: Weight = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What words, meaning and the reranker count beside each other."""

    texts: Weight = 1.0
    vectors: Weight = 1.0
    reranker: Weight = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringProfile:
    """A request names it as `scoring_profile`. `reranker: none` saves 100 to 300 ms a request."""

    name: Identifier
    numeric_boosts: tuple[NumericBoost, ...] = ()
    time_decays: tuple[TimeDecay, ...] = ()
    weights: Weights | None = None
    reranker: Literal["NONE"] | None = None


def config_of(profile: ScoringProfile) -> str:
    """The JSON of a profile, which is that of `scoring_config` of a request."""
    functions: dict[str, Any] = {}
    if profile.numeric_boosts:
        functions["numeric_boosts"] = [
            {"column": item.column.text, "weight": item.weight} for item in profile.numeric_boosts
        ]
    if profile.time_decays:
        functions["time_decays"] = [
            {"column": item.column.text, "weight": item.weight, "limit_hours": item.limit_hours}
            for item in profile.time_decays
        ]
    made: dict[str, Any] = {"functions": functions} if functions else {}
    if profile.weights is not None:
        held = profile.weights
        made["weights"] = {
            "texts": held.texts,
            "vectors": held.vectors,
            "reranker": held.reranker,
        }
    if profile.reranker is not None:
        made["reranker"] = "none"
    return json.dumps(made)


def read_profiles(rows: Sequence[Row]) -> tuple[ScoringProfile, ...]:
    """Rows of CORTEX_SEARCH_SERVICE_SCORING_PROFILES; a key that we do not know is not read."""
    found = []
    for row in rows:
        config = json.loads(words(row.get("scoring_profile")) or "{}")
        functions = config.get("functions") or {}
        found.append(
            ScoringProfile(
                name=Identifier(words(row.get("profile_name")).upper()),
                numeric_boosts=tuple(
                    NumericBoost(column=_column(item), weight=float(item.get("weight", 1)))
                    for item in functions.get("numeric_boosts") or ()
                ),
                time_decays=tuple(
                    TimeDecay(
                        column=_column(item),
                        limit_hours=float(item.get("limit_hours", 0)),
                        weight=float(item.get("weight", 1)),
                    )
                    for item in functions.get("time_decays") or ()
                ),
                weights=Weights(**_numbers(config["weights"])) if config.get("weights") else None,
                reranker="NONE" if config.get("reranker") == "none" else None,
            )
        )
    return tuple(found)


def _column(item: Mapping[str, Any]) -> Identifier:
    return Identifier(str(item["column"]).upper())


def _numbers(weights: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(weights.get(name, 1)) for name in ("texts", "vectors", "reranker")}


def profile_mistakes(profiles: Sequence[ScoringProfile]) -> Iterator[Mistake]:
    """What is wrong with the profiles of a service beyond their shape."""
    names = [item.name for item in profiles]
    for profile in profiles:
        if names.count(profile.name) > 1:
            message = f"two scoring profiles are called {profile.name}"
            yield Mistake("scoring_profiles", message, "give each a name of its own")
        if config_of(profile) == "{}":
            message = f"the scoring profile {profile.name} sets nothing"
            remedy = "give it numeric_boosts, time_decays, weights or reranker: none"
            yield Mistake("scoring_profiles", message, remedy)
