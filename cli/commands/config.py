"""`hushflake config`: the run-time library seen from a shell. Values are masked."""

import sys
from pathlib import Path
from typing import Any

import click

from hushflake.terminal.write import say

from ..errors import OK
from ..groups import Group
from ..output import is_terminal
from .config_audit import audit
from .config_codegen import codegen
from .config_doctor import doctor
from .config_last_known import last_known
from .config_list import list_
from .config_options import configured
from .config_run import run
from .config_set import set_

MASK = "**********"


@click.group(cls=Group)
def config() -> None:
    """Set up and inspect run-time configuration: sources, secrets, services, audit trail.

    Reads `[tool.hushflake.config]` of the nearest pyproject.toml; HUSHFLAKE_MODE, HUSHFLAKE_ESC
    and HUSHFLAKE_ENVIRONMENT override it. Values are masked everywhere.
    """


config.add_command(audit)
config.add_command(codegen)
config.add_command(doctor)
config.add_command(last_known)
config.add_command(list_)
config.add_command(run)
config.add_command(set_)


@config.command()
@click.argument("module", metavar="[MODULE.py]", required=False, type=click.Path(path_type=Path))
@click.option("--esc", metavar="ORG/PROJECT/ENV", help="The Pulumi ESC environment.")
@click.option(
    "--store",
    "stores",
    multiple=True,
    metavar="SCHEME:NAME",
    help="A store of secrets, such as vault:secret/shop/prod. Repeatable.",
)
@click.option("--keyring", metavar="NAME", help="A service in the keyring of the system.")
@click.option(
    "--keyring-key",
    "keyring_keys",
    multiple=True,
    metavar="KEY",
    help="A key to ask the keyring for: it cannot be listed. Repeatable.",
)
@click.option(
    "--mode",
    type=click.Choice(["production", "development", "test"]),
    help="What programs run in, unless HUSHFLAKE_MODE says otherwise. [default: production]",
)
@click.option(
    "--environment",
    type=click.Choice(["first", "fallback", "deny"]),
    default="first",
    show_default=True,
    help="Whether the process environment is read first, as a fallback, or not at all (deny).",
)
@click.option(
    "--environment-key",
    "environment_keys",
    multiple=True,
    metavar="NAME",
    help="A key that `deny` still takes from the process environment: a name or a pattern. "
    "Repeatable.",
)
@click.option(
    "--name",
    default="",
    metavar="DOTTED",
    help="What code imports MODULE.py by. [default: found from the repository's imports]",
)
@click.option(
    "--services",
    metavar="FILE.py",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also copy the shipped service classes to FILE.py, where they are yours to change.",
)
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--force", is_flag=True, help="Replace an existing module with different content.")
def init(
    module: Path | None, root: Path, name: str, services: Path | None, force: bool, **given: Any
) -> None:
    """Write the section of pyproject.toml, and the accessor module MODULE.py.

    Without MODULE.py, code reads through the installed `hushflake.config`, which finds the section
    beside the code. A module of your own can be imported only by files that are run from where it
    is found: a name that none of them could import is refused.
    """
    from hushflake.config.project.examples import copied
    from hushflake.config.project.scaffold import Request, put, write
    from hushflake.config.settings import Settings

    said = {key: value for key, value in given.items() if value}
    Settings(**said)  # refuses what configure() would refuse
    if said.get("keyring") and not said.get("keyring_keys"):
        raise click.UsageError("--keyring: name its keys with --keyring-key; it cannot be listed")
    if module is not None and not name:
        from hushflake.codemods.roots.module import found_name

        name = found_name(root, module)
    arguments = {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}
    # Before anything is written: it may be in somebody's way.
    more = [] if services is None else [copied(root, services, force=force)]
    for written in write(Request(root, arguments, module, name, force=force)):
        say(f"{written.path}: {written.state}")
    for written in map(put, more):
        say(f"{written.path}: {written.state}")
    say("Next: hushflake config doctor")


@config.command()
@configured
@click.argument("key")
@click.option("--reveal", is_flag=True, help="Show the value; only on a terminal.")
def get(key: str, reveal: bool) -> int:
    """Show where KEY comes from; its value is masked unless revealed on a terminal."""
    from hushflake.config import ConfigError, MissingConfigError
    from hushflake.config.reading import access

    if reveal and not is_terminal():
        raise ConfigError("--reveal shows a value on a terminal only, never in a pipe or a log")
    value, source = access.base()[key].find()
    if not isinstance(value, str):
        raise MissingConfigError(key)
    access.read_from(sys._getframe(), key, None)  # a look from the shell is a read like any other
    say(value if reveal else f"{MASK}  ({source})", fit=False)
    return OK
