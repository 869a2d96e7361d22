"""Misspelt commands are suggested, and help keeps its words whole at every width."""

from collections.abc import Iterator

import click
import pytest

from hushflake.cli.groups import Context, Formatter, Group
from hushflake.cli.main import hushflake, main


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, Context(inner, info_name=name, parent=context))


ALL = list(commands(hushflake, Context(hushflake, info_name="hushflake")))
IDS = [context.command_path for context in ALL]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (["chekc"], "No such command 'chekc'. Did you mean 'check'?"),
        (["shcema", "render"], "No such command 'shcema'. Did you mean 'schema'?"),
        (["schema", "rendr"], "No such command 'rendr'. Did you mean 'render'?"),
        (["config", "audit", "verfy"], "No such command 'verfy'. Did you mean 'verify'?"),
        (["dotenv", "retore"], "No such command 'retore'. Did you mean 'restore' or 'retire'?"),
        (["check", "--formt", "json"], "No such option '--formt'. Did you mean '--format'?"),
        (["xyzzy"], "No such command 'xyzzy'.\n"),
    ],
)
def test_what_was_meant(line: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 2
    assert meant in capsys.readouterr().err


def test_what_was_typed_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--a\x1b[31m\u202e"]) == 2
    assert main(["a\x1b]0;t\x07"]) == 2
    printed = capsys.readouterr().err
    assert r"\x1b[31m\u202e" in printed
    assert printed.replace("\n", "").isprintable()


@pytest.mark.parametrize("context", ALL, ids=IDS)
def test_every_group_suggests(context: click.Context) -> None:
    if isinstance(context.command, click.Group):
        assert isinstance(context.command, Group)


@pytest.mark.parametrize("context", ALL, ids=IDS)
def test_help_keeps_words_whole(context: click.Context) -> None:
    def page(columns: int) -> str:
        formatter = Formatter(width=columns)
        context.command.format_help(context, formatter)
        return formatter.getvalue()

    words = page(10_000).split()
    for columns in (58, 70, 78, 98):  # of terminals that are two wider
        text = page(columns)
        assert text.split() == words
        for line in text.splitlines():
            assert len(line) <= columns or len(line.split()) == 1
