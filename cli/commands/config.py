"""`hushflake config`: the run-time library seen from a shell. Values are masked."""

import sys
from pathlib import Path
from typing import Any

import click

from hushflake.terminal.write import say

from ..errors import OK
from ..groups import Group
from ..output import asked, is_terminal
from .config_audit import audit
from .config_doctor import doctor
from .config_list import list_
from .config_options import configured
from .config_run import run

MASK = "**********"


@click.group(cls=Group)
def config() -> None:
    """Set up and inspect run-time configuration: sources, secrets, services, audit trail.

    Reads `[tool.hushflake.config]` of the nearest pyproject.toml; HUSHFLAKE_MODE, HUSHFLAKE_ESC
    and HUSHFLAKE_ENVIRONMENT override it. Values are masked everywhere.
    """


config.add_command(audit)
config.add_command(doctor)
config.add_command(list_)
config.add_command(run)


@config.command()
@click.argument("module", metavar="MODULE.py", type=click.Path(path_type=Path))
@click.option("--esc", metavar="ORG/PROJECT/ENV", help="The Pulumi ESC environment.")
@click.option(
    "--environment",
    type=click.Choice(["first", "fallback", "deny"]),
    default="first",
    show_default=True,
    help="Whether the process environment is read first, as a fallback, or not at all (deny).",
)
@click.option(
    "--environment-key",
    "keys",
    multiple=True,
    metavar="NAME",
    help="A key that `deny` still takes from the process environment: a name or a pattern. "
    "Repeatable.",
)
@click.option("--root", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--force", is_flag=True, help="Replace an existing module with different content.")
def init(
    module: Path, esc: str | None, environment: str, keys: tuple[str, ...], root: Path, force: bool
) -> None:
    """Write the accessor module MODULE.py and its section in pyproject.toml."""
    from hushflake.config.scaffold import write
    from hushflake.config.settings import Settings

    arguments: dict[str, Any] = {"esc": esc} if esc else {}
    arguments |= {"environment": environment, "environment_keys": list(keys)}
    Settings(**{**arguments, "environment_keys": keys})  # refuses what configure() would refuse
    for written in write(root, module, arguments, force=force):
        say(f"{written.path}: {written.state}")
    say("Next: hushflake config doctor")


@config.command()
@configured
@click.argument("key")
@click.option("--reveal", is_flag=True, help="Show the value; only on a terminal.")
def get(key: str, reveal: bool) -> int:
    """Show where KEY comes from; its value is masked unless revealed on a terminal."""
    from hushflake.config import ConfigError, MissingConfigError, access

    if reveal and not is_terminal():
        raise ConfigError("--reveal shows a value on a terminal only, never in a pipe or a log")
    value, source = access.base()[key].find()
    if not isinstance(value, str):
        raise MissingConfigError(key)
    access.read_from(sys._getframe(), key, None)  # a look from the shell is a read like any other
    say(value if reveal else f"{MASK}  ({source})", fit=False)
    return OK


@config.command("set")
@configured
@click.argument("key")
@click.argument("value", required=False)
@click.option("--secret", "secret", flag_value="secret", help="Save it encrypted.")
@click.option("--plain", "secret", flag_value="plain", help="Save it readable.")
@click.option("--keep-newline", is_flag=True, help="Keep the line break that ends standard input.")
def set_(key: str, value: str | None, secret: str | None, keep_newline: bool) -> int:
    """Save KEY in the Pulumi ESC environment and read it back.

    KEY is a variable of `environmentVariables`, or a path with dots below `values`. The value is
    asked for, or read from standard input; only a plain value may be given on the command line,
    where other users and the shell history see it. If the value cannot be read back byte for
    byte, the change is undone.
    """
    from hushflake.config import process
    from hushflake.config.errors import ConfigError
    from hushflake.config.esc.definition import Setting, save
    from hushflake.config.esc.environment import Environment
    from hushflake.config.secret_names import looks_secret
    from hushflake.config.sources.esc import EscSource

    active = process.current()
    if active is None or active.settings.esc is None:
        raise ConfigError("set: no Pulumi ESC environment is configured; give esc or HUSHFLAKE_ESC")
    if secret is None and looks_secret(key):
        raise ConfigError(f"{key}: looks like a secret; say --secret or --plain")
    if value is not None and secret == "secret":  # noqa: S105 (the name of a kind) - the name of an option
        raise ConfigError("set: a secret is not given on the command line; leave VALUE out")
    environment = Environment.parse(active.settings.esc)
    if value is None and is_terminal():
        # A repository names it: whoever types a secret must see where it goes.
        say(f"Saving {key} to the Pulumi ESC environment {environment}", err=True)
    text = _asked(key, keep_newline=keep_newline) if value is None else value
    client = EscSource(active.settings).client()
    setting = Setting(text, secret == "secret")  # noqa: S105 (the name of a kind)
    revision, _ = save(client, environment, {key: setting})
    kind = "as a secret" if setting.secret else "readable"
    say(f"{environment}: {key} saved {kind}, revision {revision}, read back unchanged")
    return OK


def _asked(key: str, *, keep_newline: bool) -> str:
    from hushflake.config.errors import ConfigError

    if is_terminal():
        return asked(key, hide_input=True, confirmation_prompt=True)
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{key}: standard input is not UTF-8") from None
    if keep_newline:
        return text
    return text.removesuffix("\n").removesuffix("\r")
