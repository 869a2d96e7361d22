"""The page says what the commands say. `python tests/remediation/test_docs.py` writes its table."""

import re
from pathlib import Path

import click
import pytest

from hushflake.cli.main import hushflake
from hushflake.remediation.inventory.gate import PROBLEMS
from hushflake.remediation.inventory.groups import GROUPS
from hushflake.remediation.inventory.mentions import all_readers
from hushflake.remediation.inventory.outside import all_readers as readers_outside
from hushflake.remediation.migrate.steps import all_steps

FILE = Path(__file__).parents[2] / "docs" / "remediation.md"
PAGE = FILE.read_text(encoding="utf-8")
ENV_FILES = (FILE.parent / "env-files.md").read_text(encoding="utf-8")
OTHERS = ENV_FILES + (FILE.parent / "accessor.md").read_text(encoding="utf-8")
# Options that mean the same everywhere and are told once for all.
COMMON = {"--write", "--format", "--output"}


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(hushflake)
    found = []
    for name in ("inventory", "dotenv", "clean", "migrate"):
        command = hushflake.get_command(context, name)
        assert command is not None
        found += below(name, command)
    return found


def below(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """Return a command, or those of a group."""
    if not isinstance(command, click.Group):
        return [(name, command)]
    inner = command.commands.items()
    return [found for key, one in inner for found in below(f"{name} {key}", one)]


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_option_is_described(name: str, command: click.Command) -> None:
    options = {
        option for one in command.params if isinstance(one, click.Option) for option in one.opts
    }
    options -= {name for one in command.params for name in getattr(one, "former", ())}
    missing = {o for o in options if o.startswith("--") and o not in PAGE + OTHERS} - COMMON
    assert not missing, f"{name}: {missing}"
    assert command.help


def test_every_step_group_and_kind_is_described() -> None:
    for step in all_steps():
        assert f"| `{step.NAME}` |" in PAGE
    for group in GROUPS:
        assert f"`{group}`" in PAGE
    for reader in all_readers():
        assert reader.KIND.split()[0].removesuffix("s") in PAGE


def test_every_reader_of_env_files_is_described() -> None:
    rows = re.findall(r"^\| ([^|]+?) \|", ENV_FILES.split("<!-- readers -->")[1], re.MULTILINE)
    assert sorted(rows[1:]) == sorted(reader.KIND for reader in readers_outside())


def with_problems() -> str:
    rows = "".join(f"| `{code}` | {what} |\n" for code, what in PROBLEMS.items())
    return re.sub(
        r"(?s)(<!-- problems -->\n).*?(<!-- /problems -->)",
        lambda found: f"{found[1]}| code | the problem |\n|---|---|\n{rows}{found[2]}",
        PAGE,
    )


def test_every_problem_of_the_gate_is_described() -> None:
    assert with_problems() == PAGE


if __name__ == "__main__":
    FILE.write_text(with_problems(), encoding="utf-8")
