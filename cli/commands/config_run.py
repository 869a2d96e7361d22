"""`hushflake config run`: a program with exported values, its output censored."""

import click

from hushflake.terminal.write import say

from .config_options import configured


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@configured
@click.option(
    "--export",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Also put KEY into the environment of COMMAND, beside the list in pyproject.toml. "
    "Repeatable.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Export all of ESC's environmentVariables, and its files as paths.",
)
@click.option(
    "-i",
    "--interactive",
    "--no-redact",
    "interactive",
    is_flag=True,
    help="Give COMMAND this terminal, and show its output as it is.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    keys: tuple[str, ...], everything: bool, interactive: bool, command: tuple[str, ...]
) -> int:
    """Run COMMAND with the keys of `export` in its environment; returns its exit code.

    For programs that read the process environment themselves. Secrets in its output are replaced
    by [secret]; therefore COMMAND has no terminal unless --interactive is given. A key of ESC's
    `files` is the path of a temporary file, which is removed when COMMAND has ended.
    """
    from hushflake.config.exporting import child
    from hushflake.config.exporting.export import missing, refuse_steering, selected, variables
    from hushflake.config.project.section import load

    project = load()
    refuse_steering(project.root, [key for key in project.export if key not in keys])
    wanted = dict.fromkeys([*project.export, *keys, *(variables() if everything else ())])
    values = selected(list(wanted))
    for key in missing(wanted):
        if key not in values:
            say(f"hushflake: {key}: to be exported, and in no source", err=True)
    return child.run(command, values, redacted=not interactive)
