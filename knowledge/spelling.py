"""Words of a question that no row has: which words of the rows they may be meant to be.

A neighbour is one letter away: another, one more, one less, or two that changed places (Damerau, A
technique for computer detection and correction of spelling errors, 1964: four of five mistakes).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .columns import SEARCH_TOKENS
from .search_sql import Statement
from .words import Term, has_subject, term_of

# Shorter words have a neighbour anywhere; more unknown words than that are another language.
_SHORTEST: Final = 4
_MOST: Final = 3
# "bread" may be meant where the rows have "break" alone.
_SURE: Final = 0.5


def unknown_terms(terms: Sequence[Term], counts: Mapping[str, Any]) -> tuple[Term, ...]:
    """Return the words that no row has and that may be misspelt; none where all may be.

    Args:
        terms: The words of the question.
        counts: N rows in all, D0, D1 … rows that hold each word.
    """
    if not counts.get("N"):
        return ()
    found = tuple(
        term
        for n, term in enumerate(terms)
        if not counts[f"D{n}"] and term.word.isalpha() and len(term.word) >= _SHORTEST
    )
    return found if len(found) <= _MOST else ()


def neighbours_statement(entities: Sequence[Entity], terms: Sequence[Term]) -> Statement:
    """Return the statement that finds words one letter away from these.

    Returns:
        Columns NUMBER (of the term), WORD, ROWS_WITH: how many rows have it first.
    """
    parts, parameters = [], []
    for number, term in enumerate(terms):
        for entity in entities:
            parts.append(
                f"SELECT {number} AS NUMBER, "
                f"TRIM(REGEXP_SUBSTR(R.{SEARCH_TOKENS}, ?)) AS WORD, {literal(entity.name)} AS E "
                f"FROM {entity.table.sql} AS R"
            )
            parameters.append(pattern_of(term.word))
    sql = (
        "SELECT NUMBER, WORD, COUNT(*) AS ROWS_WITH FROM (\n"
        + "\nUNION ALL\n".join(parts)
        + "\n) WHERE WORD <> '' GROUP BY NUMBER, WORD ORDER BY NUMBER, ROWS_WITH DESC, WORD"
    )
    return Statement(sql, tuple(parameters))


def pattern_of(word: str) -> str:
    """Return a regular expression of a blank, a neighbour of the word, and a blank."""
    return f" ({'|'.join(dict.fromkeys(_neighbours(word)))}) "


def corrected(
    terms: Sequence[Term], unknown: Sequence[Term], rows: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Term, ...], dict[str, str]]:
    """Return the words with a neighbour in the place of each unknown one.

    It is one whose letters changed places, if any, else the commonest: of 200 made-up mistakes in
    words of the shipped rows that left four letters, this finds 126 again, the commonest alone 115.

    Args:
        terms: The words of the question.
        unknown: Those that no row has, as `neighbours_statement` was asked for.
        rows: Its answer.

    Returns:
        The words, and word as asked -> word as searched.
    """
    best: dict[int, str] = {}
    for row in rows:
        number, word = int(row["NUMBER"]), str(row["WORD"])
        if not has_subject(word):
            continue
        if number not in best or (
            _is_swapped(unknown[number].word, word)
            and not _is_swapped(unknown[number].word, best[number])
        ):
            best[number] = word
    meant = {unknown[number].word: word for number, word in best.items()}
    found = (_meant(term, meant.get(term.word)) for term in terms)
    return tuple({term.needle: term for term in found}.values()), meant


def _is_swapped(asked: str, word: str) -> bool:
    return sorted(asked) == sorted(word)


def _meant(term: Term, word: str | None) -> Term:
    if word is None:
        return term
    return term_of(word)._replace(times=term.times, sure=_SURE)


def _neighbours(word: str) -> Iterator[str]:
    parts = [re.escape(letter) for letter in word]
    # Nearly every short word has a neighbour that begins otherwise: "boss" is not "loss".
    first = 1 if len(parts) == _SHORTEST else 0
    for n in range(len(parts)):
        if n >= first:
            yield "".join([*parts[:n], ".", *parts[n + 1 :]])
            yield "".join([*parts[:n], *parts[n + 1 :]])
        if n + 1 < len(parts):
            yield "".join([*parts[:n], parts[n + 1], parts[n], *parts[n + 2 :]])
    for n in range(first, len(parts) + 1):
        yield "".join([*parts[:n], ".", *parts[n:]])
