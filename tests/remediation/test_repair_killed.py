"""A kill before every change that a repair and its restoration make: no value is ever lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from .conftest import GitRepository

pytestmark = [pytest.mark.git, pytest.mark.slow]
HERE = Path(__file__).parent
SHARED, OTHER = "hunter" + "2-canary", "hunter" + "3-canary"
# The first two share a secret: an interrupted repair has to go on with one name for it.
SECRETS = {"alpha.py": SHARED, "beta.py": SHARED, "gamma.py": OTHER}


def killed(repository: GitRepository, work: Path, stride: int) -> dict[str, int]:
    repository.write("alpha.py", f'PASSWORD = "{SHARED}"\n').chmod(0o640)
    repository.write("beta.py", f'PASSWORD = "{SHARED}"\n')
    repository.write("gamma.py", f'GAMMA_PASSWORD = "{OTHER}"\n')
    repository.write("tests/test_a.py", f'def test():\n    login(password="{OTHER}")\n')
    repository.commit("Begin")
    with FakeEsc() as esc:
        done = subprocess.run(
            [sys.executable, HERE / "killing_repair.py", repository.folder, work, str(stride)],
            input=json.dumps(SECRETS),
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
    events = killed(repository, tmp_path / "work", stride=13)
    # It counts for something only if there is much to interrupt.
    assert events["resume"] > 40
    assert events["restore-killed"] > 13


@pytest.mark.slow
def test_killed_at_every_event(repository: GitRepository, tmp_path: Path) -> None:
    killed(repository, tmp_path / "work", stride=1)
