"""A kill before every change that retire and restore make: no value is ever lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from .conftest import GitRepository
from .esc_project import DOTENV

pytestmark = [pytest.mark.git, pytest.mark.slow]
HERE = Path(__file__).parent


def killed(
    repository: GitRepository, work: Path, stride: int, program: str = "killing.py"
) -> dict[str, int]:
    """Run the trials, killing at every `stride`-th event; return how many events there were."""
    repository.write("app.py", "import dotenv\ndotenv.load_dotenv()\n")
    repository.write(".env", DOTENV).chmod(0o640)
    repository.write(".gitignore", "api/.env.production\n")
    repository.write(".env.example", "API_TOKEN=\n")
    repository.commit("Begin", "app.py", ".env", ".gitignore", ".env.example")
    repository.write("api/.env.production", "DB_PASSWORD=x\n").chmod(0o600)
    with FakeEsc() as esc:
        done = subprocess.run(
            [sys.executable, HERE / program, repository.folder, work, str(stride)],
            env={
                **os.environ,
                "PULUMI_ACCESS_TOKEN": esc.token,
                "PULUMI_BACKEND_URL": esc.url,
                "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent / "fakes")]),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert not document["losses"], "\n".join(document["losses"])
    events: dict[str, int] = document["events"]
    return events


def test_killed_now_and_then(repository: GitRepository, tmp_path: Path) -> None:
    events = killed(repository, tmp_path / "work", stride=17)
    # It counts for something only if there is much to interrupt.
    assert events["resume"] > 50
    assert events["restore-killed"] > 15


@pytest.mark.slow
def test_killed_at_every_event(repository: GitRepository, tmp_path: Path) -> None:
    killed(repository, tmp_path / "work", stride=1)


def test_backups_killed_now_and_then(repository: GitRepository, tmp_path: Path) -> None:
    events = killed(repository, tmp_path / "work", stride=19, program="killing_backups.py")
    assert events["encrypt"] > 20
    assert events["purge"] > 8


@pytest.mark.slow
def test_backups_killed_at_every_event(repository: GitRepository, tmp_path: Path) -> None:
    killed(repository, tmp_path / "work", stride=1, program="killing_backups.py")
