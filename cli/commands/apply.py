"""`hushflake apply`: shows the plan, asks, and carries it out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..deploy_carry_out import carry_out
from ..deploy_options import (
    apply_options,
    opened,
    plan_options,
    selection_options,
    stack_options,
    take_over_option,
)
from ..errors import OK
from ..plan_output import print_plan

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned, Planner
    from hushflake.deploy.session import Session


@click.command()
@click.argument(
    "saved", metavar="[PLAN.JSON]", required=False, type=click.Path(path_type=Path, dir_okay=False)
)
@stack_options
@selection_options
@take_over_option
@apply_options
@plan_options
@click.option(
    "--skip-preflight",
    is_flag=True,
    help="Do not check first whether the role has the privileges that the plan needs.",
)
def apply(
    saved: Path | None,
    stack: str,
    project: str | None,
    verbose: bool,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    take_over: tuple[str, ...],
    yes: bool,
    allow_loss: tuple[str, ...],
    skip_preflight: bool,
    jobs: int | None,
    wait: float,
    full: bool,
    sql: bool,
) -> int:
    """Make a stack match its definition.

    Shows the plan and asks; without a terminal it needs --yes, except on a local stack. With
    PLAN.JSON (from `plan --output`) it applies exactly that plan, and refuses if the account or the
    definition has changed since.
    """
    from hushflake.deploy.needs import needs_of
    from hushflake.deploy.plan_checks import read_rules, refuse_violations, violations
    from hushflake.deploy.planning import approve_saved, read_plan_file
    from hushflake.deploy.preflight import check
    from hushflake.deploy.reembedding import with_estimates
    from hushflake.deploy.selection import refuse_loss
    from hushflake.schema.cost_change import cost_change

    if saved is not None and (targets or excludes or take_over):
        raise click.UsageError(
            "a saved plan is applied whole: leave out --target, --exclude and --take-over"
        )
    document = read_plan_file(saved) if saved is not None else None

    def replan(planner: "Planner", session: "Session") -> "Planned":
        planned = planner.plan(session)
        if document is not None:
            return approve_saved(*document, planned)
        return planned.select(targets, excludes)

    with opened(stack, project, verbose, compiled=True) as target:
        target.planner.take_over = take_over
        if document is not None:
            target.planner.taken = frozenset(op.id for op in document[0].operations)
        planned = replan(target.planner, target.session)
        own = target.planner.stack
        cost = cost_change(own, planned.plan, planned.desired, planned.actual)
        print_plan(with_estimates(planned, own, target.session), full=full, with_sql=sql, cost=cost)
        if not planned.plan.operations and planned.records_nothing_new:
            return OK
        rules = read_rules(target.planner.project)
        refuse_violations(violations(rules, planned.plan, cost))
        refuse_loss(planned.plan, allow_loss)
        if not skip_preflight:
            needs = needs_of(planned.plan, planned.desired.resources, planned.actual.resources)
            check(target.session, needs)
        return carry_out(
            target,
            planned,
            lambda session: replan(target.planner, session),
            "apply",
            yes,
            jobs,
            wait,
        )
