"""The report: inventory, what the codemod would do, and findings, as one HTML file.

It holds key names, paths and counts; of values only defaults that the inventory may show.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hushflake.codemods.prepare import rewriter
from hushflake.codemods.report import REASONS
from hushflake.codemods.rewrite import Edit
from hushflake.codemods.run import run as run_codemod
from hushflake.lint_plugin.analysis.forms import READS
from hushflake.lint_plugin.finding import ERROR, Finding
from hushflake.lint_plugin.registry import rule, selection
from hushflake.lint_plugin.run import check_files
from hushflake.lint_plugin.settings import Policy, load
from hushflake.lint_plugin.walk import walk
from hushflake.templates.reporting import render_report

from .errors import RemediationError
from .inventory.collect import Options, collect
from .inventory.document import FORMAT
from .inventory.model import Inventory, Key, Read

_PLACES = 40
_FOLDERS = 24


@dataclass(frozen=True)
class Report:
    """What a report tells.

    Attributes:
        inventory: The keys and their reads.
        edits: What the codemod would rewrite or leave.
        findings: Of the rules that the repository selects.
        test_files: Those of the files with findings that are tests: they are counted apart.
        before: (reads through the accessor, all reads) of an earlier inventory.
    """

    inventory: Inventory
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    before: tuple[int, int] | None = None
    test_files: frozenset[str] = frozenset()


def build(paths: Sequence[Path], *, ignored: bool = False, before: Path | None = None) -> Report:
    """Look at a code base in all three ways. Changes nothing.

    Args:
        paths: Folders or files.
        ignored: Take in what git ignores.
        before: An earlier `hushflake inventory --format json`, to show the progress since then.

    Raises:
        RemediationError: `before` is no such document.
    """
    names = [str(path) for path in paths]
    settings = load(names)
    rewritten = run_codemod(names, rewriter(settings), ignore=not ignored)
    codes = selection(settings.select, settings.extend_select, settings.ignore)
    files = [file.path for file in walk(names, ignore=not ignored).files]
    policy = Policy(settings)
    files = [path for path in files if not policy.is_excluded(settings.relative(path))]
    checked = list(check_files(settings, codes, files))
    found = {path for path, result in checked if result.findings}
    return Report(
        collect(paths, Options(ignored=ignored)),
        tuple(edit for outcome in rewritten.outcomes for edit in outcome.edits),
        tuple(finding for _path, result in checked for finding in result.findings),
        _earlier(before) if before is not None else None,
        frozenset(path for path in found if policy.is_test(settings.relative(path))),
    )


def _earlier(path: Path) -> tuple[int, int]:
    try:
        document = json.loads(path.read_bytes())
        summary = document["summary"]
        if document["format"] == FORMAT:
            return int(summary["reads_through_accessor"]), int(summary["reads"])
    except OSError as error:
        raise RemediationError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise RemediationError(
        f"{path}: is not an inventory; make one with `hushflake inventory --format json -o FILE`"
    )


def render(report: Report, *, made: datetime | None = None) -> str:
    """Return the report as one HTML file."""
    inventory = report.inventory
    through, reads = inventory.progress()
    left = [edit for edit in report.edits if edit.action == "left" and _is_open(edit)]
    rewritable = [e for e in report.edits if e.action == "rewritten" and e.form in READS]
    return render_report(
        "inventory",
        {
            "project": Path(inventory.root).name or "the code base",
            "made": (made or datetime.now(UTC)).strftime("%d %B %Y, %H:%M UTC"),
            "version": version("hushflake"),
            "files": inventory.files,
            "totals": _totals(report),
            "reads": reads,
            "through": through,
            "ready": len(rewritable),
            "left_count": len(left),
            "progress": _progress(report),
            "left": _left(left),
            "folders": _folders(list(inventory.reads())),
            "findings": _findings(report),
            "notes": any(
                finding.severity != ERROR and finding.path not in report.test_files
                for finding in report.findings
            ),
            "in_tests": bool(report.test_files),
            "groups": sorted({key.group for key in inventory.read_keys}),
            "keys": [_key(key) for key in inventory.read_keys],
            "nothing": inventory.reads_nothing,
            "loaded": [
                {
                    "place": f"{one.path}:{one.line}",
                    "reader": one.reader,
                    "into_environment": one.into_environment,
                    "files": ", ".join(dict.fromkeys(each.shown for each in one.files)),
                }
                for one in inventory.env_file_readers
                if not one.in_test
            ],
            "env_files": [
                {"place": one.place, "kind": one.kind, "does": one.does, "file": one.file}
                for one in inventory.env_files
            ],
            "unread": [
                {"name": key.name, "place": f"{key.named[0].path}:{key.named[0].line}"}
                for key in inventory.unread_keys
            ],
            "skipped": [
                f"{one.path}:{one.line}:{one.column}: {one.reason}" for one in inventory.skipped
            ],
        },
    )


def _is_open(edit: Edit) -> bool:
    """Say whether a place that the codemod leaves asks for somebody to look at it."""
    return edit.reason not in {"platform-key", "accessor", "import"}


def _totals(report: Report) -> list[dict[str, Any]]:
    keys = report.inventory.read_keys
    _through, reads = report.inventory.progress()
    # What test files hold is listed below, and alarms nobody here.
    errors = [
        finding
        for finding in report.findings
        if finding.severity == ERROR and finding.path not in report.test_files
    ]
    hard_coded = sum(finding.code.startswith("HSF3") for finding in errors)
    rows = [
        ("key", "keys", len(keys)),
        ("secret", "secrets", sum(key.secret for key in keys)),
        ("read", "reads", reads),
        (
            "key with differing defaults",
            "keys with differing defaults",
            sum(key.conflicting for key in keys),
        ),
        ("hard-coded credential", "hard-coded credentials", hard_coded),
        ("finding", "findings", len(errors)),
    ]
    return [
        {
            "name": one if value == 1 else many,
            "value": value,
            "alert": many == "hard-coded credentials" and value > 0,
        }
        for one, many, value in rows
    ]


def _progress(report: Report) -> list[dict[str, Any]]:
    now = report.inventory.progress()
    rows = [("now", now)] if report.before is None else [("before", report.before), ("now", now)]
    return [{"name": name, "percent": _percent(done, of)} for name, (done, of) in rows if of]


def _percent(done: int, of: int) -> int:
    """Return a percentage; 100 and 0 are said only when they are true."""
    if 0 < done < of:
        return min(99, max(1, round(100 * done / of)))
    return 100 if done else 0


def _left(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    by_reason: dict[str, list[Edit]] = {}
    for edit in edits:
        by_reason.setdefault(edit.reason, []).append(edit)
    return [
        {
            "text": _sentence(REASONS.get(reason, reason)),
            "count": len(places),
            **_places(places),
        }
        for reason, places in sorted(by_reason.items(), key=lambda item: -len(item[1]))
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _folders(reads: Sequence[Read]) -> list[dict[str, Any]]:
    """Return the folders with most reads, at the depth that tells them apart."""
    paths = {read.path for read in reads}
    depth = next(
        (
            depth
            for depth in range(1, 6)
            if len({_folder(path, depth) for path in paths}) >= min(6, len(paths))
        ),
        3,
    )
    counts: Counter[str] = Counter(_folder(read.path, depth) for read in reads)
    done = Counter(_folder(read.path, depth) for read in reads if read.via == "config")
    largest = max(counts.values(), default=1)
    return [
        {
            "name": name,
            "reads": count,
            "done": done[name],
            "done_width": round(100 * done[name] / largest, 2),
            "open_width": round(100 * (count - done[name]) / largest, 2),
        }
        for name, count in counts.most_common(_FOLDERS)
    ]


def _folder(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:-1][:depth]) or "(top folder)"


def _findings(report: Report) -> list[dict[str, Any]]:
    by_code: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_code.setdefault(finding.code, []).append(finding)
    return [
        {
            "code": code,
            # Every second part is code: the documentation has it in backticks.
            "title": _title(code).split("`"),
            "errors": sum(finding.severity == ERROR for finding in ours),
            "notes": sum(finding.severity != ERROR for finding in ours),
            "in_tests": len(found) - len(ours),
            # Of test files only where there is nothing else to look at.
            **_places([*ours, *(one for one in found if one.path in report.test_files)]),
        }
        for code, found in sorted(by_code.items())
        for ours in [[one for one in found if one.path not in report.test_files]]
    ]


def _places(found: Sequence[Finding | Edit]) -> dict[str, Any]:
    return {
        "files": len({one.path for one in found}),
        "places": [f"{one.path}:{one.line}:{one.column}" for one in found[:_PLACES]],
        "more": max(0, len(found) - _PLACES),
    }


def _title(code: str) -> str:
    """Return the first line of a rule's documentation."""
    if code.startswith("HSF0"):
        return "A comment that silences a finding, and is not needed or not understood"
    documentation = sys.modules[type(rule(code)).__module__].__doc__ or ""
    return documentation.strip().partition("\n")[0].rstrip(".")


def _key(key: Key) -> dict[str, Any]:
    places = [f"{read.path}:{read.line}" for read in key.reads]
    return {
        "name": key.name,
        "secret": key.secret,
        "type": key.type,
        "group": key.group,
        "reads": len(key.reads),
        "readers": key.readers,
        "default": key.shown_default,
        "differ": key.conflicting,
        "required": key.required,
        "places": places[:_PLACES],
        "more": max(0, len(places) - _PLACES),
        "named": [f"{named.path}:{named.line}" for named in key.named[:_PLACES]],
    }
