"""What became of a suite: counts, and the tests that failed."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .suite import Suite


@dataclass
class Result:
    """The outcome of each test of a suite, and how that differs from what is declared.

    Attributes:
        problems: What is worse than declared.
        notes: What is better, so that the declaration can be made stricter.
    """

    name: str
    passed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ran(self) -> int:
        """How many tests gave a result."""
        return self.passed + len(self.failed)

    def classes(self, suite: Suite) -> "Counter[str]":
        """Count the failed tests by the reason that is declared for them."""
        reasons = (suite.reason(test) for test in self.failed)
        return Counter(found.why if found else "not explained" for found in reasons)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=1) + "\n"
        (folder / f"{self.name}.json").write_text(text, encoding="utf-8")


def read(path: Path) -> Result:
    """Return a result that was written."""
    return Result(**json.loads(path.read_text(encoding="utf-8")))


def judge(suite: Suite, outcomes: dict[str, tuple[str, str]], seconds: float) -> Result:
    """Hold what came out against what the suite declares."""
    counts = Counter(outcome for outcome, _ in outcomes.values())
    failed = {
        name: text for name, (outcome, text) in outcomes.items() if outcome in ("failed", "error")
    }
    result = Result(suite.name, counts["passed"], counts["skipped"], round(seconds, 1), failed)
    result.problems += [
        f"fails, and is not declared: {name}: {text[:300]}"
        for name, text in failed.items()
        if suite.reason(name) is None
    ]
    if result.passed < suite.passes:
        result.problems.append(f"{result.passed} pass, {suite.passes} are declared")
    known = [
        name
        for name, (outcome, _) in outcomes.items()
        if outcome == "passed" and suite.reason(name)
    ]
    result.notes += [f"passes, and is declared to fail: {name}" for name in known]
    for one in suite.failing:
        if not any(suite.reason(name) == one for name in failed):
            result.notes.append(f"no failure is left of: {one.why}")
    return result
