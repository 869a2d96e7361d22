"""Groups of commands: which one was meant, what it needs, and help that breaks no word."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import click

from hushflake.terminal.text import Text

from .table import extras_of

_TITLE_COLUMNS = 30


class Formatter(click.HelpFormatter):
    """Writes help whose lines fit, with words whole: those of click are cut, also at hyphens."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of usage."""
        self._wrap(f"{prefix or 'Usage: '}{prog} {args}", len(prefix or "Usage: "))

    def write_text(self, text: str) -> None:
        """Write paragraphs, which blank lines part."""
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write_paragraph()
            self._wrap(" ".join(paragraph.split()), 0)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _TITLE_COLUMNS, col_spacing: int = 2
    ) -> None:
        """Write terms with what they mean beside them."""
        listed = list(rows)
        most = min(col_max, self.width // 3)
        column = min(max(len(term) for term, _ in listed), most) + col_spacing
        for term, meaning in listed:
            if len(term) > column - col_spacing:
                self._wrap(term, 4)
                self._wrap(" " * column + meaning, column)
            else:
                self._wrap(term.ljust(column) + meaning, column)

    def _wrap(self, line: str, hanging: int) -> None:
        from hushflake.terminal.layout import wrapped

        margin = " " * self.current_indent
        for part in wrapped(Text(margin + line), self.width, indent=hanging + self.current_indent):
            self.write(part.plain.rstrip() + "\n")


class Context(click.Context):
    """The call of a command."""

    formatter_class = Formatter

    def invoke(self, callback: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a command, when what it needs is installed.

        Raises:
            MissingExtraError: It is not.
        """
        if self.invoked_subcommand is None:
            from .extras import require

            require(self.command_path, extras_of(self.command_path.split()[1:], self.params))
        return super().invoke(callback, *args, **kwargs)


class Group(click.Group):
    """A group whose commands are suggested when they are misspelt."""

    context_class = Context

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, which then writes its help as we do."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.context_class = Context
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with.

        Raises:
            click.UsageError: There is none of this name; says which may be meant.
        """
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        if ctx.resilient_parsing:
            return None, None, args[1:]
        near = get_close_matches(name, self.list_commands(ctx), n=3)
        meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise click.UsageError(f"No such command {name!r}.{meant}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with their whole first sentence."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, command.get_short_help_str(limit=1000))
            for name, command in commands
            if command is not None and not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
