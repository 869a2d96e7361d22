"""`hushflake check`: the lint rules without flake8."""

from typing import Any

import click

from ..check_line import OPTIONS, Option, run


def _declared(option: Option) -> Any:
    """Return the decorator of click that an option of `check_line` stands for."""
    kind: Any = click.Choice(option.choices) if option.choices else None
    if option.field == "jobs":
        kind = click.IntRange(0)
    more: dict[str, Any] = {"flag_value": ""} if option.optional else {}
    return click.option(
        option.flag,
        option.field,
        type=kind,
        is_flag=not option.metavar and not option.choices,
        multiple=option.many,
        metavar=f"[{option.metavar}]" if option.optional else option.metavar or None,
        default=() if option.many else option.default,
        show_default=option.default is not None,
        help=option.help,
        **more,
    )


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
def check(**values: Any) -> int:
    """Check Python and configuration files for environment reads and hard-coded secrets.

    PATH is a file or a folder, by default the current folder; - is source on standard input.
    CODES are rules or their beginnings, separated by commas: HSF301, HSF1, ALL. `hushflake rule
    CODE` explains a rule. The documentation describes settings, and comments that silence a line.
    """
    return run(values)


for _option in OPTIONS:
    check = _declared(_option)(check)
