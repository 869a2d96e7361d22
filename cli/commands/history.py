"""`hushflake history`: the deployments of a stack."""

from typing import TYPE_CHECKING, Any

import click

from hushflake.terminal.write import say, say_table

from ..deploy_options import opened, stack_options
from ..errors import OK
from ..output import print_json

if TYPE_CHECKING:
    from hushflake.deploy.journal import Deployment


@click.command()
@stack_options
@click.argument("deployment", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="Deployments to list at most.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def history(
    stack: str, project: str | None, verbose: bool, deployment: str | None, limit: int, form: str
) -> int:
    """List the deployments of a stack, newest first.

    With DEPLOYMENT, show the outcome of each of its operations.
    """
    from hushflake.deploy.history import find_deployment, outcomes_of, read_history

    with opened(stack, project, verbose) as target:
        if deployment is None:
            found = read_history(target.planner, target.session, limit)
            outcomes = []
        else:
            found = [find_deployment(target.planner, target.session, deployment)]
            outcomes = outcomes_of(target.planner, target.session, found[0])
    if form == "json":
        entries = [_plain(entry) for entry in found]
        if deployment is not None:
            entries[0]["outcomes"] = [vars(outcome) for outcome in outcomes]
        print_json("history", deployments=entries)
        return OK
    if not found:
        say(f"Stack {stack}: no deployment yet.")
        return OK
    headings = ("deployment", "action", "status", "operations", "started", "by")
    say_table(headings, [_row(entry) for entry in found], right=[3])
    if deployment is not None:
        rows = [
            (o.operation_id, o.status, f"{o.seconds or 0:.2f}", o.message or "") for o in outcomes
        ]
        say()
        say_table(("operation", "outcome", "seconds", "message"), rows, right=[2])
    return OK


def _row(entry: "Deployment") -> tuple[object, ...]:
    count = len(entry.plan.get("operations", ()))
    started = f"{entry.started_at:%Y-%m-%d %H:%M:%S %z}"
    return (entry.id, entry.action, entry.status, count, started, entry.actor or "")


def _plain(entry: "Deployment") -> dict[str, Any]:
    return {
        "id": entry.id,
        "action": entry.action,
        "status": entry.status,
        "number": entry.fence,
        "operations": len(entry.plan.get("operations", ())),
        "started_at": entry.started_at.isoformat(),
        "finished_at": entry.finished_at.isoformat() if entry.finished_at else None,
        "actor": entry.actor,
        "program": entry.program,
    }
