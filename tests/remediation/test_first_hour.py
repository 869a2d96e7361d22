"""What a newcomer types, on applications as they come: each one answers as before."""

import json
import os
import pty
import subprocess
import sys

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main

from . import velo
from .conftest import GitRepository
from .esc_project import ENVIRONMENT

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
EVERYDAY = [("velo", True), ("src layout", False)]
WALKS = [
    pytest.param(
        layout,
        has_file,
        marks=[] if (layout, has_file) in EVERYDAY else [pytest.mark.slow],
        id=f"{layout}, {'with' if has_file else 'without'} .env",
    )
    for layout in velo.LAYOUTS
    for has_file in (True, False)
]
DECLARED = {
    "velo": {"requirements.txt": "python-dotenv\nhushflake>=0.1,<0.2\n"},
    "an image that lists": {
        "requirements.txt": "python-dotenv\nhushflake>=0.1,<0.2\n",
        "Dockerfile": velo.IMAGE.format("python-dotenv 'hushflake>=0.1,<0.2'"),
    },
    "src layout": {},
    "poetry": {},
}


@pytest.fixture(autouse=True)
def _range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUSHFLAKE_MODE", raising=False)


@pytest.mark.parametrize(("layout", "has_file"), WALKS)
def test_the_commands_of_the_readme(
    repository: GitRepository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    layout: str,
    has_file: bool,
) -> None:
    base = velo.make(repository, layout, has_file=has_file)
    folder = repository.folder
    monkeypatch.chdir(folder)
    before = velo.answer(folder, base, has_file=has_file)
    assert before["database"] == velo.VALUES["DATABASE_URL"]
    assert before["greeting"] == velo.VALUES["GREETING"]

    assert main(["inventory"]) == 0
    assert "DATABASE_URL" in capsys.readouterr().out
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert f"{base}velo/settings.py:5:1 dotenv-needed" in out
    assert "needs the package hushflake" in out
    assert main(["codemod", "--write"]) == 0
    assert "load_dotenv()" in (folder / f"{base}velo/settings.py").read_text()
    assert velo.answer(folder, base, has_file=has_file) == before
    assert main(["check"]) == 1
    capsys.readouterr()
    repository.git("commit", "--quiet", "--all", "--message", "Rewritten")
    accessor = f"{base}velo/config.py"
    assert main(["migrate", "--accessor", accessor, "--yes"]) == 0
    assert velo.answer(folder, base, has_file=has_file) == before
    # What was rewritten before there was an accessor module goes through it from now on.
    assert "from velo.config import" in (folder / f"{base}velo/prices.py").read_text()
    for name, text in DECLARED[layout].items():
        assert (folder / name).read_text() == text


@pytest.mark.parametrize(("layout", "has_file"), WALKS)
def test_a_migration_from_the_start(
    repository: GitRepository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    layout: str,
    has_file: bool,
) -> None:
    base = velo.make(repository, layout, has_file=has_file)
    folder = repository.folder
    monkeypatch.chdir(folder)
    before = velo.answer(folder, base, has_file=has_file)
    accessor = f"{base}velo/config.py"
    if not has_file:
        for key, value in velo.VALUES.items():
            monkeypatch.setenv(key, value)
    assert (
        main(["migrate", "--accessor", accessor, "--yes", "--try", "--python", sys.executable]) == 0
    )
    out = capsys.readouterr().out
    assert "from velo.config import" in (folder / f"{base}velo/prices.py").read_text()
    assert 'mode="development"' in (folder / accessor).read_text()
    assert velo.answer(folder, base, has_file=has_file) == before
    assert "hushflake" in (folder / next(iter(velo.LAYOUTS[layout]))).read_text()
    assert "Rewritten, not tried" not in out
    if layout == "velo":
        assert "- Dockerfile: it copies .env into the image" in out
        assert "- docker-compose.yml: env_file still gives the container its values" in out
        # It runs pytest, which sets the mode by itself.
        assert ".github/workflows" not in out
    if layout == "poetry":
        assert "- poetry.lock: renew it: `poetry lock`" in out
    # What is printed takes everything back.
    repository.git("switch", "--quiet", "main")
    repository.git("branch", "-D", "hushflake/migrate")
    assert velo.answer(folder, base, has_file=has_file) == before


def test_on_a_terminal_each_declaration_is_confirmed(repository: GitRepository) -> None:
    velo.make(repository, "an image that lists", has_file=True)
    before = velo.answer(repository.folder, "", has_file=True)
    answers = dict.fromkeys(
        ("doctor", "inventory", "dependency", "config-init", "codemod", "check", "report"), "y"
    )
    answers |= {"try-before": "s", "clean": "s", "requirements.txt": "y", "Dockerfile": "n"}
    terminal, inner = pty.openpty()
    command = ["-m", "hushflake.cli.main", "migrate", "--accessor", "velo/config.py"]
    child = subprocess.Popen(
        [sys.executable, *command], cwd=repository.folder, stdin=inner, stdout=inner, stderr=inner
    )
    os.close(inner)
    screen = velo.screen_of(terminal, child, answers)
    os.close(terminal)
    assert child.wait(60) == 0, screen
    assert "+hushflake>=0.1,<0.2" in screen
    assert "this runs the project's code" in screen
    assert "Rewritten, not tried." in screen
    assert "hushflake" in (repository.folder / "requirements.txt").read_text()
    assert "hushflake" not in (repository.folder / "Dockerfile").read_text()
    assert velo.answer(repository.folder, "", has_file=True) == before


def test_the_commands_that_the_report_prints_go_on(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    velo.make(repository, "velo", has_file=True)
    folder = repository.folder
    monkeypatch.chdir(folder)
    before = velo.answer(folder, "", has_file=True)
    assert main(["codemod", "--write"]) == 0
    # What Compose gives to a container stays: a person takes that out.
    compose = (folder / "docker-compose.yml").read_text()
    repository.write("docker-compose.yml", compose.replace("    env_file: .env\n", ""))
    repository.git("commit", "--quiet", "--all", "--message", "Rewritten")
    capsys.readouterr()
    assert main(["codemod", "--format", "json"]) == 0
    note = json.loads(capsys.readouterr().out)["notes"][0]
    with FakeEsc() as esc:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", esc.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", esc.url)
        esc.save(ENVIRONMENT, "values: {}\n")
        for command in note["commands"]:
            typed = command.replace("ORGANISATION/PROJECT/ENVIRONMENT", ENVIRONMENT)
            assert main(typed.replace("PACKAGE", "velo").split()[1:]) == 0
            repository.git("add", ".")
            repository.git("commit", "--quiet", "--allow-empty", "--message", command)
        assert not (folder / ".env").exists()
        assert "dotenv" not in (folder / "velo/settings.py").read_text()
        variables = {"PULUMI_ACCESS_TOKEN": esc.token, "PULUMI_BACKEND_URL": esc.url}
        after = velo.answer(folder, "", has_file=True, **variables)
    # The values come from the store now; what it does not export, a child does not inherit.
    assert after.pop("child") == "None"
    assert before.pop("child") == ascii(velo.VALUES["GREETING"])
    assert after == before
