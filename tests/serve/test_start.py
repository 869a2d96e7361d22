"""How a server starts: at once, silent in a pipe, and saying what is missing."""

import json
import os
import pty
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from clinic import RawClient, make_clinic
from mcp_clients import COMMAND

from hushflake.cli.main import main
from hushflake.deploy.errors import ConnectError
from hushflake.knowledge.base import Base, Definitions, read_definitions
from hushflake.local.server.process.lifecycle import status, stop
from hushflake.schema.project import find_project
from hushflake.serve.about import About
from hushflake.serve.audit import Audit
from hushflake.serve.service import FailedError, Service


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Path]:
    folder = make_clinic(tmp_path / "clinic")
    yield folder
    stop(folder / ".hushflake")


def test_the_first_answer_comes_before_the_account_is_reached(clinic: Path) -> None:
    client = RawClient(COMMAND, clinic)
    answer = client.initialize()
    # Its local stack takes a second and more to start; nobody waited for it.
    assert status(clinic / ".hushflake").endpoint is None
    assert answer["serverInfo"]["name"] == "hushflake"
    assert answer["serverInfo"]["version"] == version("hushflake")
    assert answer["serverInfo"]["title"] == "clinic: company knowledge"
    assert "DOCTORS" in answer["instructions"]
    said = client.close()
    # Nothing at all: also no warning of a library.
    assert said == ""


def test_nothing_applied_is_said_with_the_command_and_then_it_works(clinic: Path) -> None:
    client = RawClient(COMMAND, clinic)
    client.initialize()
    for tool, arguments in (
        ("search_knowledge", {"query": "cardiology"}),
        ("get_entity", {"id": "DOCTORS/D-1"}),
        ("sync_status", {}),
    ):
        answer = client.call(tool, **arguments)
        assert answer["isError"] is True
        assert answer["content"][0]["text"].endswith(
            f"hushflake apply --stack local --project {clinic}"
        )
    assert client.call("list_entities")["structuredContent"]["entities"]
    options = ["--project", str(clinic), "--stack", "local"]
    assert main(["apply", *options]) == 0
    assert main(["load", *options]) == 0
    answer = client.call("search_knowledge", query="cardiology")
    assert answer["structuredContent"]["hits"][0]["id"] == "DOCTORS/D-1"
    # The stack is stopped and started under the server: other port, other token.
    stop(clinic / ".hushflake")
    assert main(["stack", "start", "--project", str(clinic)]) == 0
    answer = client.call("search_knowledge", query="surgery")
    assert answer["structuredContent"]["hits"][0]["id"] == "DOCTORS/D-2"
    client.close()


def test_the_example_is_served_only_with_a_word(tmp_path: Path) -> None:
    client = RawClient(COMMAND, tmp_path)
    instructions = client.initialize()["instructions"]
    said = client.close()
    assert "--project DIR" in instructions
    assert said.strip() == (
        "No schema project here: serving the shipped example, foundation. "
        "Name yours with --project DIR."
    )
    named = RawClient([*COMMAND, "--project", "foundation"], tmp_path)
    assert "--project DIR" not in named.initialize()["instructions"]
    assert named.close() == ""


def test_on_a_terminal_it_says_what_it_waits_for(clinic: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        COMMAND, cwd=clinic, stdin=slave, stdout=slave, stderr=slave, close_fds=True,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    deadline = time.monotonic() + 60
    while b"vscode" not in shown and time.monotonic() < deadline:
        shown += os.read(master, 4096)
    process.kill()
    process.wait()
    os.close(master)
    text = " ".join(shown.decode().split())
    assert "Waiting for an MCP client on standard input" in text
    assert "hushflake mcp --print-config claude|claude-code|cursor|vscode" in text


def test_mistakes_of_the_project_end_it_at_once(clinic: Path) -> None:
    done = subprocess.run(
        [*COMMAND[:-1], "nowhere"], cwd=clinic, input="", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert done.stdout == ""


def test_an_account_that_is_not_reached_is_tried_again_and_logged_with_an_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []

    class Unreachable(Definitions):
        def connect(self, trace: object = None) -> Base:
            tried.append(1)
            raise ConnectError("cannot connect to acme as me: no route")

    folder = make_clinic(tmp_path / "clinic")
    known = read_definitions(find_project(folder, folder), "local")
    unreachable = Unreachable(known.project, known.stack, known.desired)
    service = Service(About(unreachable), Audit(tmp_path / "audit.jsonl"))
    service.warm()  # says nothing, and breaks nothing
    assert caplog.text == ""
    for _ in range(2):
        with pytest.raises(
            FailedError, match="get_entity failed; see the server log for "
        ) as error:
            service.call("get_entity", {}, lambda desk: desk.entity("DOCTORS/D-1"))
    assert len(tried) == 3
    number = str(error.value).rpartition(" ")[2]
    assert f"get_entity: ConnectError: cannot connect to acme as me: no route [{number}]" in (
        caplog.text
    )
    service.close()
    lines = (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["failure"] == number
