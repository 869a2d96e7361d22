"""`hushflake drift`: what was changed by hand since the last deployment."""

import click

from hushflake.terminal.write import say

from ..deploy_options import opened, plan_options, selection_options, stack_options
from ..errors import FINDINGS, OK
from ..output import print_json
from ..plan_output import print_plan


@click.command()
@stack_options
@selection_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@plan_options
def drift(
    stack: str,
    project: str | None,
    verbose: bool,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    full: bool,
    sql: bool,
) -> int:
    """Show what was changed by hand since the last deployment. Exits with 1 if anything was.

    Drift compares the account with what was applied last, not with the current definition, so a
    scheduled job can run it from any commit.
    """
    with opened(stack, project, verbose, compiled=True) as target:
        planned = target.planner.drift(target.session).select(targets, excludes)
    if form == "json":
        document = planned.to_plain()
        del document["format"]
        print_json("drift", **document)
    elif planned.plan.operations:
        title = "What would undo the changes made by hand on stack"
        print_plan(planned, full=full, with_sql=sql, title=title)
    else:
        selected = " in the selected part" if planned.whole.operations else ""
        say(f"Stack {stack} is as it was applied{selected}: no drift.")
    return FINDINGS if planned.plan.operations else OK
