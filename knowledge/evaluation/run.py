"""Asks labelled questions and measures the answers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from ..base import Base
from ..columns import key_sql
from ..cutoff import clear_hits
from ..errors import KnowledgeMistakeError, UnreadableError
from ..latency import percentile
from ..search import Hit, Search
from .metrics import first_rank, mean, ndcg_at, recall_at, reciprocal_rank
from .questions import Question

K: Final = 10
_SHOWN: Final = 3
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What came of one question.

    Attributes:
        grades: `ENTITY/KEY` of each right row -> grade.
        hits: The first ten.
        is_silent: The cut-off left no hit to show: the search says that nothing answers.
        seconds: From the question to the answer.
        left_out: Names of the entities that the session may not read.
    """

    question: Question
    grades: Mapping[str, int]
    hits: tuple[Hit, ...]
    is_silent: bool
    seconds: float
    left_out: tuple[str, ...] = ()

    @property
    def ranked(self) -> list[str]:
        return [_id(hit) for hit in self.hits]

    @property
    def ndcg(self) -> float:
        return ndcg_at(self.ranked, self.grades, K)

    @property
    def rank(self) -> int | None:
        return first_rank(self.ranked, self.grades)

    @property
    def instead(self) -> tuple[Hit, ...]:
        """The best hits that are not right."""
        return tuple(hit for hit in self.hits if _id(hit) not in self.grades)[:_SHOWN]


def evaluate(
    base: Base,
    questions: Sequence[Question],
    *,
    by: str = "auto",
    tell: Tell = lambda _done, _all: None,
) -> tuple[list[Outcome], list[str]]:
    """Ask every question once.

    Args:
        base: An open knowledge base.
        questions: What to ask.
        by: How to search, as `Search.ask` takes it.
        tell: Told of (questions asked, all questions).

    Returns:
        An outcome for each, in their order, and the labels of which the session sees no row.

    Raises:
        KnowledgeMistakeError: A key is one of several entities; an unknown entity or field.
        UnreadableError: The session may read none of the entities.
        StatementError: The account refused a statement.
    """
    ids, missing = _resolved(base, questions)
    search = Search(base)
    outcomes = []
    for done, question in enumerate(questions, 1):
        started = perf_counter()
        hits, left_out = _answer(search, question, by)
        seconds = perf_counter() - started
        outcomes.append(
            Outcome(
                question,
                {ids.get(label, label): grade for label, grade in question.rows.items()},
                hits,
                not clear_hits(hits),
                seconds,
                left_out,
            )
        )
        tell(done, len(questions))
    return outcomes, missing


def _answer(search: Search, question: Question, by: str) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
    """Return the hits, none where the session may read none of the entities, and what it left
    out."""
    try:
        found = search.ask(
            question.ask, entities=question.entities, filters=question.filters, limit=K, by=by
        )
    except UnreadableError as error:
        return (), error.entities
    return found.hits, found.left_out


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the measures of some outcomes, each in 0 to 1 but the times, in milliseconds.

    `recall@10`, `ndcg@10`, `mrr`, `first` and `in_three` (a right row there) are of questions that
    something answers, `hidden` is how many of these the search says nothing to; `nothing` is how
    many of the others it says nothing to. What no question tells is left out.
    """
    answered = [item for item in outcomes if item.grades]
    others = [item for item in outcomes if not item.grades]
    found = {
        "recall@10": mean([recall_at(item.ranked, item.grades, K) for item in answered]),
        "ndcg@10": mean([item.ndcg for item in answered]),
        "mrr": mean([reciprocal_rank(item.ranked, item.grades) for item in answered]),
        "first": mean([item.rank == 1 for item in answered]),
        "in_three": mean([(item.rank or K + 1) <= _SHOWN for item in answered]),
        "hidden": mean([item.is_silent for item in answered]),
        "nothing": mean([item.is_silent for item in others]),
    }
    times = [item.seconds * 1000 for item in outcomes]
    if times:
        found |= {"p50_ms": percentile(times, 50), "p95_ms": percentile(times, 95)}
    return {name: value for name, value in found.items() if value is not None}


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return kind of question -> measures."""
    kinds = dict.fromkeys(item.question.kind for item in outcomes)
    return {kind: figures([o for o in outcomes if o.question.kind == kind]) for kind in kinds}


def by_entity(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return entity -> measures of the questions that a row of it answers."""
    of = [{name.partition("/")[0] for name in item.grades} for item in outcomes]
    return {
        entity: figures([item for item, names in zip(outcomes, of, strict=True) if entity in names])
        for entity in sorted(set().union(*of))
    }


def worst(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Return the questions with the worst answers, those with a perfect one left out."""
    bad = [item for item in outcomes if (item.ndcg < 1 if item.grades else not item.is_silent)]
    return sorted(bad, key=lambda item: (item.ndcg if item.grades else 0.0, item.question.ask))[
        :count
    ]


def _id(hit: Hit) -> str:
    return f"{hit.entity}/{hit.key}"


def _resolved(base: Base, questions: Sequence[Question]) -> tuple[dict[str, str], list[str]]:
    """Return label -> `ENTITY/KEY`, and the labels that no row has."""
    labels = list(dict.fromkeys(label for item in questions for label in item.rows))
    if not labels or not base.entities:
        return {}, labels
    rows, _ = base.access.over(base.chosen(), lambda readable: _labelled(base, readable, labels))
    return _matched(labels, rows)


def _labelled(
    base: Base, entities: Sequence[Entity], labels: Sequence[str]
) -> list[dict[str, Any]]:
    """Return ENTITY and ENTITY_KEY of the rows that labels may mean."""
    keys = [label.partition("/")[2] or label for label in labels]
    parts = [
        f"SELECT {literal(entity.name)} AS ENTITY, {key_sql(entity, 'R')} AS ENTITY_KEY\n"
        f"FROM {entity.table.sql} AS R\n"
        f"WHERE {key_sql(entity, 'R')} IN (SELECT ENTITY_KEY FROM WANTED)"
        for entity in entities
    ]
    wanted = "SELECT VALUE::VARCHAR AS ENTITY_KEY FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))"
    sql = f"WITH WANTED AS (\n{wanted}\n)\n" + "\nUNION ALL\n".join(parts)
    return base.session.query(sql, (json.dumps(list(dict.fromkeys([*keys, *labels]))),))


def _matched(
    labels: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, str], list[str]]:
    whole = {f"{row['ENTITY']}/{row['ENTITY_KEY']}" for row in rows}
    entities_of: dict[str, list[str]] = {}
    for row in rows:
        entities_of.setdefault(str(row["ENTITY_KEY"]), []).append(str(row["ENTITY"]))
    found, missing = {}, []
    for label in labels:
        upper = label.partition("/")[0].upper() + "/" + label.partition("/")[2]
        homes = entities_of.get(label, [])
        if label in whole or upper in whole:
            found[label] = upper if upper in whole else label
        elif len(homes) > 1:
            raise KnowledgeMistakeError(
                f"the row {label} is one of {' and of '.join(sorted(homes))}: write "
                f"{sorted(homes)[0]}/{label}"
            )
        elif homes:
            found[label] = f"{homes[0]}/{label}"
        else:
            missing.append(label)
    return found, missing
