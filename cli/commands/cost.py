"""`hushflake cost`: what a stack costs a month, and whether that is within its budget."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import FINDINGS, OK
from ..knowledge_options import format_option
from ..output import print_json, styled, table

if TYPE_CHECKING:
    from hushflake.schema.cost import Estimate


@click.command()
@click.option("--stack", metavar="NAME", default="local", show_default=True, help="A stack of it.")
@click.option(
    "--project", metavar="DIR", help="The schema project; `foundation` is the shipped one."
)
@click.option("--check", is_flag=True, help="Exit 1 when the estimate is over the stack's budget.")
@format_option("text", "json")
def cost(stack: str, project: str | None, check: bool, form: str) -> int:
    """Estimate what a stack costs a month.

    Counted from the sizes and schedules that are declared and from `expected_use` of the stack's
    file, with the prices that come with the package. No account is asked.
    """
    from hushflake.schema.compile import compile_stack, load_stack
    from hushflake.schema.cost import estimate
    from hushflake.schema.project import find_project

    found = find_project(Path.cwd(), project)
    settings = load_stack(found, stack)
    desired = compile_stack(found, settings)
    counted = estimate(settings, desired.resources, desired.entities.values())
    if form == "json":
        _print_json(counted)
    else:
        _print_text(counted)
    return FINDINGS if check and counted.over_budget else OK


def _print_text(counted: "Estimate") -> None:
    rows = [
        (line.item, line.detail, _amount(line.credits, line.currency), f"{line.usd:.2f}")
        for line in counted.lines
    ]
    click.echo(table(("item", "counted as", "credits", "USD a month"), rows, right=(2, 3)))
    click.echo(styled(f"Stack {counted.stack}: ${counted.usd:.2f} a month", bold=True))
    if counted.budget_usd is not None:
        word = styled("over", fg="red", bold=True) if counted.over_budget else "within"
        click.echo(
            f"This is {word} the budget of ${counted.budget_usd:.0f}; "
            f"it buys {counted.quota} credits for the warehouses."
        )
    for note in counted.notes:
        click.echo(f"note: {note}")
    click.echo(styled(f"Prices as of {counted.as_of}; an upper figure, not a bill.", dim=True))


def _amount(spent: float, currency: str) -> str:
    if currency == "USD":
        return ""
    return f"{spent:.2f}" + (" AI" if currency == "AI credits" else "")


def _print_json(counted: "Estimate") -> None:
    print_json(
        "cost",
        stack=counted.stack,
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
