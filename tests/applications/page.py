"""The table of docs/applications.md, from what the runs wrote."""

import json
from pathlib import Path
from typing import Any

from hushflake.remediation.wording import counted

from .application import Application, all_applications
from .place import ROOT

PAGE = ROOT / "docs" / "applications.md"
# Codes of `check` that say that configuration does not come through the accessor.
OF_READS = ("HSF1", "HSF2")
COLUMNS = (
    "application", "kind", "keys", "reads rewritten", "lines", "left", ".env files", "own tests",
    "starts",
)  # fmt: skip
START, END = "<!-- results: python -m tests.applications --page -->\n", "<!-- /results -->\n"


def write_page(results: Path) -> None:
    """Write the results into the page. An application without a result keeps what is there."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    known, _, tail = rest.partition(END)
    text = tables(results, known.splitlines())
    PAGE.write_text(f"{head}{START}\n{text}\n{END}{tail}", encoding="utf-8")


def tables(results: Path, known: list[str]) -> str:
    """Return the table of figures, and the list of what is left to a person."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    person = []
    for name, application in all_applications().items():
        row, item = f"| {_link(application)} |", f"- **{name}**:"
        path = results / f"{name}.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            row = f"{row} {' | '.join(_cells(application, result))} |"
            item = f"{item} {_person(application, result)}"
        else:
            row = _line(known, row) or f"{row} {application.kind} |" + " not run |" * 7
            item = _line(known, item) or f"{item} not run"
        rows.append(row)
        person.append(item)
    return "\n".join([*rows, "", "What a person still had to do:", "", *person]) + "\n"


def _line(lines: list[str], start: str) -> str:
    return next((line for line in lines if line.startswith(start)), "")


def _cells(application: Application, result: dict[str, Any]) -> list[str]:
    left = ", ".join(f"{count} `{reason}`" for reason, count in sorted(result["left"].items()))
    return [
        application.kind,
        f"{result['keys']}, {result['secret']} secret",
        f"{result['rewritten']} in {counted(result['python_files'], 'file')}",
        f"+{result['added']} -{result['removed']}",
        left or "none",
        _dotenv(application, result),
        _tests(result),
        str(result["starts"]),
    ]


def _link(application: Application) -> str:
    if application.is_release:
        name, _, version = application.source.partition("==")
        return f"[{name}](https://pypi.org/project/{name}/{version}/) {version}"
    url = f"https://github.com/{application.source}/tree/{application.commit}"
    return f"[{application.source}]({url}) {application.commit[:8]}"


def _dotenv(application: Application, result: dict[str, Any]) -> str:
    target = "".join(
        value.partition(":")[0]
        for option, value in zip(application.migrate, application.migrate[1:], strict=False)
        if option == "--to"
    )
    moved = [f"`{path}` to {target}" for path in result["retired"]]
    moved += [f"`{path}` to {target} in part" for path in result["partly"]]
    return ", ".join([*moved, *(f"`{path}` stays" for path in result["kept"])]) or "none"


def _tests(result: dict[str, Any]) -> str:
    if not result["before"]:
        return "has none"
    shown = _counts(result["before"])
    if result["before"] == result["after"]:
        return f"{shown}; the same after"
    return f"{shown}; after: {_counts(result['after']) or 'none'}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {outcome}" for outcome, number in counts.items())


def _person(application: Application, result: dict[str, Any]) -> str:
    parts = [application.person] if application.person else []
    parts += result["remains"]
    found = {code: n for code, n in result["check"].items() if code.startswith(OF_READS)}
    if found:
        shown = ", ".join(f"{number} {code}" for code, number in sorted(found.items()))
        parts.append(f"`hushflake check` goes on reporting {shown}, at places that were left")
    formatted = result["lint"].get("format", 0)
    if formatted:
        parts.append(f"its formatter changes {formatted} of the rewritten files")
    linted = {code: number for code, number in result["lint"].items() if code != "format"}
    if linted:
        shown = ", ".join(f"{number} {code}" for code, number in linted.items())
        parts.append(f"its linter reports {shown}")
    # Where the logs of that run lie says nothing on another machine.
    parts += [f"**not as before**: {one.partition('; see ')[0]}" for one in result["problems"]]
    return "; ".join(part.replace("\n", " ").rstrip(".") for part in parts) or "nothing"
