"""What the tool `metrics` lists: the semantic views in words, bounded. Foreign texts are data."""

from collections.abc import Mapping, Sequence

from hushflake.knowledge.metrics import Named, View, in_words

from .shapes import MetricsAnswer, SemanticName, SemanticViewWords
from .texts import short

_MOST_VIEWS = 50
_MOST_NAMES = 100
_WORDS = 200


def metrics_of(known: Mapping[str, View]) -> MetricsAnswer:
    """Return what can be asked of each view."""
    shown = list(known.items())[:_MOST_VIEWS]
    return MetricsAnswer(
        views=[
            SemanticViewWords(
                view=name,
                description=short(view.comment, _WORDS),
                metrics=_names(in_words(view.metrics)),
                dimensions=_names(in_words(view.dimensions)),
            )
            for name, view in shown
        ],
        not_listed=list(known)[_MOST_VIEWS:],
    )


def _names(items: Sequence[Named]) -> list[SemanticName]:
    return [
        SemanticName(
            name=short(item.name, _WORDS),
            description=short(item.words, _WORDS),
            is_filter=item.is_filter,
        )
        for item in items[:_MOST_NAMES]
    ]
