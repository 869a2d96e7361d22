"""A plan and what came of it: as text, as Markdown, as a progress bar."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .output import styled

if TYPE_CHECKING:
    from hushflake.deploy.deployment import OnOutcome, Report
    from hushflake.deploy.journal import Outcome
    from hushflake.deploy.planning import Planned
    from hushflake.schema.cost_change import CostChange
    from hushflake.schema.plan import Operation, Plan

_SIGNS = {"create": "+", "undrop": "+", "drop": "-"}
_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
_WORDS = {"+": "to create", "~": "to change", "-": "to drop"}
_CLASSES = {"rebuild": "locks or rebuilds", "loss": "loses data"}
_COUNTED_CLASSES = {
    "rebuild": ("locks or rebuilds", "lock or rebuild"),
    "loss": ("loses data", "lose data"),
}
_SHOWN_DEPENDENTS = 3
_SHOWN_ITEMS = 3


def print_plan(
    planned: "Planned",
    *,
    with_sql: bool = False,
    cost: "CostChange | None" = None,
    title: str = "Plan for stack",
) -> None:
    """Print a plan for a person: grouped by kind, counted, coloured on a terminal."""
    plan = planned.plan
    for note in plan.notes:
        click.echo(styled(f"note: {note}", dim=True))
    if not plan.operations:
        selected = " in what was selected" if planned.whole.operations else ""
        click.echo(f"Stack {plan.stack} of {plan.project} is as declared{selected}: nothing to do.")
        return
    click.echo(styled(f"{title} {plan.stack} of {plan.project}", bold=True))
    dependents = dependents_of(plan)
    for kind, operations in grouped(plan).items():
        click.echo(f"\n{styled(_spoken(kind), bold=True)} ({len(operations)})")
        for op in operations:
            click.echo("  " + _line(op))
            waiting = dependents.get(op.id, ())
            if waiting and (with_sql or op.severity != "safe"):
                click.echo(styled(f"      needed by {_some(waiting)}", dim=True))
            if with_sql:
                for statement in planned.sql[op.id]:
                    click.echo(styled(_indented(statement + ";"), dim=True))
    click.echo(f"\n{summary(plan)}")
    if cost is not None:
        click.echo(cost_line(cost))


def cost_line(cost: "CostChange") -> str:
    """Return on one line what a plan does to the monthly cost."""
    before, after = cost.before.usd, cost.after.usd
    budget = cost.after.budget_usd
    what = f"Estimated cost a month: ${after:,.2f}"
    if cost.items:
        sign = "+" if cost.usd >= 0 else "-"
        most = ", ".join(
            f"{item} {'+' if new >= old else '-'}${abs(new - old):,.2f}"
            for item, old, new in cost.items[:_SHOWN_ITEMS]
        )
        more = ", …" if len(cost.items) > _SHOWN_ITEMS else ""
        what += f", now ${before:,.2f} ({sign}${abs(cost.usd):,.2f}: {most}{more})"
    else:
        what += ", as now"
    if budget is not None:
        word = "OVER" if cost.after.over_budget else "within"
        what += f"; {word} the budget of ${budget:,.0f}"
    return what


def _line(op: "Operation") -> str:
    sign = _sign(op)
    what = f"{sign} {op.name}" + (f" {op.part}" if op.part else "")
    marks = [styled(_CLASSES[op.severity], fg="red", bold=True)] if op.severity != "safe" else []
    if op.cause == "drift":
        marks.append(styled("drift", fg="magenta"))
    mark = f" [{', '.join(marks)}]" if marks else ""
    action = "" if sign != "~" else f" {_spoken(op.action)}:"
    from hushflake.schema.planner import NEW

    # That something to create is not there yet, the sign says already.
    reason = "" if op.reason == NEW else f" {op.reason}"
    return f"{styled(what, fg=_COLOURS[sign])}{mark}{action}{reason}"


def markdown(planned: "Planned", cost: "CostChange | None" = None) -> str:
    """Return a plan as a comment for a pull request."""
    plan = planned.plan
    lines = [f"### hushflake plan: `{plan.project}` on `{plan.stack}`", ""]
    if not plan.operations:
        return "\n".join([*lines, "Nothing to do: the stack is as declared.", *_notes(plan)])
    lines += [f"**{summary(plan)}**", ""]
    if cost is not None:
        lines += [cost_line(cost), ""]
    risky = [op for op in plan.operations if op.severity != "safe"]
    if risky:
        lines += [
            "> [!WARNING]",
            *(f"> {_cell(op.id)}: {_CLASSES[op.severity]}" for op in risky),
            "",
        ]
    for kind, operations in grouped(plan).items():
        lines += [
            "<details><summary>" + f"{_spoken(kind)} ({len(operations)})</summary>",
            "",
            "| | object | what | class | cause |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {_sign(op)} | `{_cell(op.name)}`{' ' + _cell(op.part) if op.part else ''} "
            f"| {_cell(op.reason)} | {op.severity} | {op.cause} |"
            for op in operations
        ]
        statements = [sql for op in operations for sql in planned.sql[op.id]]
        lines += ["", "```sql", *(f"{sql};" for sql in statements), "```", "</details>", ""]
    return "\n".join([*lines, *_notes(plan)])


def _notes(plan: "Plan") -> list[str]:
    return ["", *(f"- {_cell(note)}" for note in plan.notes)] if plan.notes else []


def summary(plan: "Plan") -> str:
    """Return the counts of a plan on one line."""
    signs = Counter(_sign(op) for op in plan.operations)
    parts = [f"{signs[sign]} {word}" for sign, word in _WORDS.items() if signs[sign]]
    classes = Counter[str](op.severity for op in plan.operations)
    parts += [
        f"{classes[name]} that {one if classes[name] == 1 else many}"
        for name, (one, many) in _COUNTED_CLASSES.items()
        if classes[name]
    ]
    drift = sum(op.cause == "drift" for op in plan.operations)
    if drift:
        parts.append(f"{drift} for changes made by hand")
    return f"{_counted(len(plan.operations), 'operation')}: {', '.join(parts)}"


def grouped(plan: "Plan") -> "dict[str, list[Operation]]":
    """Return the operations by kind, in the order of the plan."""
    groups: dict[str, list[Operation]] = {}
    for op in plan.operations:
        groups.setdefault(op.kind, []).append(op)
    return groups


def dependents_of(plan: "Plan") -> dict[str, list[str]]:
    """Return for each operation the ids of those that wait for it."""
    found: dict[str, list[str]] = {}
    for op in plan.operations:
        for needed in op.depends_on:
            found.setdefault(needed, []).append(op.id)
    return found


@contextmanager
def progress(plan: "Plan") -> "Iterator[OnOutcome]":
    """Show a bar with counts and remaining time on a terminal; in a pipe, nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Applying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[trouble]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(plan.operations), trouble="")
        bad = 0

        def ended(outcome: "Outcome") -> None:
            nonlocal bad
            bad += outcome.status != "done"
            bar.update(task, advance=1, trouble=f"{bad} not done" if bad else "")

        yield ended


def print_report(report: "Report") -> None:
    """Say what was done, what was not, and how to go on."""
    run = report.run
    done = len(run.ids("done"))
    click.echo(f"{_counted(done, 'operation')} done. Deployment {report.deployment_id}.")
    if run.complete:
        return
    click.echo("")
    for status, words, colour in (
        ("failed", "failed", "red"),
        ("unknown", "gave no answer: it may have run", "yellow"),
    ):
        for key in run.ids(status):
            click.echo(f"{styled(f'{key} {words}', fg=colour)}: {run.outcomes[key].message}")
    skipped = run.ids("skipped")
    if skipped:
        click.echo(f"{_counted(len(skipped), 'operation')} not sent: {_some(skipped)}")
    if run.stopped:
        click.echo(f"Stopped: {run.stopped}.")
    if not report.journal_complete:
        click.echo("Some outcomes could not be written to the journal.")
    click.echo("Nothing is half-known: run the command again; it looks at the account and goes on.")


def _sign(op: "Operation") -> str:
    return _SIGNS.get(op.action, "~")


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN_DEPENDENTS
    return ", ".join(ids[:_SHOWN_DEPENDENTS]) + (f" and {more} more" if more > 0 else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _indented(text: str) -> str:
    return "\n".join("      " + line for line in text.splitlines())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
