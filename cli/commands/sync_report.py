"""What a cycle of a sync did, printed."""

import json
from typing import TYPE_CHECKING

from hushflake.terminal.text import styled
from hushflake.terminal.write import put_json, say, say_table

from ..errors import FAILURE, FINDINGS, OK
from ..output import print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from hushflake.sync.report import CycleReport, EntityReport


def telling(form: str, interval: float) -> "Callable[[CycleReport | Exception], None]":
    """Return the function to which `--watch` reports its cycles, `interval` seconds apart."""

    def told(what: "CycleReport | Exception") -> None:
        if isinstance(what, Exception):
            say(f"hushflake: {what}; the next cycle tries again", err=True)
        elif form == "json":
            document = {"format": "hushflake.sync/1", **what.plain()}
            put_json(json.dumps(document, ensure_ascii=False))
        elif not what.idle:
            show_report(what, form)
            for item in what.entities:
                left = int(item.left(max(interval, what.seconds)))
                if left:
                    time = f"{left // 3600}:{left // 60 % 60:02} h"
                    say(f"{item.entity}: {item.later:,} to go, about {time} left")

    return told


def code_of(report: "CycleReport") -> int:
    """Return the exit code of a cycle."""
    if report.failed:
        return FAILURE
    return FINDINGS if report.held else OK


def show_report(report: "CycleReport", form: str) -> None:
    """Print what a cycle did."""
    if form == "json":
        print_json("sync", **report.plain())
        return
    for item in report.entities:
        for line in item.planned:
            say(f"{item.entity}: would {line}")
    kinds = sorted({name for item in report.entities for name in item.counts})
    if kinds:
        rows = [
            (item.entity, *(item.counts.get(kind, 0) for kind in kinds)) for item in report.entities
        ]
        say_table(("entity", *kinds), rows, right=range(1, len(kinds) + 1))
    elif not any(item.planned for item in report.entities):
        say("Both sides are in sync." if not report.failed else "Nothing was written.")
    for item in report.entities:
        _print_remarks(item)
    budget = f" of {report.budget}" if report.budget is not None else ""
    waited = f", {report.waited:.0f} s of it waiting as Notion asked" if report.waited else ""
    say(styled(f"{report.requests}{budget} requests, {report.seconds:.1f} s{waited}", dim=True))


def _print_remarks(item: "EntityReport") -> None:
    if item.conflicts:
        count = len(item.conflicts)
        what = f"{item.entity}: {count} edit{'s' * (count != 1)} in conflict"
        say(styled(what, fg="yellow"), ": see hushflake sync conflicts")
    if item.held:
        some = f"{', '.join(item.held[:3])}{', …' * (len(item.held) > 3)}"
        say(
            styled(f"{item.entity}: {len(item.held)} deletions held back", fg="red", bold=True),
            f" ({some}). If they are meant, run again with --allow-deletes.",
        )
    for page, why in list(item.waiting.items())[:10]:
        say(f"{item.entity}: page {page} waits: {why}")
    for note in item.notes:
        say(f"{item.entity}: {note}")
    for failure in item.failures:
        say(styled(f"{item.entity}: {failure}", fg="red"), err=True)
