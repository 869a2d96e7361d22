"""`hushflake rule`: explains a rule of `check` and of the flake8 plugin."""

from typing import TYPE_CHECKING

import click

from ..completing import rules
from ..errors import OK
from ..output import print_json, styled

if TYPE_CHECKING:
    from hushflake.lint_plugin.explain import Explanation


@click.command()
@click.argument("code", required=False, shell_complete=rules)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print it.",
    show_default=True,
)
def rule(code: str | None, form: str) -> int:
    """Explain a rule, or list all of them.

    CODE is a code that `check` reports, such as HSF301.
    """
    from hushflake.lint_plugin import registry
    from hushflake.lint_plugin.explain import explain

    explained = [explain(each) for each in ([code] if code else registry.known_codes())]
    if form == "json":
        print_json("rule", rules=[each._asdict() for each in explained])
    elif code:
        _print(explained[0])
    else:
        for each in explained:
            click.echo(f"{styled(each.code, bold=True)}  {each.title}")
    return OK


def _print(found: "Explanation") -> None:
    click.echo(f"{styled(found.code, bold=True)}  {styled(found.title, bold=True)}\n")
    click.echo(found.text)
    for heading, source in (("Reported:", found.reported), ("Not reported:", found.not_reported)):
        if source:
            click.echo(f"\n{styled(heading, bold=True)}\n")
            click.echo("\n".join(f"    {line}".rstrip() for line in source.split("\n")))
    state = "on" if found.default else f"off; --extend-select {found.code} turns it on"
    click.echo(f"\nBy default: {state}.")
    if found.fixable:
        click.echo("Fix: hushflake codemod --write rewrites most of these places.")
    click.echo(f"Ignore one line: # hushflake: ignore[{found.code}] reason")
    click.echo(f"More: {found.url}")
