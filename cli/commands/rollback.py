"""`hushflake rollback`: back to the definition of an earlier deployment, as an ordinary plan."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say

from ..deploy_carry_out import carry_out
from ..deploy_options import apply_options, opened, plan_options, stack_options
from ..errors import OK
from ..plan_output import print_plan

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.deploy.session import Session


@click.command()
@click.argument("deployment")
@stack_options
@apply_options
@plan_options
def rollback(
    deployment: str,
    stack: str,
    project: str | None,
    verbose: bool,
    yes: bool,
    allow_loss: tuple[str, ...],
    jobs: int | None,
    wait: float,
    full: bool,
    sql: bool,
) -> int:
    """Return a stack to the definition of DEPLOYMENT.

    `hushflake history` lists the deployments.

    A rollback is an ordinary plan: it is shown, confirmed, and refused if it would lose data. Rows
    that a later deployment dropped do not come back with it; within the retention time,
    `UNDROP TABLE` recovers them.
    """
    from hushflake.deploy.history import definition_of, deployments_after, find_deployment
    from hushflake.deploy.selection import refuse_loss

    with opened(stack, project, verbose) as target:
        entry = find_deployment(target.planner, target.session, deployment)
        later = deployments_after(target.planner, target.session, entry)
        desired = definition_of(entry, later)

        def replan(session: "Session") -> "Planned":
            return target.planner.plan(session, desired)

        planned = replan(target.session)
        say(f"Back to deployment {entry.id} of {entry.started_at:%Y-%m-%d %H:%M %z}")
        print_plan(planned, full=full, with_sql=sql)
        if not planned.plan.operations:
            return OK
        refuse_loss(planned.plan, allow_loss)
        return carry_out(target, planned, replan, "rollback", yes, jobs, wait)
