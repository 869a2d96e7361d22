"""`hushflake stack` as a user types it."""

import json
from pathlib import Path

import pytest
import snowflake.connector

from hushflake.cli.main import main
from hushflake.local.server.process import lifecycle


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_life(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = place / ".hushflake"
    try:
        assert main(["stack", "status", "--format", "json"]) == 0
        assert document(capsys)["running"] is False
        assert main(["stack", "start", "--format", "json"]) == 0
        started = document(capsys)
        assert started["format"] == "hushflake.stack/1"
        assert started["host"] == "127.0.0.1"
        endpoint = lifecycle.ensure_running(folder)
        assert endpoint.pid == started["pid"]
        with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE DATABASE D")
            cursor.execute(
                "CREATE TASK BAD WAREHOUSE = COMPUTE_WH SCHEDULE = '1 MINUTE' AS SELECT NOPE"
            )
            cursor.execute("ALTER TASK BAD RESUME")
            with pytest.raises(snowflake.connector.Error):
                cursor.execute("FROBNICATE")
        capsys.readouterr()
        assert main(["stack", "run-due"]) == 0
        assert "No task is due." in capsys.readouterr().out
        lifecycle.move_clock(endpoint, 120)
        assert main(["stack", "run-due"]) == 3
        assert "failed     D.PUBLIC.BAD" in capsys.readouterr().out
        assert main(["stack", "logs", "--errors"]) == 0
        shown = capsys.readouterr().out
        assert "failed 001003" in shown
        assert "FROBNICATE" in shown
        assert "CREATE DATABASE" not in shown
        assert main(["stack", "status"]) == 0
        shown = capsys.readouterr().out
        assert endpoint.token not in shown
        assert "task       1" in shown
    finally:
        assert main(["stack", "stop"]) == 0
    assert "stopped" in capsys.readouterr().out
    assert main(["stack", "reset", "--yes"]) == 0
    assert not (folder / "stacks" / "local").exists()


@pytest.mark.parametrize("embedder", ["nonsense", "minilm"])
def test_an_embedder_that_is_not_there(
    place: Path, capsys: pytest.CaptureFixture[str], embedder: str
) -> None:
    assert main(["stack", "start", "--embedder", embedder]) == 2
    assert "embedder" in capsys.readouterr().err
    assert lifecycle.status(place / ".hushflake").endpoint is None


def test_a_name_that_is_none(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stack", "start", "--stack", "No Such"]) == 2
    assert "a local stack's name starts with a letter" in capsys.readouterr().err
