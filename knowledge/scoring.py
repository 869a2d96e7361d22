"""What a candidate is worth: exact names, meaning and words, added up."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import log
from typing import Any, Final

from .words import tokens_of

# What all words of the question are worth beside a cosine of 1: found on labelled questions, see
# docs/knowledge.md.
WORDS_WEIGHT: Final = 0.5

Row = dict[str, Any]


def weights_of(needles: Sequence[str], counts: Mapping[str, Any]) -> dict[str, float]:
    """Return how telling each word is.

    Args:
        needles: What tokens are searched for.
        counts: N rows in all, D0, D1 … rows that hold each word; without N nothing is known.
    """
    if "N" not in counts:
        return {}
    return {
        needle: log(1 + float(counts["N"]) / (1 + float(counts[f"D{n}"] or 0)))
        for n, needle in enumerate(needles)
    }


def score(row: Row, weights: Mapping[str, float]) -> None:
    """Set WORDS, MEANING and SCORE of a row that has TOKENS, MEANING and EXACT."""
    row["WORDS"] = _share_of_words(row["TOKENS"] or "", weights)
    row["MEANING"] = float(row["MEANING"] or 0.0)
    row["SCORE"] = row["EXACT"] + max(0.0, row["MEANING"]) + WORDS_WEIGHT * row["WORDS"]


def score_served(rows: list[Row], needles: Sequence[str], block: int) -> None:
    """Score what services found.

    A service ranks by more than it tells. Its order stands; the sums are what is dealt out along
    it, block by block, so that the hits of several services, and those found by SQL, can be put
    together. What is dealt to a row depends on its block and those before: pages don't overlap.

    Args:
        rows: By entity, best first; SCORE, WORDS, MEANING and TOKENS are set.
        needles: What tokens are searched for.
        block: Rows a block; the first one of each entity also tells how telling a word is.
    """
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row["ENTITY"])]
    for row in rows:
        row["TOKENS"] = tokens_of(row["CONTENT"])
    first = [row["TOKENS"] for group in groups for row in group[:block]]
    counts = {f"D{n}": sum(needle in t for t in first) for n, needle in enumerate(needles)}
    weights = weights_of(needles, {"N": len(first), **counts})
    for group in groups:
        for rank, row in enumerate(group):
            if row["MEANING"] is None:  # no scores are told: the rank is all there is
                row["MEANING"] = 1 / (1 + rank / block)
            score(row, weights)
        for exact in (0, 1):
            _deal([row for row in group if row["EXACT"] == exact], block)


def _deal(rows: list[Row], block: int) -> None:
    most = float("inf")
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        dealt = sorted((row["SCORE"] for row in part), reverse=True)
        for row, worth in zip(part, dealt, strict=True):
            row["SCORE"] = min(most, worth)
        most = part[-1]["SCORE"]


def best_first(rows: list[Row]) -> list[Row]:
    """Return rows by their score; equals by entity and key, so that pages don't overlap."""
    return sorted(rows, key=lambda row: (-row["SCORE"], row["ENTITY"], row["ENTITY_KEY"]))


def _share_of_words(tokens: str, weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return sum(w for needle, w in weights.items() if needle in tokens) / total if total else 0.0
