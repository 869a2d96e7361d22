"""A plan printed for a person: folded by entity and kind, or every operation with its SQL."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hushflake.terminal.escape import visible

from .output import styled
from .plan_text import CLASSES, Line, folded_lines, grouped, reason_of, sign_of, some, spoken
from .plan_text import summary as counts

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.schema.cost_change import CostChange
    from hushflake.schema.plan import Operation

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
_SHOWN_DEPENDENTS = 3
_SHOWN_ITEMS = 3


def print_plan(
    planned: "Planned",
    *,
    full: bool = False,
    with_sql: bool = False,
    cost: "CostChange | None" = None,
    title: str = "Plan for stack",
) -> None:
    """Print a plan: folded unless `full` or `with_sql`, counted, coloured on a terminal."""
    plan = planned.plan
    for note in plan.notes:
        click.echo(styled("\n".join(_broken(f"note: {visible(note)}")), dim=True))
    where = f"{plan.stack} of {visible(plan.project)}"
    if not plan.operations:
        selected = " in the selected part" if planned.whole.operations else ""
        click.echo(f"Stack {where} matches its definition{selected}: nothing to do.")
        return
    click.echo(styled(f"{title} {where}", bold=True))
    if full or with_sql:
        _print_full(planned, with_sql)
    else:
        _print_folded(planned)
    click.echo(f"\n{counts(plan)}")
    if not (full or with_sql):
        click.echo(styled("--full lists every operation, --sql the statements too.", dim=True))
    if cost is not None:
        click.echo(cost_line(cost))


def cost_line(cost: "CostChange") -> str:
    """Return on one line what a plan does to the monthly cost."""
    before, after = cost.before.usd, cost.after.usd
    budget = cost.after.budget_usd
    what = f"Estimated monthly cost: ${after:,.2f}"
    if cost.items:
        sign = "+" if cost.usd >= 0 else "-"
        most = ", ".join(
            f"{item} {'+' if new >= old else '-'}${abs(new - old):,.2f}"
            for item, old, new in cost.items[:_SHOWN_ITEMS]
        )
        more = ", …" if len(cost.items) > _SHOWN_ITEMS else ""
        what += f", now ${before:,.2f} ({sign}${abs(cost.usd):,.2f}: {most}{more})"
    else:
        what += ", unchanged"
    if budget is not None:
        word = "OVER" if cost.after.over_budget else "within"
        what += f"; {word} the budget of ${budget:,.0f}"
    return what


def _print_folded(planned: "Planned") -> None:
    from hushflake.schema.fold import fold

    states = (planned.desired, planned.applied.state, planned.actual)
    folded = fold(planned.plan, *(state.resources for state in states))
    click.echo("")
    for line in folded_lines(folded):
        _print_line(line)
    if folded.whole:
        waiting = _dependents_of(planned)
        click.echo(f"\n{styled(f'Read these closely ({len(folded.whole)})', bold=True)}")
        for op in folded.whole:
            click.echo("  " + _operation(op, with_kind=True))
            _print_dependents(waiting.get(op.id, ()))


def _print_full(planned: "Planned", with_sql: bool) -> None:
    waiting = _dependents_of(planned)
    for kind, operations in grouped(planned.plan).items():
        click.echo(f"\n{styled(spoken(kind), bold=True)} ({len(operations)})")
        for op in operations:
            click.echo("  " + _operation(op))
            if with_sql or op.severity != "safe":
                _print_dependents(waiting.get(op.id, ()))
            for statement in planned.sql[op.id] if with_sql else ():
                click.echo(styled(_indented(visible(statement, keep="\n\t") + ";"), dim=True))


def _print_line(line: Line) -> None:
    text = str(line)
    head = f"{line.sign} {line.head}"
    first, *rest = _broken(text)
    coloured = styled(head, fg=_COLOURS[line.sign])
    click.echo("\n".join([first.replace(head, coloured, 1), *rest]))


def _broken(text: str, indent: str = "    ") -> list[str]:
    """Lines that fit the terminal; in a pipe, one."""
    if not sys.stdout.isatty():
        return [text]
    width = shutil.get_terminal_size().columns
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _operation(op: "Operation", *, with_kind: bool = False) -> str:
    sign = sign_of(op)
    what = f"{spoken(op.kind)} {visible(op.name)}" if with_kind else visible(op.name)
    what = f"{sign} {what}" + (f" {visible(op.part)}" if op.part else "")
    marks = []
    if op.severity != "safe":
        marks.append(styled(CLASSES.get(op.severity, op.severity), fg="red", bold=True))
    if op.cause == "drift":
        marks.append(styled("drift", fg="magenta"))
    mark = f" [{', '.join(marks)}]" if marks else ""
    reason = reason_of(op)
    return f"{styled(what, fg=_COLOURS[sign])}{mark}{' ' if reason else ''}{reason}"


def _dependents_of(planned: "Planned") -> dict[str, list[str]]:
    """For each operation the ids of those that wait for it."""
    found: dict[str, list[str]] = {}
    for op in planned.plan.operations:
        for needed in op.depends_on:
            found.setdefault(needed, []).append(op.id)
    return found


def _print_dependents(ids: Sequence[str]) -> None:
    if ids:
        names = ", ".join(visible(name) for name in some(ids, _SHOWN_DEPENDENTS))
        click.echo(styled(f"      needed by {names}", dim=True))


def _indented(text: str) -> str:
    return "\n".join("      " + line for line in text.splitlines())
