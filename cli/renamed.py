"""Options that had another name once: the old one still works, and no help shows it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Renamed(click.Option):
    """An option with former names."""

    def __init__(
        self, declarations: Sequence[str], former: Sequence[str] = (), **rest: Any
    ) -> None:
        self.former = frozenset(former)
        super().__init__([*declarations, *former], **rest)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the names and the text of the help, without the former names."""
        every, self.opts = self.opts, [name for name in self.opts if name not in self.former]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = every


def output_option(
    text: str,
    *,
    name: str = "out",
    former: Sequence[str] = ("--out",),
    default: Path | None = None,
    shown: str | bool = False,
) -> Callable[[_Command], _Command]:
    """Return the option `-o`, `--output FILE`, which has one name in every command.

    Args:
        text: Its help.
        name: The parameter of the command that takes it.
        former: Names that it had.
        default: The file where none is named.
        shown: What the help says of the default.
    """
    return click.option(
        "-o",
        "--output",
        name,
        cls=Renamed,
        former=former,
        type=click.Path(path_type=Path),
        metavar="FILE",
        default=default,
        show_default=shown,
        help=text,
    )
