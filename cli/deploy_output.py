"""What comes of a plan: a progress line, and the report."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hushflake.terminal.progress import progress as progress_line
from hushflake.terminal.text import styled
from hushflake.terminal.write import say

from .plan_text import counted, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hushflake.deploy.deployment import OnOutcome, Report
    from hushflake.deploy.journal import Outcome
    from hushflake.schema.plan import Plan

_SHOWN_SKIPPED = 3


@contextmanager
def progress(plan: "Plan") -> "Iterator[OnOutcome]":
    """Show how many operations are done on a terminal; in a pipe, nothing."""
    with progress_line("Applying") as line:
        done = bad = 0

        def ended(outcome: "Outcome") -> None:
            nonlocal done, bad
            done += 1
            bad += outcome.status != "done"
            line.update(done, len(plan.operations), f"{bad} not done" if bad else "")

        yield ended


def print_report(report: "Report") -> None:
    """Say what was done, what was not, and how to go on."""
    run = report.run
    done = len(run.ids("done"))
    say(f"{counted(done, 'operation')} done. Deployment {report.deployment_id}.")
    if run.complete:
        return
    say()
    for status, words, colour in (
        ("failed", "failed", "red"),
        ("unknown", "got no answer and may have run", "yellow"),
    ):
        for key in run.ids(status):
            say(styled(f"{key} {words}", fg=colour), f": {run.outcomes[key].message}")
    skipped = run.ids("skipped")
    if skipped:
        names = ", ".join(some(skipped, _SHOWN_SKIPPED))
        say(f"{counted(len(skipped), 'operation')} not sent: {names}")
    if run.stopped:
        say(f"Stopped: {run.stopped}.")
    if not report.journal_complete:
        say("Some outcomes could not be written to the journal.")
    say("Run the command again: it reads the account first, and does what is left.")
