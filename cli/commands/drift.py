"""`hushflake drift`: what was changed by hand since the last deployment."""

import click

from ..deploy_options import opened, selection_options, stack_options
from ..deploy_output import print_plan
from ..errors import FINDINGS, OK
from ..output import print_json


@click.command()
@stack_options
@selection_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--sql", is_flag=True, help="Show the statements that would put it back.")
def drift(
    stack: str,
    project: str | None,
    verbose: bool,
    targets: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    sql: bool,
) -> int:
    """Show what was changed by hand since the last deployment. Exits 1 when there is any.

    Compares the account with what was applied last, whatever the definitions say today, so that
    a schedule can run it from any commit.
    """
    with opened(stack, project, verbose) as target:
        planned = target.planner.drift(target.session).select(targets, excludes)
    if form == "json":
        document = planned.to_plain()
        del document["format"]
        print_json("drift", **document)
    elif planned.plan.operations:
        print_plan(planned, with_sql=sql, title="What would undo the changes by hand on stack")
    else:
        selected = " in what was selected" if planned.whole.operations else ""
        click.echo(f"Stack {stack} is as it was applied{selected}: no drift.")
    return FINDINGS if planned.plan.operations else OK
