"""`hushflake migrate`: the whole way on a real repository, interrupted, and taken back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.remediation.migrate.migration import Migration
from hushflake.remediation.migrate.step import Options
from hushflake.remediation.migrate.steps import all_steps

from .conftest import GitRepository
from .esc_project import DOTENV, ENVIRONMENT, TARGET, VALUES, held, snapshot

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
APP = """\
import os

from dotenv import load_dotenv

load_dotenv()
TOKEN = os.getenv("API_TOKEN")
PORT = int(os.environ.get("PORT", "8000"))
"""


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", running.url)
        running.save(ENVIRONMENT, "values: {}\n")
        yield running


@pytest.fixture
def project(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    repository.write("shop/__init__.py", "")
    repository.write("shop/app.py", APP)
    repository.write("pyproject.toml", '[project]\nname = "shop"\n')
    repository.write(".env", DOTENV)
    repository.commit()
    repository.write("shop/__pycache__/app.cpython-311.pyc", b"x")
    repository.write("notes.txt", "not tracked\n")
    monkeypatch.chdir(repository.folder)
    return repository


def migrate(*arguments: str) -> int:
    # The .env file holds more than the code reads: what stays then is tried by itself.
    options = ["--yes", "--all", "--to", TARGET, "--accessor", "shop/config.py"]
    return main(["migrate", *options, *arguments])


def subjects(project: GitRepository) -> list[str]:
    return project.git("log", "--format=%s", "main..HEAD").splitlines()[::-1]


COMMITS = [
    "Declare hushflake as a dependency",
    "Read configuration through one accessor module",
    "Take .env files out of the repository",
    "Read configuration through the accessor",
    "Ignore byte code",
]


def test_the_whole_way_and_back(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    before = snapshot(project.folder)
    start = project.git("rev-parse", "HEAD")
    assert migrate() == 0
    assert project.git("branch", "--show-current").strip() == "hushflake/migrate"
    assert subjects(project) == COMMITS
    assert project.git("status", "--porcelain") == "?? notes.txt\n"
    assert held(esc) == VALUES
    app = (project.folder / "shop/app.py").read_text()
    assert "from shop.config import get_config_value" in app
    assert "os." not in app
    assert "load_dotenv" not in app
    assert f'esc="{ENVIRONMENT}"' in (project.folder / "shop/config.py").read_text()
    assert not (project.folder / "shop/__pycache__").exists()
    report = (project.folder / ".hushflake/report.html").read_text()
    assert "2 of 2 reads go through the accessor" in report
    assert "before: 0 %" in report
    printed = capsys.readouterr()
    for value in set(VALUES.values()) - {""}:
        assert value not in printed.out + printed.err + report

    # What it tells to type takes everything back.
    commands = printed.out.rpartition("To undo everything:\n")[2].split("\n")
    for command in filter(None, map(str.strip, commands)):
        if command.startswith("git "):
            project.git(*command.split()[1:])
        else:
            assert main(command.split()[1:]) == 0
    assert project.git("rev-parse", "HEAD") == start
    after = snapshot(project.folder)
    local = {".hushflake/report.html", ".hushflake/.gitignore"}
    gone = {"shop/__pycache__/app.cpython-311.pyc"}
    times = {name: after[name][:2] for name in after if name not in local}
    assert times == {name: before[name][:2] for name in before if name not in gone}
    assert project.git("status", "--porcelain", "--untracked-files=no") == ""


def test_every_commit_holds_together(project: GitRepository, esc: FakeEsc) -> None:
    migrate()
    for commit in project.git("rev-list", "main..HEAD").split():
        project.git("checkout", "--quiet", commit)
        for path in project.folder.rglob("*.py"):
            compile(path.read_bytes(), str(path), "exec")


def test_a_dry_run_changes_nothing(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    before = snapshot(project.folder)
    assert migrate("--dry-run") == 0
    assert snapshot(project.folder) == before
    assert project.git("branch", "--show-current").strip() == "main"
    assert not (project.folder / ".git/hushflake").exists()
    assert esc.calls("PATCH") == 0
    out = capsys.readouterr().out
    for step in all_steps():
        assert step.TITLE in out


def test_without_a_terminal_it_needs_a_yes(project: GitRepository, capsys: Capture) -> None:
    assert main(["migrate"]) == 2
    assert "say --yes" in capsys.readouterr().err


def test_json(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    assert migrate("--format", "json", "--skip", "clean") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.migrate/1"
    assert document["finished"] is True
    outcomes = {one["step"]: one["outcome"] for one in document["steps"]}
    assert list(outcomes) == [step.NAME for step in all_steps()]
    assert outcomes["clean"] == "skipped"
    assert outcomes["codemod"] == "done"
    assert document["undo"][0] == "git switch main"


def test_without_a_target_env_files_stay(project: GitRepository, capsys: Capture) -> None:
    assert main(["migrate", "--yes"]) == 0
    assert (project.folder / ".env").read_text() == DOTENV
    assert subjects(project) == [COMMITS[0], *COMMITS[3:]]
    app = (project.folder / "shop/app.py").read_text()
    assert "get_config_value" in app
    assert "load_dotenv()" in app
    assert "no --to: they stay: .env" in capsys.readouterr().out


def test_a_loader_that_stays_is_no_error_afterwards(
    project: GitRepository, capsys: Capture
) -> None:
    assert main(["migrate", "--yes", "--accessor", "shop/config.py"]) == 0
    assert "load_dotenv()" in (project.folder / "shop/app.py").read_text()
    capsys.readouterr()
    assert main(["check", "--select", "HSF1,HSF2"]) == 0
    assert "1 note" in capsys.readouterr().out


def test_a_second_migration_finds_nothing(project: GitRepository, esc: FakeEsc) -> None:
    migrate()
    assert migrate("--branch", "again") == 0
    assert project.git("log", "--format=%s", "hushflake/migrate..HEAD") == ""


# -- states that come first -----------------------------------------------------------------


def test_a_dirty_work_tree(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.write("shop/__init__.py", "import os\nA = os.getenv('A')\n")
    project.write("pyproject.toml", '[project]\nname = "shop"\n')
    assert migrate() == 2
    assert "shop/__init__.py" in capsys.readouterr().err
    assert project.git("branch", "--show-current").strip() == "main"
    assert migrate("--allow-dirty") == 0
    assert project.git("show", "HEAD:shop/__init__.py") == ""
    assert project.git("status", "--porcelain", "--untracked-files=no") == " M shop/__init__.py\n"
    assert "Not committed, because you had changed them" in capsys.readouterr().out


def test_staged_changes(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.write("shop/__init__.py", "x = 1\n")
    project.git("add", "shop/__init__.py")
    assert migrate("--allow-dirty") == 2
    assert "changes are staged" in capsys.readouterr().err


def test_a_branch_that_is_there(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.git("branch", "hushflake/migrate")
    assert migrate() == 2
    assert "is there already" in capsys.readouterr().err
    assert migrate("--branch", "other") == 0


@pytest.mark.parametrize("branch", ["a b", "-x", "a..b"])
def test_a_branch_that_cannot_be(project: GitRepository, branch: str, capsys: Capture) -> None:
    assert main(["migrate", "--yes", f"--branch={branch}"]) == 2
    assert "is not a branch name" in capsys.readouterr().err


def test_a_detached_head(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.git("checkout", "--quiet", "--detach")
    start = project.git("rev-parse", "HEAD").strip()
    assert migrate() == 0
    assert f"git switch --detach {start}" in capsys.readouterr().out


def test_no_repository_and_no_commit(tmp_path: Path, capsys: Capture) -> None:
    assert main(["migrate", "--yes", str(tmp_path)]) == 2
    assert "not inside a git repository" in capsys.readouterr().err
    GitRepository(tmp_path / "empty")
    assert main(["migrate", "--yes", str(tmp_path / "empty")]) == 2
    assert "has no commit yet" in capsys.readouterr().err


def test_a_doubt_stops_before_anything_is_done(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    project.write(".env", "A=1\nA=2\n")
    project.commit("Duplicate", ".env")
    assert migrate() == 2
    assert ".env:2:1: A: stands on line 1 already" in capsys.readouterr().err
    assert project.git("branch", "--show-current").strip() == "main"
    assert migrate("--skip", "dotenv") == 0


def test_an_unknown_step(project: GitRepository, capsys: Capture) -> None:
    assert main(["migrate", "--yes", "--skip", "nonsense"]) == 2
    assert "the steps are doctor, inventory" in capsys.readouterr().err


def test_a_linked_worktree(
    project: GitRepository, esc: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = tmp_path / "linked"
    project.git("worktree", "add", "--quiet", str(linked), "-b", "work")
    before = snapshot(project.folder)
    monkeypatch.chdir(linked)
    assert migrate() == 0
    assert snapshot(project.folder) == before
    assert "get_config_value" in (linked / "shop/app.py").read_text()


# -- interrupted ----------------------------------------------------------------------------


def test_a_step_that_fails_goes_on_later(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    esc.fault(method="PATCH", status=403)
    assert migrate() == 3
    assert subjects(project) == COMMITS[:2]
    assert (project.folder / ".env").exists()
    assert main(["migrate", "--yes", "--to", "keyring:other"]) == 2
    project.git("switch", "--quiet", "main")
    assert migrate() == 2
    assert "`git switch hushflake/migrate` to resume" in capsys.readouterr().err
    project.git("switch", "--quiet", "hushflake/migrate")
    assert migrate() == 0
    assert subjects(project) == COMMITS
    assert "Resuming the migration" in capsys.readouterr().out


def test_a_hook_that_refuses_the_commit(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    hook = project.folder / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho not like this >&2\nexit 1\n")
    hook.chmod(0o755)
    # It runs only where it is asked for: whoever made the repository wrote it.
    assert migrate("--hooks") == 3
    assert "git commit failed: not like this" in capsys.readouterr().err
    assert migrate() == 0
    assert subjects(project) == COMMITS


CHILD = """
import os, signal, sys
from pathlib import Path
from hushflake.cli.main import main
from hushflake.remediation.migrate import migration
step, moment = sys.argv[1:3]
perform, note = migration.Migration.perform, migration.Migration.note
def killing_perform(self, one):
    if one.NAME == step and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    return perform(self, one)
def killing_note(self, one, *rest):
    if one.NAME == step and moment == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    note(self, one, *rest)
commit = migration.Repository.commit
def killing_commit(self, message, **options):
    if moment == "commit" and step in sys.argv[3:] and self_step[0] == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return commit(self, message, **options)
self_step = [""]
def remembering_perform(self, one):
    self_step[0] = one.NAME
    return killing_perform(self, one)
migration.Migration.perform = remembering_perform
migration.Migration.note = killing_note
migration.Repository.commit = killing_commit
sys.exit(main(sys.argv[4:]))
"""


# The ones that found something are tried every day.
EVERYDAY = [("dotenv", "before"), ("dotenv", "commit"), ("codemod", "after")]
ALL = [
    (step, moment)
    for step in ("config-init", "dotenv", "codemod", "clean", "report")
    for moment in ("before", "commit", "after")
    # The report is not committed.
    if (step, moment) != ("report", "commit")
]


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        pytest.param(*one, marks=[] if one in EVERYDAY else [pytest.mark.slow], id="-".join(one))
        for one in ALL
    ],
)
def test_killed_at_a_step(
    project: GitRepository, esc: FakeEsc, step: str, moment: str, capsys: Capture
) -> None:
    command = ["migrate", "--yes", "--all", "--to", TARGET, "--accessor", "shop/config.py"]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, step, moment, step, *command],
        capture_output=True,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (project.folder / ".env").exists() or held(esc) == VALUES
    assert migrate() == 0
    assert subjects(project) == COMMITS
    assert project.git("status", "--porcelain") == "?? notes.txt\n"
    assert held(esc) == VALUES
    capsys.readouterr()


def test_the_state_can_be_read_back(project: GitRepository, esc: FakeEsc) -> None:
    migrate("--skip", "clean")
    again = Migration.open(Path(), Options(branch="other"))
    assert not again.resumed
    (project.folder / ".git/hushflake/migrate.json").write_text("{}")
    assert main(["migrate", "--yes", "--branch", "other"]) == 2


def test_to_a_keyring_the_application_finds_its_values(
    repository: GitRepository, keyring_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import file_keyring

    repository.write("shop/__init__.py", "")
    repository.write("shop/app.py", APP.replace('"8000"', '"1"'))
    repository.commit()
    repository.write(".env", "API_TOKEN=kept\nPORT=4711\n")
    monkeypatch.chdir(repository.folder)
    command = ["migrate", "--yes", "--to", "keyring:shop", "--accessor", "shop/config.py"]
    assert main(command) == 0
    # A keyring cannot be listed: the accessor names its keys.
    accessor = (repository.folder / "shop/config.py").read_text()
    assert 'keyring_keys=["API_TOKEN", "PORT"]' in accessor
    assert not (repository.folder / ".env").exists()
    assert "load_dotenv" not in (repository.folder / "shop/app.py").read_text()
    done = subprocess.run(
        [sys.executable, "-c", "from shop.app import *; print(TOKEN, PORT)"],
        cwd=repository.folder,
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(Path(file_keyring.__file__).parent),
            "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
            "TEST_KEYRING_FILE": str(keyring_file),
        },
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "kept 4711\n", done.stderr
