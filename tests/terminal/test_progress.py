"""Progress is one line on a terminal, seldom written, gone at the end; nothing in a pipe."""

import threading

import pytest
from terminals import Terminal

from hushflake.terminal.progress import progress
from hushflake.terminal.write import say

ERASED = "\r\x1b[K"


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("hushflake.terminal.progress.time", made)
    return made


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")


def test_it_appears_after_a_moment_and_leaves_nothing(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")
    with progress("Checking files") as bar:
        bar.update(1, 3021)
        assert terminal.shown == ""
        clock.now = 0.5
        bar.update(250, 3021)
        line = "Checking files  " + "━" * 1 + "─" * 23 + "  250 of 3,021"
        assert terminal.shown == ERASED + line
        bar.update(251, 3021)
        assert terminal.shown.count("\r") == 1
    assert terminal.shown == ERASED + line + ERASED


def test_what_is_printed_takes_its_place(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")
    with progress("Loading") as bar:
        clock.now = 1
        bar.update(3)
        say("a note", err=True)
        clock.now = 2
        bar.update(4, 0, "\x1b[31mrows")
    expected = [
        ERASED,
        "Loading  3",
        ERASED,
        "a note\n",
        ERASED,
        "Loading  4  \\x1b[31mrows",
        ERASED,
    ]
    assert terminal.shown == "".join(expected)


def test_the_time_that_is_left(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")
    with progress("Applying") as bar:
        clock.now = 10
        bar.update(1, 10, "1 not done")
    assert "1 of 10  1:30 left  1 not done" in terminal.shown


def test_a_narrow_terminal_gets_a_shortened_line(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")
    monkeypatch.setenv("COLUMNS", "40")
    with progress("Applying") as bar:
        clock.now = 1
        bar.update(1, 10, "a note that is longer than the line")
    assert "Applying  1 of 10  a note that is long…" in terminal.shown


@pytest.mark.parametrize("quiet", [True, False])
def test_it_is_quiet_in_a_pipe(
    quiet: bool, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress("Checking", quiet=quiet) as bar:
        clock.now = 5
        bar.update(1, 2)
        bar.step("x")
    assert capsys.readouterr().err == ""


def test_a_dumb_terminal_has_none(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")
    monkeypatch.setenv("TERM", "dumb")
    with progress("Checking") as bar:
        bar.step("x")
    assert terminal.shown == ""


def test_it_is_taken_away_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")

    def stopped() -> None:
        with progress("Checking") as bar:
            bar.step("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped()
    assert terminal.shown.endswith(ERASED)


def test_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal.put(monkeypatch, "stderr")
    with progress("Applying") as bar:
        threads = [threading.Thread(target=bar.step, args=(str(n),)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert terminal.shown.count(ERASED) == 21
