"""What the commands of `hushflake config` share: the configuration itself, and its end."""

import functools
from collections.abc import Callable
from typing import Any

import click

from hushflake.terminal.write import say

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
mode_option = click.option(
    "--mode",
    type=click.Choice(["production", "development", "test"]),
    help="The mode to inspect. [default: HUSHFLAKE_MODE, otherwise that of pyproject.toml]",
)


def tell_failures() -> None:
    """Say on standard error which sources do not answer: what is listed is not everything."""
    from hushflake.config import process

    active = process.current()
    for error in active.failures() if active else ():
        say(f"hushflake: {error}", err=True)


def configured(command: Callable[..., int]) -> Callable[..., int]:
    """Run a command with the configuration of the repository it is called in."""

    @mode_option
    @functools.wraps(command)
    def wrapper(*args: Any, mode: str | None, **kwargs: Any) -> int:
        from hushflake.config import process, unconfigure
        from hushflake.config.project import load
        from hushflake.config.settings import settled

        process.start(settled(load().permitted(), mode=mode))
        try:
            return command(*args, **kwargs)
        finally:
            unconfigure()

    return wrapper
