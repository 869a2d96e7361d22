"""`hushflake config set`: one value into Pulumi ESC or another store, and read back."""

import sys
from typing import TYPE_CHECKING

import click

from hushflake.terminal.write import say

from ..errors import OK
from ..output import asked, is_terminal
from ..targets import CREATE, TARGETS
from .config_options import configured

if TYPE_CHECKING:
    from hushflake.config.settings import Settings

_SECRET = "secret"  # noqa: S105 - the name of a kind


@click.command("set")
@configured
@click.argument("key")
@click.argument("value", required=False)
@click.option(
    "--to",
    "target",
    default="",
    metavar="TARGET",
    help=f"{TARGETS}. [default: the configured ESC environment, else the one configured store that "
    "can be written]",
)
@click.option("--secret", "kind", flag_value=_SECRET, help="Save it encrypted.")
@click.option("--plain", "kind", flag_value="plain", help="Save it readable.")
@click.option("--create", is_flag=True, help=CREATE)
@click.option("--keep-newline", is_flag=True, help="Keep the line break that ends standard input.")
def set_(
    key: str, value: str | None, target: str, kind: str | None, create: bool, keep_newline: bool
) -> int:
    """Save KEY in Pulumi ESC or another store and read it back.

    In Pulumi ESC, KEY is a variable of `environmentVariables`, or a path with dots below `values`;
    if the value cannot be read back byte for byte, the change is undone there. The value is
    asked for, or read from standard input; only a plain value may be given on the command line,
    where other users and the shell history see it.
    """
    from hushflake.config.errors import ConfigError
    from hushflake.config.secret_names import looks_secret
    from hushflake.remediation.dotenv.targets import extra_of

    from ..extras import require

    place = target or _default()
    # With --to it was asked before: which one is configured is known only now.
    require("hushflake config set", filter(None, [extra_of(place)]))
    if kind is None and looks_secret(key):
        raise ConfigError(f"{key}: looks like a secret; say --secret or --plain")
    if value is not None and kind == _SECRET:
        raise ConfigError("set: a secret is not given on the command line; leave VALUE out")
    if value is None and is_terminal():
        # A repository names it: whoever types a secret must see where it goes.
        say(f"Saving {key} to {_shown(place)}", err=True)
    text = _asked(key, keep_newline=keep_newline) if value is None else value
    scheme, _, name = place.partition(":")
    if scheme == "esc" and not create:
        said = _save_in_esc(name, key, text, secret=kind == _SECRET)
    else:
        said = _save(place, key, text, plain=kind != _SECRET, create=create)
    say(said)
    return OK


def _default() -> str:
    """The place to write to where the command line names none."""
    from hushflake.config.errors import ConfigError
    from hushflake.config.reading import process
    from hushflake.remediation.dotenv.targets import is_target

    active = process.current()
    settings: Settings | None = active.settings if active is not None else None
    if settings is not None and settings.esc is not None:
        return f"esc:{settings.esc}"
    configured_ones = [*settings.stores, *settings.sources] if settings is not None else []
    found = [store for store in configured_ones if is_target(store)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(f"set: several stores are configured; say --to {' or --to '.join(found)}")
    raise ConfigError(
        "set: no Pulumi ESC environment and no store that can be written is configured; say --to "
        "TARGET, or give esc or HUSHFLAKE_ESC"
    )


def _shown(place: str) -> str:
    scheme, _, name = place.partition(":")
    return f"the Pulumi ESC environment {name}" if scheme == "esc" else place


def _save_in_esc(name: str, key: str, text: str, *, secret: bool) -> str:
    from dataclasses import replace

    from hushflake.config.esc.definition import Setting, save
    from hushflake.config.esc.environment import Environment
    from hushflake.config.reading import process
    from hushflake.config.settings import Settings
    from hushflake.config.sources.esc import EscSource

    active = process.current()
    settings = replace(active.settings if active is not None else Settings(), esc=name)
    environment = Environment.parse(name)
    revision, _ = save(EscSource(settings).client(), environment, {key: Setting(text, secret)})
    how = "as a secret" if secret else "readable"
    return f"{environment}: {key} saved {how}, revision {revision}, read back unchanged"


def _save(place: str, key: str, text: str, *, plain: bool, create: bool) -> str:
    from hushflake.config.errors import ConfigError
    from hushflake.remediation.dotenv.keeping import verify
    from hushflake.remediation.dotenv.targets import TargetOptions, open_target
    from hushflake.remediation.dotenv.targets.base import StaleTargetError

    plains = frozenset({key}) if plain else frozenset[str]()
    target = open_target(place, TargetOptions(plain=plains, create=create))
    refused = target.refused([key])
    if refused:
        raise ConfigError(f"{place}: {key}: {refused[key]}")
    target.read([key])  # makes it where it is to be made
    try:
        revision = target.write({key: text})
    except StaleTargetError:
        raise ConfigError(
            f"{place}: somebody else saved in between; nothing was written. Repeat the command"
        ) from None
    verify(target, {key: text})
    return f"{place}: {key} saved{f', version {revision}' if revision else ''}, read back unchanged"


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
