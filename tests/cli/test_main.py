"""The command itself: help, exit codes, and what an error prints."""

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hushflake.cli import main as cli
from hushflake.cli.errors import report
from hushflake.cli.main import main
from hushflake.cli.table import COMMANDS

HUSHFLAKE = str(Path(sys.executable).with_name("hushflake"))
HEAVY = {"libcst", "snowflake", "duckdb", "rich", "pydantic", "jinja2", "yaml", "sqlglot", "flake8"}
ENTRIES = [(name, entry) for group in COMMANDS.values() for name, entry in group.items()]


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from hushflake.cli.main import main; main(['--help']);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(done.stderr.split()) & HEAVY


def test_help_answers_at_once() -> None:
    def best_of(command: list[str]) -> float:
        def spent() -> float:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            return used.ru_utime + used.ru_stime

        def once() -> float:
            begun = spent()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            return spent() - begun

        return min(once() for _ in range(7))

    # Seconds of a processor: others may keep it busy. Measured: 4.1 times a bare Python.
    assert best_of([HUSHFLAKE, "--help"]) < 6 * best_of([sys.executable, "-c", "pass"])


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_the_table_is_what_the_command_says(name: str, entry: object) -> None:
    command = cli.hushflake.get_command(click.Context(cli.hushflake), name)
    assert command is not None
    assert command.get_short_help_str(limit=200).rstrip(".") == entry.help.rstrip(".")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_every_command_has_help(
    name: str, entry: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--help"]) == 0
    assert f"hushflake {name}" in capsys.readouterr().out


def test_an_unknown_command_is_the_users_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc"]) == 2
    assert "chekc" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("hushflake 0.")


def test_a_missing_extra_names_the_install_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = ModuleNotFoundError("No module named 'libcst'", name="libcst.matchers")
    assert report(error) == 2
    assert "pip install 'hushflake[codemod]'" in capsys.readouterr().err


def test_an_internal_error_shows_the_place_and_hides_the_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError("canary-value")
    assert report(caught.value) == 3
    printed = capsys.readouterr().err
    assert "test_main.py" in printed
    assert "RuntimeError" in printed
    assert "canary-value" not in printed


def test_a_parts_error_prints_itself(capsys: pytest.CaptureFixture[str]) -> None:
    class MistakeError(Exception):
        exit_code = 2

    assert report(MistakeError("a.yaml:1:2: no such kind")) == 2
    assert capsys.readouterr().err == "hushflake: a.yaml:1:2: no such kind\n"


def test_an_interrupt_is_130() -> None:
    assert report(KeyboardInterrupt()) == 130
