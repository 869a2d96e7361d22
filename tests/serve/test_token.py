"""Tokens of callers: shown once, known by hash, added to a file that only its owner may write."""

import hashlib
import json
import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clinic import make_clinic

from hushflake.cli.main import main
from hushflake.serve.callers import caller_of, read_callers
from hushflake.serve.errors import ServeError

TOKEN = re.compile(r"shown this once: ([\w-]{43})\s")


def made(tmp_path: Path, *options: str) -> int:
    return main(["mcp", "token", "--token-file", str(tmp_path / "token"), *options])


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_token_in_a_file_and_its_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made(tmp_path, "--name", "chat", "--role", "READER") == 0
    out, err = capsys.readouterr()
    token = (tmp_path / "token").read_text("utf-8").strip()
    assert len(token) == 43  # 256 bits
    assert mode_of(tmp_path / "token") == 0o600
    assert token not in out + err
    entry = json.loads(out)
    assert entry == {
        "name": "chat",
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
        "role": "READER",
    }
    callers = tmp_path / "callers.json"
    callers.write_text(json.dumps({"callers": [entry]}), "utf-8")  # ready to paste
    found = caller_of(token, read_callers(callers))
    assert found is not None
    assert (found.name, found.role) == ("chat", "READER")


def test_a_token_on_a_terminal_is_shown_once(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hushflake.cli.main", "mcp", "token"],
        cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave, close_fds=True,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            more = os.read(master, 4096)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(master)
    assert process.wait(30) == 0
    text = shown.decode()
    (token,) = TOKEN.findall(text)
    assert text.count(token) == 1
    assert hashlib.sha256(token.encode()).hexdigest() in text


def test_a_token_never_goes_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "token"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--token-file" in err


def test_callers_are_added_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    callers = tmp_path / "new" / "callers.json"
    for name in ("one", "two"):
        target = tmp_path / name
        assert main(["mcp", "token", "--name", name, "--add", str(callers),
                     "--token-file", str(target)]) == 0  # fmt: skip
    assert mode_of(callers) == 0o600
    known = read_callers(callers)
    for name in ("one", "two"):
        found = caller_of((tmp_path / name).read_text("utf-8").strip(), known)
        assert found is not None
        assert found.name == name
        assert found.role is None
    assert [path.name for path in callers.parent.iterdir()] == ["callers.json"]
    # A name that is taken changes nothing, and leaves no token that opens nothing.
    before = callers.read_text("utf-8")
    assert made(tmp_path, "--name", "one", "--add", str(callers)) == 2
    assert "same name" in capsys.readouterr().err
    assert callers.read_text("utf-8") == before
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("what", ["link", "folder", "pipe", "open", "garbage", "huge"])
def test_files_that_are_not_added_to(tmp_path: Path, what: str) -> None:
    callers = tmp_path / "callers.json"
    other = tmp_path / "other.json"
    other.write_text('{"callers": []}', "utf-8")
    if what == "link":
        callers.symlink_to(other)
    elif what == "folder":
        callers.mkdir()
    elif what == "pipe":
        os.mkfifo(callers)
    elif what == "open":
        callers.write_text('{"callers": []}', "utf-8")
        callers.chmod(0o666)
    elif what == "garbage":
        callers.write_text("{" * 5000, "utf-8")
    else:
        callers.write_text(json.dumps({"callers": [], "x": "y" * 1_000_001}), "utf-8")
    assert made(tmp_path, "--add", str(callers)) == 2
    assert not (tmp_path / "token").exists()
    assert other.read_text("utf-8") == '{"callers": []}'


def test_an_existing_token_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("mine", "utf-8")
    assert made(tmp_path, "--add", str(tmp_path / "callers.json")) == 2
    assert (tmp_path / "token").read_text("utf-8") == "mine"
    assert not (tmp_path / "callers.json").exists()


def test_a_file_in_the_project_must_be_its_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_clinic(tmp_path / "clinic")
    monkeypatch.chdir(project)
    callers = project / "callers.json"
    callers.write_text('{"callers": []}', "utf-8")
    callers.chmod(0o644)
    assert made(tmp_path, "--add", str(callers)) == 2
    assert "chmod 600" in capsys.readouterr().err
    callers.chmod(0o600)
    assert made(tmp_path, "--add", str(callers)) == 0
    assert len(read_callers(callers)) == 1


def test_a_file_that_others_may_write_lets_nobody_in(tmp_path: Path) -> None:
    callers = tmp_path / "callers.json"
    entry: dict[str, Any] = {"name": "a", "token_sha256": "0" * 64}
    callers.write_text(json.dumps({"callers": [entry]}), "utf-8")
    callers.chmod(0o664)
    with pytest.raises(ServeError, match="other users may write"):
        read_callers(callers)


@pytest.mark.parametrize("line", [["mcp", "--help"], ["mcp", "token", "--help"]])
def test_both_commands_have_help(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 0
    assert "token" in capsys.readouterr().out
