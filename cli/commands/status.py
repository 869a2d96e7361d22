"""`hushflake status`: whether a stack keeps its promises."""

from typing import TYPE_CHECKING

import click

from ..deploy_options import stack_options
from ..errors import FINDINGS, OK
from ..knowledge_options import format_option, opened_base
from ..output import print_json, styled, table

if TYPE_CHECKING:
    from hushflake.knowledge.status import Status

_WIDEST = 80  # characters of a cell; what is longer stands below the table


@click.command()
@stack_options
@click.option(
    "--probe",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Measure N searches now. [default: the latest 200 are looked at]",
)
@click.option("--drift/--no-drift", default=True, help="Look for changes by hand, too.")
@format_option("text", "json", "prometheus")
def status(
    stack: str, project: str | None, verbose: bool, probe: int, drift: bool, form: str
) -> int:
    """Tell whether a stack keeps its promises. Exits 1 when one is broken.

    Promised are: every row has its vector, none waits longer than 5 minutes for it or for the
    sync, no task failed in the last day, 95 of 100 searches take less than 200 ms, the last
    deployment went through, and nothing was changed by hand.
    """
    from hushflake.knowledge.status import prometheus
    from hushflake.knowledge.status import status as look

    with opened_base(stack, project, verbose) as base:
        found = look(base, probe=probe, drift=drift)
    if form == "prometheus":
        click.echo(prometheus(found), nl=False)
    elif form == "json":
        _print_json(found)
    else:
        _print_text(found)
    return FINDINGS if found.broken else OK


def _print_text(found: "Status") -> None:
    rows, long = [], []
    for item in found.findings:
        mark = styled("broken", fg="red", bold=True) if item.broken else ""
        name, text = item.name.replace("_", " "), item.text
        if len(text) > _WIDEST:
            long.append(f"{name}: {text}")
            text = "see below"
        rows.append((name, item.of, text, item.limit, mark))
    click.echo(table(("what", "of", "is", "promised", ""), rows))
    for line in long:
        click.echo(line)
    for note in found.notes:
        click.echo(f"could not look: {note}", err=True)
    count = len(found.broken)
    if count:
        click.echo(styled(f"{count} promise{'s' * (count != 1)} broken", fg="red", bold=True))
    else:
        click.echo(styled("Every promise is kept.", fg="green"))


def _print_json(found: "Status") -> None:
    print_json(
        "status",
        stack=found.stack,
        at=found.at.isoformat(),
        broken=len(found.broken),
        findings=[vars(item) for item in found.findings],
        notes=list(found.notes),
    )
