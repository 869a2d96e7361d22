"""What a candidate is worth: exact names, meaning and words, added up.

The words are scored by BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25
and Beyond, 2009), as a share of what a text could reach that holds every word again and again. So
the score of a row depends on no other candidate, and those of several entities can be compared.

docs/knowledge.md tells what the weights were found on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import log
from typing import Any, Final

from .words import Term, tokens_of

# Beside a cosine of at most 1.
EXACT_WEIGHT: Final = 2.0
WORDS_WEIGHT: Final = 1.0
TITLE_WEIGHT: Final = 0.6
# How soon a repeated word adds nothing more, and how much a long text is held back.
_SATURATION: Final = 1.2
_LENGTH: Final = 0.75

PARTS: Final = {
    "exact": EXACT_WEIGHT,
    "meaning": 1.0,
    "words": WORDS_WEIGHT,
    "title": TITLE_WEIGHT,
    "boost": 1.0,
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Weights:
    """What the words of a question are worth over the rows that are searched.

    Attributes:
        worths: Word -> how telling it is, times how often the question has it.
        lengths: Entity -> mean length of `SEARCH_TOKENS`, in characters.
    """

    worths: Mapping[Term, float] = field(default_factory=dict)
    lengths: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.worths.values())


def weights_of(
    terms: Sequence[Term], counts: Mapping[str, Any], lengths: Mapping[str, float]
) -> Weights:
    """Return how telling each word is, by the rows that hold it.

    Args:
        terms: The words of the question.
        counts: N rows in all, D0, D1 … rows that hold each word; without N nothing is known.
        lengths: As `Weights` has them.
    """
    if "N" not in counts:
        return Weights()
    rows = float(counts["N"] or 0)
    held = [float(counts[f"D{n}"] or 0) for n in range(len(terms))]
    worths = {
        term: term.times * log(1 + max(0.0, rows - with_it + 0.5) / (with_it + 0.5))
        for term, with_it in zip(terms, held, strict=True)
    }
    return Weights(worths, lengths)


def score(row: Row, weights: Weights) -> None:
    """Set WORDS, TITLED, MEANING and SCORE of a row.

    It has ENTITY, TITLE, TOKENS, MEANING and EXACT, and may have BOOST, FACTOR and FOUND_IN (where
    TOKENS come from, when not from ENTITY).
    """
    tokens = row["TOKENS"] or ""
    row["WORDS"] = _words(
        tokens, weights, weights.lengths.get(str(row.get("FOUND_IN") or row["ENTITY"]))
    )
    row["TITLED"] = _in_title(tokens_of(row["TITLE"] or ""), weights)
    row["MEANING"] = float(row["MEANING"] or 0.0)
    row["BOOST"] = float(row.get("BOOST") or 0.0)
    row["SCORE"] = EXACT_WEIGHT * row["EXACT"] + (
        max(0.0, row["MEANING"])
        + WORDS_WEIGHT * row["WORDS"]
        + TITLE_WEIGHT * row["TITLED"]
        + row["BOOST"]
    ) * float(row.get("FACTOR") or 1.0)


def score_served(rows: list[Row], terms: Sequence[Term], block: int) -> None:
    """Score what services found.

    A service ranks by more than it tells. Its order stands; the sums are what is dealt out along
    it, block by block, so that the hits of several services, and those found by SQL, can be put
    together. What is dealt to a row depends on its block and those before: pages don't overlap.

    Args:
        rows: By entity, best first; SCORE, WORDS, TITLED, MEANING and TOKENS are set.
        terms: The words of the question.
        block: Rows a block; the first one of each entity also tells how telling a word is.
    """
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row["ENTITY"])]
    for row in rows:
        row["TOKENS"] = tokens_of(row["CONTENT"])
    first = [row["TOKENS"] for group in groups for row in group[:block]]
    counts = {f"D{n}": sum(term.needle in t for t in first) for n, term in enumerate(terms)}
    lengths = {
        group[0]["ENTITY"]: sum(len(row["TOKENS"]) for row in group[:block]) / len(group[:block])
        for group in groups
    }
    weights = weights_of(terms, {"N": len(first), **counts}, lengths)
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


def _words(tokens: str, weights: Weights, mean: float | None) -> float:
    """Return the BM25 score of a text as a share of its bound, 0 to 1."""
    held_back = 1 - _LENGTH + _LENGTH * (len(tokens) / mean if mean else 1.0)
    found = 0.0
    for term, worth in weights.worths.items():
        times = term.times_in(tokens)
        if times:
            found += term.sure * worth * times / (times + _SATURATION * held_back)
    return found / weights.total if weights.total else 0.0


def _in_title(tokens: str, weights: Weights) -> float:
    """Return how far the question and the title are the same, 0 to 1.

    It is the share of the title that is asked for, times the square of the share of the question
    that the title holds: that of a long question is no name.
    """
    words = tokens.split()
    found = sum(worth for term, worth in weights.worths.items() if term.needle in tokens)
    if not found or not words:
        return 0.0
    asked = sum(any(term.needle in f" {w} " for term in weights.worths) for w in words)
    return (found / weights.total) ** 2 * asked / len(words)
