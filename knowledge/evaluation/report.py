"""An evaluation as a value: what `evaluate` prints, saves, draws and judges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..base import Base
from ..verified import Checked
from .plots import bars, histogram
from .run import K, Outcome, by_entity, by_kind, figures, worst
from .verdict import below_baseline, below_targets

Figures = Mapping[str, float]
_DRAWN: Final = ("recall@10", "ndcg@10", "mrr", "first", "nothing")


@dataclass(frozen=True)
class Report:
    """What an evaluation found.

    Attributes:
        figures: Measures of all questions, see `run.figures`; `questions` is their number.
        kinds: Kind of question -> measures.
        entities: Entity that has a right row -> measures.
        worst: The worst answers, worst first: `ask`, `kind`, `ndcg@10`, `wanted`, `instead`.
        ranks: Rank of the first right row -> questions; 0: not among the first ten.
        missing: Labels that no row has.
        left_out: Names of entities that the session may not read.
        failures: A sentence for each target, baseline and verified query that is missed.
        verified: What came of each verified query: `view`, `name`, `question`, `rows`, `failure`.
    """

    project: str
    stack: str
    figures: Figures
    kinds: Mapping[str, Figures]
    entities: Mapping[str, Figures]
    worst: Sequence[Mapping[str, Any]]
    ranks: Mapping[int, int]
    missing: Sequence[str]
    targets: Figures
    failures: Sequence[str]
    left_out: Sequence[str] = ()
    verified: Sequence[Mapping[str, Any]] = ()

    def to_plain(self) -> dict[str, Any]:
        """The report as JSON values; docs/formats.md has the format."""
        return {
            "project": self.project,
            "stack": self.stack,
            "figures": _rounded(self.figures),
            "kinds": {name: _rounded(held) for name, held in self.kinds.items()},
            "entities": {name: _rounded(held) for name, held in self.entities.items()},
            "worst": [dict(item) for item in self.worst],
            "missing_rows": list(self.missing),
            "left_out": list(self.left_out),
            "targets": dict(self.targets),
            "failures": list(self.failures),
            "verified": [dict(item) for item in self.verified],
        }

    def page(self) -> dict[str, Any]:
        """Values for `templates/report/evaluation.html.j2`; the `*_svg` are markup already."""
        of = {"all": self.figures, **self.kinds}
        drawn = {
            label: {name: held[name] for name in _DRAWN if name in held}
            for label, held in of.items()
        }
        return self.to_plain() | {
            "measures": [name for name in self.figures if name != "questions"],
            "groups": {**of, **self.entities},
            "kinds_svg": bars(drawn, _DRAWN),
            "ranks_svg": histogram(
                {**{str(n): self.ranks.get(n, 0) for n in range(1, K + 1)}, "later": self.ranks[0]}
            ),
        }


def report_of(
    base: Base,
    outcomes: Sequence[Outcome],
    missing: Sequence[str],
    targets: Figures,
    baseline: Figures,
    count: int,
    verified: Sequence[Checked] = (),
) -> Report:
    """Return the report of some outcomes.

    Args:
        base: What was asked.
        outcomes: One a question.
        missing: Labels that no row has.
        targets: Measure -> what it must reach.
        baseline: Measures of an earlier evaluation.
        count: How many of the worst answers to keep.
        verified: What came of the verified queries.
    """
    found = _counted(figures(outcomes), outcomes)
    ranks = [item.rank or 0 for item in outcomes if item.grades]
    return Report(
        project=base.project.name,
        stack=base.stack.name,
        figures=found,
        kinds={
            name: _counted(held, [o for o in outcomes if o.question.kind == name])
            for name, held in by_kind(outcomes).items()
        },
        entities={
            name: _counted(held, [o for o in outcomes if _is_of(o, name)])
            for name, held in by_entity(outcomes).items()
        },
        worst=[_plain(item) for item in worst(outcomes, count)],
        ranks={rank: ranks.count(rank) for rank in range(K + 1)},
        missing=missing,
        targets=targets,
        failures=[
            *below_targets(found, targets),
            *below_baseline(found, baseline),
            *(
                f"verified query {item.verified.query.name.text}: {item.failure}"
                for item in verified
                if item.failure
            ),
        ],
        verified=[item.to_plain() for item in verified],
        left_out=sorted({name for item in outcomes for name in item.left_out}),
    )


def _counted(held: Figures, outcomes: Sequence[Outcome]) -> dict[str, float]:
    return {"questions": len(outcomes), **held}


def _is_of(outcome: Outcome, entity: str) -> bool:
    return any(name.partition("/")[0] == entity for name in outcome.grades)


def _plain(item: Outcome) -> dict[str, Any]:
    return {
        "ask": item.question.ask,
        "kind": item.question.kind,
        "ndcg@10": round(item.ndcg, 4) if item.grades else 0.0,
        "rank": item.rank if item.grades else None,
        "wanted": list(item.grades),
        "instead": [
            {"entity": hit.entity, "key": hit.key, "title": hit.title, "score": round(hit.score, 4)}
            for hit in item.instead
        ],
    }


def _rounded(held: Figures) -> dict[str, float]:
    return {name: round(value, 4) for name, value in held.items()}
