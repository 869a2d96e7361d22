"""What comes of a plan: a progress bar, and the report."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from hushflake.terminal.escape import visible

from .output import styled
from .plan_text import counted, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hushflake.deploy.deployment import OnOutcome, Report
    from hushflake.deploy.journal import Outcome
    from hushflake.schema.plan import Plan

_SHOWN_SKIPPED = 3


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
    click.echo(f"{counted(done, 'operation')} done. Deployment {report.deployment_id}.")
    if run.complete:
        return
    click.echo("")
    for status, words, colour in (
        ("failed", "failed", "red"),
        ("unknown", "got no answer and may have run", "yellow"),
    ):
        for key in run.ids(status):
            what = styled(f"{visible(key)} {words}", fg=colour)
            click.echo(f"{what}: {visible(run.outcomes[key].message or '')}")
    skipped = run.ids("skipped")
    if skipped:
        names = ", ".join(visible(name) for name in some(skipped, _SHOWN_SKIPPED))
        click.echo(f"{counted(len(skipped), 'operation')} not sent: {names}")
    if run.stopped:
        click.echo(f"Stopped: {run.stopped}.")
    if not report.journal_complete:
        click.echo("Some outcomes could not be written to the journal.")
    click.echo("Run the command again: it reads the account first, and does what is left.")
