"""The JSON documents of the commands are as docs/formats.md says."""

import json
import re
from pathlib import Path

import pytest

from hushflake.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
COMMANDS = {
    "load": ["--no-embed"],
    "embed": ["--check"],
    "search": ["who knows about lease pricing"],
    "related": ["CUSTOMERS", "CUS-001", "--depth", "1"],
    "ask": ["who knows about lease pricing"],
    "status": ["--no-drift"],
    "cost": [],
}


def promised(command: str) -> set[str]:
    """The names that the page gives to the top level of a document."""
    line = next(
        line
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith(f"| `hushflake.{command}/1` |")
    )
    fields = line.split("|", 2)[2]
    while re.search(r"[\[{][^\[\]{}]*[\]}]", fields):  # what is inside of lists and objects
        fields = re.sub(r"[\[{][^\[\]{}]*[\]}]", "", fields)
    return set(re.findall(r"`(\w+)", fields))


@pytest.mark.parametrize("command", list(COMMANDS))
def test_documents_are_as_promised(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, *COMMANDS[command], "--format", "json"]) in (0, 1)
    document = json.loads(capsys.readouterr().out)
    assert document.pop("format") == f"hushflake.{command}/1"
    assert set(document) == promised(command)
