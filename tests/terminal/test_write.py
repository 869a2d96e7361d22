"""What is printed is escaped, fits, is coloured where it is wanted, and never crashes."""

import io
import json

import pytest
from terminals import Terminal

from hushflake.terminal import write
from hushflake.terminal.stream import wants_colour, width
from hushflake.terminal.text import styled


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("environment", "on_a_terminal", "in_a_pipe"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"CLICOLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_who_wants_colour(
    environment: dict[str, str],
    on_a_terminal: bool,
    in_a_pipe: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(Terminal()) is on_a_terminal
    assert wants_colour(io.StringIO()) is in_a_pipe


def test_a_pipe_has_no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert width(io.StringIO()) is None
    assert width(Terminal()) == 80
    monkeypatch.setenv("COLUMNS", "60")
    assert width(io.StringIO()) is None
    assert width(Terminal()) == 60
    monkeypatch.setenv("COLUMNS", "9" * 5000)
    assert width(Terminal()) == 200
    monkeypatch.setenv("COLUMNS", "\N{SUPERSCRIPT TWO}")
    assert width(Terminal()) == 80


def test_a_pipe_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    write.say(styled("x" * 300, fg="red"), " ", "\x1b[2J\n")
    assert capsys.readouterr().out == "x" * 300 + " \\x1b[2J\\n\n"


def test_a_terminal_is_coloured_and_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stdout")
    monkeypatch.setenv("COLUMNS", "40")
    write.say(styled("red", fg="red"), " word" * 10)
    assert terminal.shown == "\x1b[31mred\x1b[0m" + " word" * 7 + "\n    word word word\n"


def test_a_block_keeps_its_lines_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    write.say_block("a\r\n\tb\x1b", indent="  ")
    assert capsys.readouterr().out == "  a\\r\n          b\\x1b\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_an_encoding_lacks_is_replaced(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal.put(monkeypatch, "stdout", encoding)
    write.say("✓ … → “ü” 漢 \udcff")
    write.say_table(("ö", "b"), [("漢", "x"), ("─", "y")])
    write.put("✓ 漢 \x1b\n")
    write.put_json('{"ü": "漢"}')
    umlaut = "ü" if encoding == "latin-1" else r"\xfc"
    assert stream.shown.startswith(f'+ ... -> "{umlaut}" \\u6f22 \\udcff\n')
    assert "\\u6f22  x\n-       y\n" in stream.shown.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert "+ \\u6f22 \\x1b\n" in stream.shown
    assert json.loads(stream.shown.splitlines()[-1]) == {"ü": "漢"}


def test_a_document_keeps_its_bytes_in_a_pipe(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write.put(b"-- \x1b[31m\xff\n")
    write.put("SELECT '\x1b';\n")
    assert capfdbinary.readouterr().out == b"-- \x1b[31m\xff\nSELECT '\x1b';\n"


def test_a_document_is_escaped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stdout")
    write.put(b"+\tname = '\x1b[31m\xff'\n")
    assert terminal.shown == "+\tname = '\\x1b[31m\\udcff'\n"


@pytest.mark.parametrize("value", ["\x1b\x9b\u202e\x7f", "\udcff", "\U000e0041", "a\nb\u2028"])
def test_json_says_the_same_with_nothing_raw(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write.put_json(json.dumps({"value": value}, ensure_ascii=False, indent=2))
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"value": value}
    assert printed.replace("\n", "").isprintable()


DIFF = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\ta\x1b[2J\r\n+b\xff\n \n"


def test_a_diff_is_coloured_and_escaped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stdout")
    write.put_diff([DIFF[:30], DIFF[30:]])
    assert terminal.shown.splitlines() == [
        "\x1b[1mdiff --git a/x b/x\x1b[0m",
        "\x1b[1;31m--- a/x\x1b[0m",
        "\x1b[1;32m+++ b/x\x1b[0m",
        "\x1b[36m@@ -1 +1 @@\x1b[0m",
        "\x1b[31m-        a\\x1b[2J\\r\x1b[0m",
        "\x1b[32m+b\\udcff\x1b[0m",
        " ",
    ]


def test_a_diff_is_a_patch_in_a_pipe(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write.put_diff([DIFF[:30], DIFF[30:]])
    assert capfdbinary.readouterr().out == DIFF


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::add-mask::x", "\\x3a:add-mask::x"),
        ("   ::stop-commands::x", "   \\x3a:stop-commands::x"),
        ("a ##[error]b", "a \\x23#[error]b"),
        ("a::b: c", "a::b: c"),
    ],
)
def test_no_line_is_a_command_of_a_workflow(
    line: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write.say(line)
    assert capsys.readouterr().out == shown + "\n"
