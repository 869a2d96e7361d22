"""What an account is asked on first contact, and what its answers say of our assumptions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from .running import run_all

HERE: Final = Path(__file__).parent
Verdict = Literal["holds", "differs", "refused", "open"]
# Of an XSMALL warehouse: seconds per statement, measured against accounts by others' suites, and
# the minute that is paid when it resumes. Embedding two sentences costs less than a cent.
_SECONDS_PER_STATEMENT: Final = 0.4
_SECONDS_TO_RESUME: Final = 60
_CREDITS_PER_HOUR: Final = 1.0


@dataclass(frozen=True, slots=True)
class Assumption:
    """What the code takes for granted and only an account can settle.

    Attributes:
        id: Its number, which stays: `A07`.
        says: One sentence.
        decides: The code that depends on it.
        page: Of the documentation.
        open: Why no statement settles it; "" where some do.
        content: The statements that ask, as a case file.
    """

    id: str
    says: str
    decides: tuple[str, ...]
    page: str
    open: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an account says of an assumption.

    Attributes:
        assumption: Which.
        verdict: `holds`; `differs`; `refused`, its preparation was; `open`, nothing was asked.
        detail: What was seen instead, or why nothing was.
    """

    assumption: Assumption
    verdict: Verdict
    detail: str = ""


def cases() -> dict[str, Any]:
    """Return the case files by name."""
    return {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted((HERE / "cases").glob("*.yaml"))
    }


def assumptions() -> list[Assumption]:
    """Return every assumption, in the order of their numbers."""
    found = yaml.safe_load((HERE / "assumptions.yaml").read_text("utf-8"))
    return [
        Assumption(
            item["id"],
            item["says"],
            tuple(item["decides"]),
            item["page"],
            item.get("open", ""),
            item if "cases" in item else {},
        )
        for item in found
    ]


def statements(files: Mapping[str, Any]) -> int:
    """Return how many statements case files hold, with those that prepare and clear away."""
    parts = ("setup", "cases", "teardown")
    return sum(len(content.get(part, ())) for content in files.values() for part in parts)


def credits_for(files: Mapping[str, Any]) -> float:
    """Return what running case files costs on an XSMALL warehouse, in credits."""
    seconds = _SECONDS_TO_RESUME + statements(files) * _SECONDS_PER_STATEMENT
    return seconds / 3600 * _CREDITS_PER_HOUR


def asked(found: Iterable[Assumption]) -> dict[str, Any]:
    """Return the statements of assumptions as case files by their ids."""
    return {item.id: item.content for item in found if item.content}


def run(
    connection: dict[str, Any], files: Mapping[str, Any], told: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Run case files in throw-away databases; see `running.run_all`."""
    return run_all(connection, dict(files), told)


def answers(found: Sequence[Assumption], outcomes: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Return what the outcomes of statements say of each assumption."""
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for outcome in outcomes:
        by_id.setdefault(str(outcome["id"]).partition(":")[0], []).append(outcome)
    return [_answer(item, by_id.get(item.id, [])) for item in found]


def _answer(item: Assumption, outcomes: Sequence[Mapping[str, Any]]) -> Answer:
    if not item.content:
        return Answer(item, "open", item.open)
    if not outcomes:
        return Answer(item, "open", "not asked")
    for outcome in outcomes:
        number = str(outcome["id"]).partition(":")[2]
        if not outcome["ok"] and number != "-1":
            verdict: Verdict = "refused" if number == "0" else "differs"
            return Answer(item, verdict, f"{outcome['sql']}: {outcome['difference']}")
    return Answer(item, "holds")
