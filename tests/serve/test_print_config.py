"""What `hushflake mcp --print-config` prints works as printed, from any folder."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clinic import make_clinic, minimal_environment
from mcp import Client, StdioServerParameters

from hushflake.cli.main import main
from hushflake.cli.mcp_config import Asked, program, start_of
from hushflake.local.server.process.lifecycle import stop
from hushflake.schema.project import find_project
from hushflake.serve.client_config import CLIENTS, Start, name_of, started
from hushflake.serve.errors import ServeError


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = make_clinic(tmp_path_factory.mktemp("clinic") / "my clinic")
    options = ["--project", str(folder)]
    assert main(["apply", *options]) == 0
    assert main(["load", *options]) == 0
    yield folder
    stop(folder / ".hushflake")


def printed(
    capsys: pytest.CaptureFixture[str], client: str, *options: str
) -> tuple[dict[str, Any], str]:
    assert main(["mcp", "--print-config", client, *options]) == 0
    out, err = capsys.readouterr()
    return json.loads(out), err


def servers_of(client: str, document: dict[str, Any]) -> dict[str, Any]:
    found = document["servers" if client == "vscode" else "mcpServers"]
    assert isinstance(found, dict)
    return found


def talked_to(server: dict[str, Any], cwd: Path) -> Any:
    """Start exactly what is printed, as a client does, and ask about the project's rows."""

    async def talk() -> Any:
        parameters = StdioServerParameters(
            command=server["command"],
            args=server["args"],
            cwd=str(cwd),
            env={**minimal_environment(cwd), **server.get("env", {})},
        )
        async with Client(parameters) as client:
            found = await client.call_tool("search_knowledge", {"query": "cardiology"})
            about = await client.call_tool("list_entities", {})
            return client.instructions, found, about

    return asyncio.run(asyncio.wait_for(talk(), 120))


@pytest.mark.parametrize("client", CLIENTS)
def test_the_printed_configuration_answers_about_own_entities(
    clinic: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    client: str,
) -> None:
    monkeypatch.chdir(clinic / "entities")
    document, err = printed(capsys, client)
    ((name, server),) = servers_of(client, document).items()
    assert name == "hushflake-clinic"
    assert Path(server["command"]).is_absolute()
    assert err.strip()
    instructions, found, about = talked_to(server, tmp_path)
    assert "DOCTORS" in instructions
    assert "shipped example" not in instructions
    assert found.structured_content["hits"][0]["id"] == "DOCTORS/D-1"
    assert about.structured_content["entities"][0]["entity"] == "DOCTORS"


def test_the_shipped_project_keeps_its_data_where_it_was_printed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = printed(capsys, "claude")
    ((name, server),) = document["mcpServers"].items()
    assert name == "hushflake-foundation"
    _, found, _ = talked_to(server, tmp_path)
    assert found.is_error is False
    assert found.structured_content["hits"]
    assert not (tmp_path / ".hushflake").exists()


@pytest.mark.parametrize(
    ("client", "token"),
    [
        ("claude-code", "Bearer ${HUSHFLAKE_MCP_TOKEN}"),
        ("cursor", "Bearer ${env:HUSHFLAKE_MCP_TOKEN}"),
        ("vscode", "Bearer ${input:hushflake-mcp-token}"),
    ],
)
def test_over_http_the_token_is_referred_to_and_not_written(
    clinic: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    client: str,
    token: str,
) -> None:
    monkeypatch.chdir(clinic)
    document, err = printed(capsys, client, "--http", "--port", "9000")
    (server,) = servers_of(client, document).values()
    assert server["url"] == "http://127.0.0.1:9000/mcp"
    assert server["headers"] == {"Authorization": token}
    assert server.get("type") == (None if client == "cursor" else "http")
    assert "hushflake mcp token" in err
    if client == "vscode":
        (asked,) = document["inputs"]
        assert asked["password"] is True
        assert f"${{input:{asked['id']}}}" in token
    document, _ = printed(capsys, client, "--http", "--public-url", "https://k.example/mcp")
    (server,) = servers_of(client, document).values()
    assert server["url"] == "https://k.example/mcp"


def test_a_client_without_a_form_for_http_is_refused(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(clinic)
    assert main(["mcp", "--print-config", "claude", "--http"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "claude-code --http" in err


def test_what_does_not_compile_gets_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_clinic(tmp_path))
    assert main(["mcp", "--print-config", "cursor", "--stack", "prod"]) == 2
    assert capsys.readouterr().out == ""


def test_folders_of_this_environment_are_passed_on_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "x" * 12)
    project = find_project(make_clinic(tmp_path / "clinic"))
    start = start_of(Asked(project, "local", Path("a.jsonl"), "127.0.0.1", 1, None))
    assert start.environment["XDG_STATE_HOME"] == str(tmp_path)
    assert "SNOWFLAKE_PASSWORD" not in start.environment
    assert start.arguments[-1] == str(Path.cwd() / "a.jsonl")


def test_without_a_script_the_module_is_started_in_safety(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hushflake.cli import mcp_config

    monkeypatch.setattr(mcp_config, "_script", lambda: None)
    command = program()
    assert command[0] == str(Path(sys.executable).absolute())
    (tmp_path / "hushflake.py").write_text("raise SystemExit('shadowed')\n", "utf-8")
    (tmp_path / "click.py").write_text("raise SystemExit('shadowed')\n", "utf-8")
    done = subprocess.run(
        [*command, "mcp", "--help"],
        cwd=tmp_path,
        env=minimal_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "--print-config" in done.stdout


def test_names_and_paths_that_a_client_would_misread() -> None:
    assert name_of("clinic") == "hushflake-clinic"
    assert name_of("Ünïcode clinic") == "hushflake-n-code-clinic"
    assert name_of("…") == "hushflake-project"
    start = Start("/opt/${HOME}/hushflake", [])
    assert started("claude", "x", start)["mcpServers"]["x"]["command"] == start.command
    for client in ("claude-code", "cursor", "vscode"):
        with pytest.raises(ServeError, match="would replace"):
            started(client, "x", start)
