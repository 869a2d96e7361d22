"""`hushflake status`: whether a stack meets its targets."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import put, say, say_table

from ..deploy_options import stack_options
from ..errors import FINDINGS, OK
from ..knowledge_options import format_option, opened_base
from ..output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hushflake.knowledge.status import Finding, Status

_WIDEST = 80  # characters of a result; what is longer is printed below the table
_FOLDED = 3  # more entities than this with the same finding share a line


@click.command()
@stack_options
@click.option(
    "--probe",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Run and measure N searches now. [default: the latest 200 are used]",
)
@click.option("--drift/--no-drift", default=True, help="Whether to look for changes made by hand.")
@format_option("text", "json", "prometheus")
def status(
    stack: str, project: str | None, verbose: bool, probe: int, drift: bool, form: str
) -> int:
    """Check a stack against its targets (coverage, lag, latency, drift).

    The targets: every row has its vector, no row waits longer than 5 minutes for its vector or for
    the sync, no task failed in the last day, 95 % of searches take less than 200 ms, the last
    deployment succeeded, and nothing was changed by hand. Exits with 1 if one is missed.
    """
    from hushflake.knowledge.status import prometheus
    from hushflake.knowledge.status import status as look

    with opened_base(stack, project, verbose) as base:
        found = look(base, probe=probe, drift=drift)
    if form == "prometheus":
        put(prometheus(found))
    elif form == "json":
        _print_json(found)
    else:
        _print_text(found)
    return FINDINGS if found.broken else OK


def _print_text(found: "Status") -> None:
    rows, long = [], []
    for some in _together(found.findings):
        what, of, result, *others = _row(some)
        if len(str(result)) > _WIDEST:
            long.append(f"{what}: {result}")
            result = "see below"
        rows.append((what, of, result, *others))
    say_table(("check", "of", "result", "target", ""), rows)
    for line in long:
        say(line)
    for note in found.notes:
        say(f"not checked: {note}", err=True)
    count = len(found.broken)
    if count:
        say(styled(f"{count} target{'s' * (count != 1)} missed", fg="red", bold=True))
    else:
        say(styled("All targets are met.", fg="green"))


def _together(findings: "Sequence[Finding]") -> "Iterator[list[Finding]]":
    """Findings that are shown on one line: the same of many entities; percentiles of too few."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for number, item in enumerate(findings):
        alone = number if item.broken else -1
        place = (item.name, _short(item.text), item.limit if item.judged else "", alone)
        groups.setdefault(place, []).append(item)
    for some in groups.values():
        if len(some) > _FOLDED or not some[0].judged:
            yield some
        else:
            yield from ([item] for item in some)


def _row(some: "list[Finding]") -> tuple[object, ...]:
    first = some[0]
    of, text = first.of, first.text
    if len(some) > 1:
        of = f"{len(some)} entities" if first.judged else ""
        text = _short(text)
    limit = next((item.limit for item in some if item.limit), "")
    mark = styled("missed", fg="red", bold=True) if first.broken else ""
    name = first.name
    for unit in ("_seconds", "_percent", "_failed"):  # the result beside it says these
        name = name.removesuffix(unit)
    return (name.replace("_", " "), of, text, limit, mark)


def _short(text: str) -> str:
    """A result without what stands in brackets behind it."""
    return text.partition(" (")[0]


def _print_json(found: "Status") -> None:
    print_json(
        "status",
        stack=found.stack,
        at=found.at.isoformat(),
        broken=len(found.broken),
        findings=[vars(item) for item in found.findings],
        notes=list(found.notes),
    )
