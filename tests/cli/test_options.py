"""A file to write to has one option in every command; former names still work, unseen."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hushflake.cli.main import hushflake, main
from hushflake.cli.renamed import Renamed

FORMER = {
    "plan": ("--out",),
    "schema render": ("--out", "--out-dir"),
    "schema graph": ("--out",),
    "schema docs": ("--out",),
    "schema import": ("--out",),
    "migrate": ("--report",),
}


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}".strip(), command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}".strip())


def test_no_command_shows_a_former_name() -> None:
    found = {}
    for path, command in commands(hushflake):
        former: tuple[str, ...] = ()
        for option in command.params:
            record = option.get_help_record(click.Context(command))
            shown = record[0] if record else ""
            names = shown.replace(",", " ").split()
            assert not {"--out", "--report"}.intersection(names), path
            if isinstance(option, Renamed):
                former += tuple(name for name in option.opts if name not in names)
            if "--output" in option.opts:
                assert "-o" in option.opts, path
        if former:
            found[path] = former
    assert found == FORMER


@pytest.mark.parametrize("option", ["-o", "--output", "--out"])
def test_each_name_writes(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["schema", "graph", "--format", "mermaid", option, "graph.txt"]) == 0
    assert (tmp_path / "graph.txt").stat().st_size > 100
    assert main(["schema", "graph", "--help"]) == 0
    assert "-o, --output FILE" in capsys.readouterr().out
