"""Work in forked processes: each item once, nothing lost, and nobody stays behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]

import pytest

from hushflake.lint_plugin import forked
from hushflake.lint_plugin.credentials.formats import APART, SHORTEST, in_formats
from hushflake.lint_plugin.credentials.providers import PROVIDERS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")
KILLED = """
import sys, time
from hushflake.lint_plugin.forked import spread
def work(item):
    time.sleep(0.05)
    return item
print(__import__("os").getpid(), flush=True)
for _ in spread(work, range(4000), 2):
    pass
"""


def double(item: int) -> tuple[int, int]:
    return item * 2, os.getpid()


def crash(item: int) -> int:
    if item == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_each_item_is_answered_once() -> None:
    answers = dict(forked.spread(double, range(300), 3))
    assert {number: answer[0] for number, answer in answers.items()} == {
        number: number * 2 for number in range(300)
    }
    assert os.getpid() not in {answer[1] for answer in answers.values()}


def test_large_answers_come_whole() -> None:
    answers = dict(forked.spread(lambda item: b"x" * item, [0, 1, 3_000_000, 70_000], 2))
    assert {number: len(answer) for number, answer in answers.items()} == {
        0: 0, 1: 1, 2: 3_000_000, 3: 70_000
    }  # fmt: skip


def test_of_a_process_that_ends_early_only_its_item_is_missing() -> None:
    answers = dict(forked.spread(crash, range(40), 2))
    assert set(range(40)) - set(answers) == {7}


CRASHING = """
import os, signal
from hushflake.codemods.processes import Workers
def crash(item):
    if item == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return item
if __name__ == "__main__":
    with Workers(2) as workers:
        found = dict(pair for chunk in workers.spread(crash, range(400)) for pair in chunk)
    assert found == {item: None if item == 7 else item for item in range(400)}, found
"""


def test_the_workers_of_the_codemod_keep_the_rest(tmp_path: Path) -> None:
    # In a process of its own: threads that other tests left decide how processes are started.
    program = tmp_path / "crashing.py"
    program.write_text(CRASHING, encoding="utf-8")
    subprocess.run([sys.executable, program], check=True, timeout=60)


def test_who_stops_asking_leaves_nobody(tmp_path: Path) -> None:
    answers = forked.spread(double, range(2000), 2)
    worker = next(answers)[1][1]
    answers.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert tmp_path.exists()


def test_a_killed_parent_leaves_nobody(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(KILLED, encoding="utf-8")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        time.sleep(0.5)
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(parent.pid)], capture_output=True, text=True
        ).stdout.split()
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(map(_runs, children)):
        time.sleep(0.05)
    assert not any(map(_runs, children))


def _runs(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_no_credential_is_shorter_or_holds_what_sets_words_apart() -> None:
    """What `in_formats` leaves out of a search cannot be a credential of any format."""
    for provider in PROVIDERS:
        parsed = _parser.parse(provider.pattern)
        assert parsed.getwidth()[0] >= SHORTEST, provider.name
        assert not (set(_characters(parsed)) & set(map(ord, APART + " \t\n"))), provider.name


def _characters(parsed: object) -> list[int]:
    found: list[int] = []
    for operation, argument in parsed:  # type: ignore[attr-defined]
        if operation is _constants.LITERAL:
            found.append(argument)
        elif operation is _constants.IN:
            found += _in_set(argument)
        elif operation is _constants.BRANCH:
            found += [one for branch in argument[1] for one in _characters(branch)]
        elif operation in (_constants.SUBPATTERN, _constants.MAX_REPEAT, _constants.MIN_REPEAT):
            found += _characters(argument[-1])
        else:
            assert operation in (_constants.ASSERT, _constants.ASSERT_NOT), operation
    return found


def _in_set(argument: list[tuple[object, object]]) -> list[int]:
    found: list[int] = []
    for operation, value in argument:
        if operation is _constants.LITERAL:
            found.append(value)  # type: ignore[arg-type]
        elif operation is _constants.RANGE:
            found += range(value[0], value[1] + 1)  # type: ignore[index]
        else:
            assert value is _constants.CATEGORY_DIGIT
    return found


def test_a_long_text_is_searched_as_a_short_one() -> None:
    token = "ghp_" + "A1b2C3d4E5f6" * 3
    for around in ('x = "{}"', "f({})", "# {}", "a={};", "[{}]"):
        text = "word " * 1000 + around.format(token) + "\n" + "other " * 1000
        [(provider, match)] = in_formats(text)
        assert (provider.name, match[0]) == ("GitHub token", token)
        assert re.search(re.escape(token), text)
