"""The history of the prompt is the user's alone, lies in no project, and keeps no secret."""

import json
import stat
from pathlib import Path

import pytest

from hushflake.cli.sql_history import History, history_of


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "hushflake" / "sql-history.jsonl"


def test_statements_of_several_lines_come_back(state: Path, tmp_path: Path) -> None:
    history = history_of(tmp_path / "project")
    assert history.add("SELECT 1;")
    assert history.add("SELECT\n  2;")
    assert history_of(tmp_path / "project").load() == ["SELECT 1;", "SELECT\n  2;"]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(state: Path, tmp_path: Path) -> None:
    state.parent.mkdir(parents=True)
    state.touch(0o644)
    history_of(tmp_path / "project").add("SELECT 1;")
    assert stat.S_IMODE(state.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE USER ADA PASSWORD = 'x';",
        "CREATE SECRET S TYPE = GENERIC_STRING SECRET_STRING = 'x';",
        "CREATE STAGE S CREDENTIALS = (AWS_KEY_ID = 'x');",
    ],
)
def test_what_may_hold_a_secret_is_not_kept(statement: str, state: Path, tmp_path: Path) -> None:
    history = history_of(tmp_path / "project")
    assert not history.add(statement)
    assert not state.exists()


def test_nothing_is_kept_within_a_project(state: Path, tmp_path: Path) -> None:
    assert history_of(tmp_path).add("SELECT 1;")
    assert not state.exists()


def test_a_link_is_not_written_through(state: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.touch()
    history = History(state)
    state.parent.mkdir(parents=True)
    state.symlink_to(target)
    assert history.add("SELECT 1;")
    assert target.read_text("utf-8") == ""


def test_a_long_history_is_shortened_and_foreign_lines_are_skipped(state: Path) -> None:
    state.parent.mkdir(parents=True)
    lines = [json.dumps(f"SELECT {number};") for number in range(2500)]
    state.write_text("\n".join(["no JSON", "7", *lines]), "utf-8")
    found = History(state).load()
    assert found[-1] == "SELECT 2499;"
    assert len(found) <= 1000
    assert len(state.read_text("utf-8").splitlines()) == len(found)
