"""`hushflake destroy`: drops what the journal says we made, and nothing else."""

import sys
from typing import TYPE_CHECKING

import click

from ..deploy_carry_out import carry_out
from ..deploy_options import Target, opened, plan_options, selection_options, stack_options
from ..errors import OK
from ..plan_output import print_plan

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.deploy.session import Session


@click.command()
@stack_options
@selection_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--confirm",
    metavar="NAME",
    help="The stack's name, typed: what a production stack wants instead of a terminal.",
)
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Statements in flight.")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS")
@plan_options
def destroy(
    stack: str,
    project: str | None,
    verbose: bool,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    yes: bool,
    confirm: str | None,
    jobs: int | None,
    wait: float,
    full: bool,
    sql: bool,
) -> int:
    """Drop everything that deployments of this project made on a stack, with its data.

    What was there before, what is protected, and what holds such things stays. A production
    stack wants its name typed.
    """
    with opened(stack, project, verbose) as target:

        def replan(session: "Session") -> "Planned":
            return target.planner.destroy_plan(session).select(targets, excludes)

        planned = replan(target.session)
        if not planned.plan.operations:
            click.echo(f"Stack {stack}: the journal names nothing of ours that is still there.")
            return OK
        print_plan(planned, full=full, with_sql=sql)
        named = _name_was_typed(target, confirm)
        return carry_out(target, planned, replan, "destroy", yes or named, jobs, wait)


def _name_was_typed(target: Target, confirm: str | None) -> bool:
    """Make sure that a production stack is meant.

    Raises:
        click.UsageError: Its name was not typed.
    """
    name = target.planner.stack.name
    if confirm == name:
        return True
    if confirm is None and not target.planner.settings.production:
        return False
    if confirm is None and sys.stdin.isatty() and sys.stdout.isatty():
        confirm = click.prompt(f"{name} is a production stack. Type its name to destroy it")
    if confirm != name:
        raise click.UsageError(
            f"{name} is a production stack: nothing was done; say --confirm {name} if it is meant"
        )
    return True
