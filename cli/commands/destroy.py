"""`hushflake destroy`: drops what the journal says we made, and nothing else."""

import sys
from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say

from ..deploy_carry_out import carry_out
from ..deploy_options import Target, opened, plan_options, selection_options, stack_options
from ..errors import OK
from ..output import asked
from ..plan_output import print_plan

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.deploy.session import Session


@click.command()
@stack_options
@selection_options
@click.option("--yes", is_flag=True, help="Destroy without asking.")
@click.option(
    "--confirm",
    metavar="NAME",
    help="The stack's name. Confirms that a production stack is meant, without a terminal.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), metavar="N", help="How many statements run at once."
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait while another deployment holds the stack. [default: 0]",
)
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
    """Drop everything that deployments of this project created on a stack, with its data.

    Objects that existed before, protected objects, and the schemas and databases that hold any of
    these stay. A production stack asks for its name.
    """
    with opened(stack, project, verbose) as target:

        def replan(session: "Session") -> "Planned":
            return target.planner.destroy_plan(session).select(targets, excludes)

        planned = replan(target.session)
        if not planned.plan.operations:
            say(f"Stack {stack}: nothing that this project deployed is left.")
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
        confirm = asked(f"{name} is a production stack. Type its name to destroy it")
    if confirm != name:
        raise click.UsageError(
            f"{name} is a production stack and its name was not confirmed: nothing was done. "
            f"To destroy it, add --confirm {name}"
        )
    return True
