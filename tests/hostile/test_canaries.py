"""The canaries sing: a runner that sees nothing would let everything pass."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import canaries as frame
import pytest
from canaries import Canaries, steering


def stand_in(folder: Path, body: str) -> str:
    """Return a program that takes the place of `hushflake`."""
    path = folder / "stand-in"
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("TOUCH", "touched"),
        ("import urllib.request; urllib.request.urlopen('URL').read()", "a call: b'GET /x"),
        ("print(os.environ['SNOWFLAKE_PASSWORD'])", "printed 1 secrets"),
        ("print(open(os.environ['HOME'] + '/.ssh/id_rsa').read())", "printed 1 secrets"),
        ("sys.exit(3)", "exit code 3"),
        ("raise ValueError", "exit code 1"),
        ("print('Traceback', file=sys.stderr)", "Traceback"),
        ("print('\\x1b[2J')", r"stdout holds raw \[\"'\\\\x1b'"),
        ("print('a\\rb', file=sys.stderr)", "stderr holds raw"),
        ("sys.stdout.buffer.write(b'\\xff')", "stdout holds raw"),
        ("time.sleep(60)", "ran longer than"),
    ],
)
def test_what_must_not_happen_is_seen(
    canaries: Canaries,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    reason: str,
) -> None:
    body = body.replace("TOUCH", canaries.python("ran")).replace("URL", canaries.url("/x"))
    monkeypatch.setattr(frame, "HUSHFLAKE", stand_in(tmp_path, body))
    monkeypatch.setattr(frame, "LIMIT", 1.5 if "sleep" in body else 10)
    codes = (0, 1) if body == "raise" else (0,)
    with pytest.raises(AssertionError, match=reason):
        canaries.run("check", folder=tmp_path, codes=codes)


def test_what_is_harmless_passes(canaries: Canaries, tmp_path: Path) -> None:
    ran = canaries.run("--version", folder=tmp_path, codes=(0,))
    assert ran.stdout.startswith("hushflake ")
    assert canaries.touched() == []


def test_commands_and_programs_leave_files(canaries: Canaries) -> None:
    subprocess.run(canaries.command("shell"), shell=True, check=True)
    subprocess.run([canaries.program("program")], stdin=subprocess.DEVNULL, check=True)
    exec(canaries.python("python"))
    with urllib.request.urlopen(canaries.url()) as answer:
        assert answer.read() == b"{}"
    files = canaries.touched()
    assert files[:3] == ["program", "python", "shell"]
    assert files[3].startswith("a call: b'GET / HTTP/1.1")


@pytest.mark.parametrize(
    "text", ["plain\n", "ключ 鍵 مفتاح", "\u0645\u06cc\u200c\u062e", "👩\u200d💻", "\t"]
)
def test_text_of_any_language_is_plain(text: str) -> None:
    assert steering(text) == []


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\x07", "\r", "\x9b", "\u202e", "\u2066", "\U000e0041", "\u2028", "\udcff"]
)
def test_what_steers_is_seen(text: str) -> None:
    assert steering(f"a{text}b") == [ascii(text[0])]
