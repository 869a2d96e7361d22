"""The configurations of editors on the page start the command that there is."""

import json
import re
import tomllib
from pathlib import Path

from hushflake.cli.table import COMMANDS

TEXT = (Path(__file__).parents[3] / "docs" / "editors-and-hooks.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_vs_code() -> None:
    settings = json.loads(block("json"))
    program = [settings["glspc.server.command"], *settings["glspc.server.commandArguments"]]
    assert program == ["hushflake", "lsp"]
    assert settings["glspc.server.languageId"] == ["python"]


def test_helix() -> None:
    settings = tomllib.loads(block("toml"))
    server = settings["language-server"]["hushflake"]
    assert [server["command"], *server["args"]] == ["hushflake", "lsp"]
    [language] = settings["language"]
    assert "hushflake" in language["language-servers"]


def test_neovim() -> None:
    text = block("lua")
    assert 'cmd = { "hushflake", "lsp" }' in text
    assert text.count('"hushflake"') == 3
    assert text.count("{") == text.count("}")


def test_the_command_is_there() -> None:
    assert "lsp" in COMMANDS["Secret hygiene"]
