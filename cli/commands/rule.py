"""`hushflake rule`: explains a rule of `check` and of the flake8 plugin."""

from typing import TYPE_CHECKING

import click

from hushflake.terminal.text import styled
from hushflake.terminal.write import say, say_block

from ..completing import rules
from ..errors import OK
from ..output import print_json

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
@click.option(
    "--explain",
    "place",
    metavar="FILE:LINE",
    help="Say why the literals of a line are taken for secrets, or are not. Shows no value.",
)
def rule(code: str | None, form: str, place: str | None) -> int:
    """Explain a rule, or list all of them.

    CODE is a code that `check` reports, such as HSF301.
    """
    if place is not None:
        return _explain(place, form)
    from hushflake.lint_plugin import registry
    from hushflake.lint_plugin.explain import explain

    explained = [explain(each) for each in ([code] if code else registry.known_codes())]
    if form == "json":
        print_json("rule", rules=[each._asdict() for each in explained])
    elif code:
        _print(explained[0])
    else:
        for each in explained:
            say(styled(each.code, bold=True), "  ", each.title)
    return OK


def _explain(place: str, form: str) -> int:
    from hushflake.lint_plugin.credentials.model import REPORTED
    from hushflake.lint_plugin.errors import SettingsError
    from hushflake.lint_plugin.reading import read
    from hushflake.lint_plugin.settings import load
    from hushflake.lint_plugin.why import why

    path, _, line = place.rpartition(":")
    if not path or not line.isdecimal() or int(line) < 1:
        raise SettingsError(f"{place}: is not a place; write FILE:LINE, such as app/settings.py:12")
    try:
        data = read(path)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; name a file that can be read") from error
    found = why(data, path, int(line), load([path]))
    if form == "json":
        print_json("rule", literals=[each._asdict() for each in found])
        return OK
    if not found:
        say(f"{place}: this line has no literal that is bound to a name")
    for each in found:
        say(styled(each.name, bold=True), f"  a literal is {each.how} it")
        say(f"  the name says: {each.kind}")
        say(f"  verdict: {each.verdict}")
        say(f"  the model: {each.odds:+.1f}; above +{REPORTED} it reports. Most of it:")
        for feature, weight in each.weights:
            say(f"    {weight:+.2f}  {feature}", fit=False)
    return OK


def _print(found: "Explanation") -> None:
    say(styled(found.code, bold=True), "  ", styled(found.title, bold=True))
    say()
    say_block(found.text)
    for heading, source in (("Reported:", found.reported), ("Not reported:", found.not_reported)):
        if source:
            say()
            say(styled(heading, bold=True))
            say()
            say_block(source, indent="    ")
    say()
    from hushflake.lint_plugin.registry import NEVER_SILENT

    state = "on" if found.default else f"off; --extend-select {found.code} turns it on"
    say(f"By default: {state}.")
    if found.fixable:
        say("Fix: hushflake codemod --write rewrites most of these places.")
    if found.code not in NEVER_SILENT:
        say(f"Ignore one line: # hushflake: ignore[{found.code}] reason", fit=False)
    say(f"More: {found.url}", fit=False)
