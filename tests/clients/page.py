"""The table of docs/local-stack.md, from what the runs wrote."""

from pathlib import Path

from .environment import ROOT, version
from .result import Result, read
from .suite import Suite, all_suites

PAGE = ROOT / "docs" / "local-stack.md"
COLUMNS = ("suite", "versions", "passed", "what fails")
START, END = "<!-- results: make clients -->\n", "<!-- /results -->\n"


def write_page(results: Path) -> None:
    """Write the results into the page. A suite without a result keeps what is there."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    known, _, tail = rest.partition(END)
    rows = table(results, known.splitlines())
    PAGE.write_text("\n".join([f"{head}{START}", *rows, "", f"{END}{tail}"]), encoding="utf-8")


def table(results: Path, known: list[str]) -> list[str]:
    """Return the lines of the table."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for name, suite in all_suites().items():
        start = f"| {suite.title} |"
        path = results / f"{name}.json"
        if path.exists():
            rows.append(f"{start} {' | '.join(_cells(suite, read(path)))} |")
        else:
            old = next((line for line in known if line.startswith(start)), None)
            rows.append(old or f"{start} not run | | |")
    return rows


def _cells(suite: Suite, result: Result) -> list[str]:
    classes = (f"{why} ({count})" for why, count in result.classes(suite).most_common())
    shown = (*suite.shown, "snowflake-connector-python")
    versions = (f"{package} {version(suite.environment, package)}" for package in shown)
    return [
        ", ".join(versions),
        f"{result.passed} of {result.ran}",
        "; ".join(classes) or "nothing",
    ]
