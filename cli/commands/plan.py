"""`hushflake plan`: shows what apply would do, and does nothing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import put, put_json, say

from ..deploy_options import (
    opened,
    plan_options,
    planner_of,
    selection_options,
    stack_options,
    take_over_option,
)
from ..errors import FINDINGS, OK
from ..plan_markdown import markdown
from ..plan_output import print_plan
from ..renamed import output_option

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned, Planner


@click.command()
@stack_options
@selection_options
@take_over_option
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Plan against a snapshot from `hushflake capture`; connects to no account.",
)
@output_option("Also save the plan, for `hushflake apply FILE`.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if changes are pending.")
@click.option(
    "--comment",
    is_flag=True,
    help="In a CI job of GitHub or GitLab: keep the plan as a comment of the pull request.",
)
@plan_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
def plan(
    stack: str,
    project: str | None,
    verbose: bool,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    take_over: tuple[str, ...],
    against: Path | None,
    out: Path | None,
    exit_code: bool,
    comment: bool,
    full: bool,
    sql: bool,
    form: str,
) -> int:
    """Show what apply would do to a stack.

    The plan compares the definition, the account and what was applied last. This is how it
    distinguishes your changes from those made by hand. It changes nothing. Exits with 1 if a rule
    of the project (checks/*.yaml) refuses the plan.
    """
    from hushflake.deploy.ci.comments import keep_comment, service_of_job
    from hushflake.deploy.files import write_document
    from hushflake.deploy.plan_checks import read_rules, violations
    from hushflake.schema.cost_change import cost_change

    # What is missing for the comment is said before the account is asked.
    service = service_of_job() if comment else None
    planner, planned = _planned(stack, project, verbose, against, take_over)
    planned = planned.select(targets, excludes)
    cost = cost_change(planner.stack, planned.plan, planned.desired, planned.actual)
    refused = list(violations(read_rules(planner.project), planned.plan, cost))
    if out is not None:
        write_document(out, planned.to_plain())
    if form == "json":
        document = planned.to_plain() | {
            "cost": cost.to_plain() if cost is not None else None,
            "refused": [
                {"what": v.what, "rule": v.rule.name, "owner": v.rule.owner} for v in refused
            ],
        }
        put_json(json.dumps(document, indent=2, ensure_ascii=False))
    elif form == "markdown":
        put(markdown(planned, cost, [str(item) for item in refused]) + "\n")
    else:
        print_plan(planned, full=full, with_sql=sql, cost=cost)
        for item in refused:
            say(styled(str(item), fg="red"))
    if service is not None:
        text = markdown(planned, cost, [str(item) for item in refused])
        what = keep_comment(service, (planned.plan.project, planned.plan.stack), text)
        say(f"{service.name}: comment {what}", err=True)
    return FINDINGS if refused or (exit_code and planned.plan.operations) else OK


def _planned(
    stack: str,
    project: str | None,
    verbose: bool,
    against: Path | None,
    take_over: tuple[str, ...],
) -> "tuple[Planner, Planned]":
    from hushflake.deploy.reembedding import with_estimates

    if against is None:
        with opened(stack, project, verbose, compiled=True) as target:
            target.planner.take_over = take_over
            planned = target.planner.plan(target.session)
            estimated = with_estimates(planned, target.planner.stack, target.session)
            return target.planner, estimated
    from hushflake.deploy.snapshot import read_snapshot

    actual, applied = read_snapshot(against)
    planner = planner_of(stack, project)
    planner.take_over = take_over
    desired = planner.desired()
    seen = planner.view(actual, desired, applied)
    planned = planner.compare(desired, seen, applied.settle(seen))
    return planner, with_estimates(planned, planner.stack, None)
