"""`hushflake adopt`: writes definitions of what an account has."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say

from ..deploy_options import Target, agreed, opened, planner_of, stack_options
from ..errors import OK
from ..output import confirmed
from ..plan_text import counted, spoken

if TYPE_CHECKING:
    from hushflake.deploy.adopting import Adoption


@click.command()
@stack_options
@click.option(
    "--schema", "schemas", multiple=True, metavar="NAME", help="Only this schema. Repeatable."
)
@click.option(
    "--like", metavar="PATTERN", help="Only objects whose names match, as in LIKE: 'CUSTOMER%'."
)
@click.option(
    "--entities",
    type=click.Choice(["ask", "yes", "no"]),
    default="ask",
    show_default=True,
    help="Write tables that look as entities make them as entities. Without a terminal: yes.",
)
@click.option("--no-record", is_flag=True, help="Do not record the objects in the journal.")
@click.option("--yes", is_flag=True, help="Write the files without asking.")
def adopt(
    stack: str,
    project: str | None,
    verbose: bool,
    schemas: tuple[str, ...],
    like: str | None,
    entities: str,
    no_record: bool,
    yes: bool,
) -> int:
    """Write definitions of what a stack's database holds.

    Also of the warehouses, roles and grants that belong to it.
    No object of the account is changed. The objects are recorded in the journal as found: they are
    never dropped by this stack, and the plan afterwards is empty. What no definition can say is
    listed with its reason.
    """
    from hushflake.deploy import adopting
    from hushflake.deploy.adoptable import Chosen
    from hushflake.schema.names import Identifier

    def as_entities(names: Sequence[str]) -> bool:
        if entities != "ask":
            return entities == "yes"
        few = ", ".join(name.rpartition(".")[2] for name in names[:8])
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        asks = sys.stdin.isatty() and sys.stdout.isatty() and not yes
        return confirmed(f"Write {few}{more} as entities?") if asks else True

    if planner_of(stack, project, quiet=True).project.is_shipped:
        raise click.UsageError(
            "adopt writes files: make a project first, hushflake schema init DIR"
        )
    with opened(stack, project, verbose) as target:
        planner = target.planner
        chosen = Chosen(tuple(Identifier.parse(name).text for name in schemas), like)
        found = adopting.adopt(planner, target.session, chosen, as_entities)
        _tell(found)
        if not found.definitions:
            say("Nothing to adopt.")
            return OK
        number = counted(len(found.definitions), "definition")
        question = f"Write {number} to {planner.project.root}?"
        if not agreed(question, yes=yes, local=planner.stack.is_local):
            say("Nothing was done.")
            return OK
        for path in adopting.write(found, planner.project):
            say(f"wrote {path}")
        if not no_record:
            _record(target)
    return OK


def _tell(found: "Adoption") -> None:
    counts: dict[str, int] = {}
    for key in found.definitions:
        counts[key.kind] = counts.get(key.kind, 0) + 1
    words = ", ".join(counted(count, spoken(kind)) for kind, count in sorted(counts.items()))
    if words:
        say(f"{counted(len(found.definitions), 'definition')}: {words}")
    for key, reason in sorted(found.left.items()):
        say(f"not expressed: {key}: {reason}")


def _record(target: Target) -> None:
    """Write the journal, and say what is left to do."""
    from hushflake.deploy.adopting import as_found
    from hushflake.deploy.deployment import Deployer
    from hushflake.deploy.planning import Planner

    planner = Planner(target.planner.project, target.planner.stack)
    planned = as_found(planner, target.session)
    Deployer(planner, target.session).carry_out(
        planned, lambda session: as_found(planner, session), lambda _: None, "adopt"
    )
    after = planner.plan(target.session).plan
    say(
        "Recorded in the journal. The plan is empty."
        if not after.operations
        else f"Recorded in the journal. {len(after.operations)} operations are planned."
    )
