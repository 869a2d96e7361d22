"""Whether an evaluation is good enough: against targets, and against an earlier one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hushflake.schema.folder import MARKER
from hushflake.schema.marker import Targets, read_marker
from hushflake.schema.project import Project

from ..errors import KnowledgeMistakeError

# What may be told by rounding alone is no difference.
_TOLERANCE: Final = 0.0005
# A baseline holds these; times are of one machine.
_HELD: Final = ("recall@10", "ndcg@10", "mrr", "nothing")


def targets_of(project: Project) -> dict[str, float]:
    """Return measure -> target of `evaluation:` in `hushflake.yaml`.

    Raises:
        DefinitionError: A mistake in it.
    """
    found: Targets | None = read_marker(project.root / MARKER).evaluation
    if found is None:
        return {}
    named = {
        "recall@10": found.recall_at_10,
        "ndcg@10": found.ndcg_at_10,
        "mrr": found.mrr,
        "nothing": found.nothing,
        "p95_ms": found.p95_ms,
    }
    return {name: float(value) for name, value in named.items() if value is not None}


def below_targets(figures: Mapping[str, float], targets: Mapping[str, float]) -> list[str]:
    """Return a sentence for each target that is missed; one that nothing was measured for, too."""
    found = []
    for name, target in targets.items():
        value = figures.get(name)
        if value is None:
            found.append(f"{name} has a target of {target:g}, and no question to measure it")
        elif name == "p95_ms" and value > target:
            found.append(f"{name} is {value:.0f}, above the target of {target:g}")
        elif name != "p95_ms" and value < target - _TOLERANCE:
            found.append(f"{name} is {value:.3f}, below the target of {target:g}")
    return found


def below_baseline(figures: Mapping[str, float], baseline: Mapping[str, float]) -> list[str]:
    """Return a sentence for each measure that was better before."""
    return [
        f"{name} is {figures[name]:.3f}, below the baseline of {baseline[name]:.3f}"
        for name in _HELD
        if name in baseline and name in figures and figures[name] < baseline[name] - _TOLERANCE
    ]


def read_baseline(path: Path) -> dict[str, float]:
    """Return the measures of an earlier `hushflake evaluate --format json`.

    Raises:
        KnowledgeMistakeError: The file is none.
    """
    try:
        held: Any = json.loads(path.read_text("utf-8"))
        figures = held["figures"]
        if held["format"] == "hushflake.evaluate/1" and isinstance(figures, dict):
            return {str(name): float(value) for name, value in figures.items()}
    except OSError as error:
        raise KnowledgeMistakeError(f"{path}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise KnowledgeMistakeError(
        f"{path} is no earlier evaluation: write one with hushflake evaluate --format json"
    )
