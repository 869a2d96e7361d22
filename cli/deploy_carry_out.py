"""Ask, apply with a progress line, and report: shared by apply, destroy and rollback."""

from typing import TYPE_CHECKING

from hushflake.terminal.write import say

from .deploy_options import Target, agreed
from .deploy_output import print_report, progress
from .errors import FAILURE, INTERRUPTED, OK

if TYPE_CHECKING:
    from collections.abc import Callable

    from hushflake.deploy.planning import Planned
    from hushflake.deploy.session import Session


def carry_out(
    target: Target,
    planned: "Planned",
    replan: "Callable[[Session], Planned]",
    action: str,
    yes: bool,
    jobs: int | None,
    wait: float,
) -> int:
    """Ask, apply and report; return the exit code."""
    from hushflake.deploy import executor
    from hushflake.deploy.deployment import Deployer

    local = target.planner.stack.is_local
    stack = planned.plan.stack
    if planned.plan.operations:
        say()
    if planned.plan.operations and not agreed(
        f"{action.title()} on stack {stack}?", yes=yes, local=local
    ):
        say("Nothing was done.")
        return OK
    deployer = Deployer(target.planner, target.session, jobs, wait)
    with progress(planned.plan) as on_outcome:
        report = deployer.carry_out(planned, replan, on_outcome, action)
    if planned.plan.operations:
        print_report(report)
    if report.run.complete:
        return OK
    return INTERRUPTED if report.run.stopped == executor.INTERRUPTED else FAILURE
