"""`hushflake doctor`: whether an account has what the plan of a stack needs."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from ..deploy_options import opened, planner_of, stack_options
from ..errors import FINDINGS, OK
from ..knowledge_options import format_option
from ..output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hushflake.deploy.readiness import Check

_COLOURS = {"ok": "green", "missing": "red", "unknown": "yellow"}
_DEPLOYER = "HUSHFLAKE_DEPLOYER"


@click.command()
@stack_options
@click.option(
    "--offline", is_flag=True, help="List what an empty account needs, without a connection."
)
@click.option(
    "--role",
    metavar="ROLE",
    help="The deploying role that the remedies name. [default: the role of the connection]",
)
@format_option("text", "json")
def doctor(
    stack: str, project: str | None, verbose: bool, offline: bool, role: str | None, form: str
) -> int:
    """Check whether an account is ready for the plan of a stack.

    Reads the role, its privileges and the settings that matter, and prints what is missing with
    the statements that an administrator would run. It changes nothing. Exits with 1 if something
    is missing.
    """
    from hushflake.deploy.needs import needs_of
    from hushflake.deploy.preflight import read_held
    from hushflake.deploy.readiness import checks
    from hushflake.schema.names import Identifier
    from hushflake.schema.planner import make_plan
    from hushflake.schema.state import State

    if offline:
        planner = planner_of(stack, project)
        desired = planner.desired()
        needs = needs_of(make_plan(desired, State()), desired.resources, {})
        named = str(Identifier.parse(role or _role_of(planner.stack.connection)))
        found = list(checks(planner.stack, needs, desired, named, None, None))
    else:
        with opened(stack, project, verbose, compiled=True) as target:
            planned = target.planner.plan(target.session)
            needs = needs_of(planned.plan, planned.desired.resources, planned.actual.resources)
            held = read_held(target.session)
            named = str(Identifier.parse(role) if role else Identifier(held.role))
            own = target.planner.stack
            found = list(checks(own, needs, planned.desired, named, target.session, held))
    missing = [item for item in found if item.state == "missing"]
    if form == "json":
        listed = [
            {"name": c.name, "state": c.state, "detail": c.detail, "remedy": c.remedy}
            for c in found
        ]
        print_json("doctor", stack=stack, role=named, missing=len(missing), checks=listed)
    else:
        _print(found, missing, offline)
    return FINDINGS if missing else OK


def _role_of(connection: object) -> str:
    return str(connection.get("role") or _DEPLOYER) if isinstance(connection, dict) else _DEPLOYER


def _print(found: "Sequence[Check]", missing: "Sequence[Check]", offline: bool) -> None:
    rows = [
        (styled(item.state, fg=_COLOURS.get(item.state, "blue")), item.name, item.detail)
        for item in found
    ]
    say_table(("", "what", "details"), rows)
    wanted = [item for item in found if item.remedy and (offline or item.state != "ok")]
    statements = [item.remedy for item in wanted if item.remedy.startswith("GRANT ")]
    if statements:
        say()
        say("An administrator can run:")
        for statement in dict.fromkeys(statements):
            say(f"  {statement}")
    say()
    if offline:
        say("Nothing was asked: this is what an empty account needs.")
    elif missing:
        count = f"{len(missing)} thing{'s are' if len(missing) > 1 else ' is'} missing."
        say(styled(count, fg="red", bold=True))
    else:
        say(styled("Nothing that could be read is missing.", fg="green"))
