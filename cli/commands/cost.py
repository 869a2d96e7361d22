"""`hushflake cost`: what a stack costs per month, and whether that is within its budget."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_table

from ..completing import stacks
from ..errors import FINDINGS, OK
from ..knowledge_options import format_option
from ..output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hushflake.schema.cost import Estimate, Line


@click.command()
@click.option(
    "--stack",
    metavar="NAME",
    default="local",
    show_default=True,
    help="A stack of the project: stacks/NAME.yaml.",
    shell_complete=stacks,
)
@click.option(
    "--project",
    metavar="DIR",
    help="The schema project; `foundation` is the shipped one. [default: this folder or the "
    "nearest parent with hushflake.yaml]",
)
@click.option(
    "--check", is_flag=True, help="Exit with 1 if the estimate is over the stack's budget."
)
@format_option("text", "json")
def cost(stack: str, project: str | None, check: bool, form: str) -> int:
    """Estimate the monthly cost of a stack.

    The estimate is computed from the declared sizes and schedules and from `expected_use` in the
    stack's file, with the prices that come with the package. It connects to no account. A local
    stack costs nothing: for it, the estimate is what the same project would cost in an account.
    """
    from hushflake.schema.compile import compile_stack, load_stack
    from hushflake.schema.cost import estimate
    from hushflake.schema.project import find_project

    found = find_project(Path.cwd(), project)
    settings = load_stack(found, stack)
    desired = compile_stack(found, settings)
    counted = estimate(settings, desired.resources, desired.entities.values())
    if form == "json":
        _print_json(counted, settings.is_local)
    else:
        _print_text(counted, settings.is_local)
    return FINDINGS if check and counted.over_budget else OK


def _print_text(counted: "Estimate", local: bool) -> None:
    rows = [_row(some) for some in _together(counted.lines)]
    say_table(("item", "counted as", "credits", "USD per month"), rows, right=(2, 3))
    amount = f"${counted.usd:,.2f} per month"
    if local:
        say(
            "A local stack costs nothing. In a Snowflake account the same project would cost ",
            styled(amount, bold=True),
            ".",
            indent=0,
        )
    else:
        say(f"Stack {counted.stack}: ", styled(amount, bold=True))
    if counted.budget_usd is not None:
        word = styled("over", fg="red", bold=True) if counted.over_budget else "within"
        say(
            "This is ",
            word,
            f" the budget of ${counted.budget_usd:,.0f}, which buys {counted.quota:,} warehouse "
            "credits.",
        )
    for note in counted.notes:
        say(f"note: {note}")
    say(styled(f"Prices as of {counted.as_of}. An upper estimate, not a bill.", dim=True))


def _together(lines: "Iterable[Line]") -> "Iterator[list[Line]]":
    """Neighbours that are counted alike share a line: the refreshes of many search services."""
    for _, some in groupby(lines, key=lambda line: (line.detail, line.currency, line.usd)):
        yield list(some)


def _row(some: "list[Line]") -> tuple[str, ...]:
    first = some[0]
    item = first.item if len(some) == 1 else f"{first.item} and {len(some) - 1} more"
    spent = sum(line.credits for line in some)
    return (
        item,
        first.detail,
        _amount(spent, first.currency),
        f"{sum(line.usd for line in some):,.2f}",
    )


def _amount(spent: float, currency: str) -> str:
    if currency == "USD":
        return ""
    return f"{spent:,.2f}" + (" AI" if currency == "AI credits" else "")


def _print_json(counted: "Estimate", local: bool) -> None:
    print_json(
        "cost",
        stack=counted.stack,
        local=local,
        usd_a_month=round(counted.usd, 2),
        budget_usd=counted.budget_usd,
        over_budget=counted.over_budget,
        quota_credits=counted.quota,
        prices_as_of=counted.as_of,
        lines=[
            {
                "item": line.item,
                "detail": line.detail,
                "currency": line.currency,
                "credits": round(line.credits, 4),
                "usd": round(line.usd, 2),
            }
            for line in counted.lines
        ],
        notes=list(counted.notes),
    )
