"""What a message advises can be typed: an option that it names is one of the command at hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hushflake.cli.commands.config import config
from hushflake.cli.commands.dotenv import dotenv
from hushflake.cli.commands.migrate import migrate
from hushflake.cli.main import hushflake

ROOT = Path(__file__).parents[2]
_OPTION = re.compile(r"(?<![\w`'-])--[a-z][a-z-]+")
# An option of the command that stands in front of it: `hushflake config init --force`, `git rm`.
_OF_ANOTHER = re.compile(r"(?:hushflake|git|docker|pip|uv) [^`]*$")
# What goes to git, and to the interpreters of a project.
_CALLS = {"remediation/git.py", "remediation/trying", "lint_plugin/git"}
# Those of other programs -> whose they are.
_OF_OTHERS = {
    "--detach": "git switch", "--list-backends": "keyring", "--editable": "pip install",
    "--draft": "pulumi env", "--add-age": "sops", "--help-env": "python",
    "--inplace": "jupyter nbconvert", "--mount": "Dockerfiles",
}  # fmt: skip


def options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in one.opts}


def named(*folders: str) -> Iterator[tuple[str, str]]:
    """Yield place and option of the texts that do not say which command it belongs to."""
    for folder in folders:
        path = ROOT / folder
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            relative = file.relative_to(ROOT).as_posix()
            if relative.startswith(tuple(_CALLS)):
                continue
            tree = ast.parse(file.read_text())
            documentation = {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            for node in ast.walk(tree):
                if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                    continue
                if id(node) in documentation or " " not in node.value:
                    continue  # for developers, or a word of a command
                for found in _OPTION.finditer(node.value):
                    if not _OF_ANOTHER.search(node.value[: found.start()]):
                        yield f"{relative}:{node.lineno}", found[0]


def test_a_migration_names_options_that_it_has() -> None:
    retire = dotenv.commands["retire"]  # type: ignore[attr-defined]
    told = list(named("remediation/migrate", "remediation/dotenv", "config/project/scaffold.py"))
    assert {"--loader", "--interpolation"} <= {option for _, option in told}
    of_restore = {"--backup", "--identity", "--force"}
    for place, option in told:
        if "remediation/dotenv/restore" in place or "age" in place or "backup" in place:
            assert option in options(migrate) | options(retire) | of_restore, place
        elif "remediation/dotenv/evidence" in place:
            # The message names the command: `hushflake config init …`.
            assert option in options(config.commands["init"]), f"{place}: {option}"
        else:
            assert option in options(migrate) | _OF_OTHERS.keys(), f"{place}: {option}"


@pytest.mark.parametrize("part", ["remediation", "codemods", "config", "lint_plugin"])
def test_every_option_that_a_text_names_is_one(part: str) -> None:
    known: set[str] = set()
    context = click.Context(hushflake)
    pending: list[click.Command] = [hushflake]
    while pending:
        command = pending.pop()
        known |= options(command)
        if isinstance(command, click.Group):
            names = command.list_commands(context)
            pending += [one for n in names if (one := command.get_command(context, n)) is not None]
    assert len(known) > 50
    unknown = [
        f"{place}: {option}"
        for place, option in named(part)
        if option not in known | _OF_OTHERS.keys()
    ]
    assert unknown == []
