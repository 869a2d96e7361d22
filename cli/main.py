"""The entry point: finds the command, runs it, turns what it raises into an exit code."""

import importlib
import io
import sys
from collections.abc import Sequence
from typing import Any, cast

import click

from hushflake.terminal.write import say, say_block

from .errors import report
from .groups import Context, Group
from .table import COMMANDS, Entry

_ENTRIES: dict[str, Entry] = {
    name: entry for group in COMMANDS.values() for name, entry in group.items()
}


class _LazyGroup(Group):
    """A group that imports a command's module when the command is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _ENTRIES.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"hushflake.cli.commands.{entry.module}")
        command = cast("click.Command", getattr(module, entry.attribute))
        command.context_class = Context
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, group in COMMANDS.items():
            if group:
                with formatter.section(heading):
                    formatter.write_dl([(name, entry.help) for name, entry in group.items()])


def _print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    say(f"hushflake {version('hushflake')}")
    ctx.exit()


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
def hushflake() -> None:
    """Secret hygiene for Python code, and knowledge schemas for Snowflake."""


def main(args: Sequence[str] | None = None, **extra: Any) -> int:
    """Run the command line and return its exit code.

    Args:
        args: The arguments after the program's name; `sys.argv[1:]` when absent.
        extra: Passed to `click.Command.main`.

    Returns:
        0 done, 1 findings, 2 the user's mistake, 3 failure, 130 interrupted.
    """
    try:
        result = hushflake.main(args=args, prog_name="hushflake", standalone_mode=False, **extra)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return report(KeyboardInterrupt())
    except click.ClickException as error:
        _show(error)
        return error.exit_code if isinstance(error, click.UsageError) else 2
    except BrokenPipeError:
        # The reader went away (`| head`): nothing to tell it, and nothing went wrong.
        sys.stderr.close()
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return report(error)
    return result if isinstance(result, int) else 0


def _show(error: click.ClickException) -> None:
    """Print an error of click's: it may name a file, or repeat what was typed."""
    # What was typed begins no line of its own.
    vars(error)["message"] = error.message.replace("\n", r"\n").replace("\r", r"\r")
    shown = io.StringIO()
    error.show(shown)
    say_block(shown.getvalue().rstrip("\n"), err=True, fit=True)


if __name__ == "__main__":
    sys.exit(main())
