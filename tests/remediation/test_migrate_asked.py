"""`hushflake migrate` on a terminal: each step is shown and asked for."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import GitRepository

pytestmark = pytest.mark.git


def talk(folder: Path, answers: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run the command on a terminal of its own; type each answer when its question comes."""
    terminal, inner = pty.openpty()
    command = [sys.executable, "-m", "hushflake.cli.main", "migrate", *arguments]
    child = subprocess.Popen(command, cwd=folder, stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    screen, deadline, left = "", time.monotonic() + 120, dict(answers)
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        screen += part.decode("utf-8", "replace")
        for question in [one for one in left if f"{one}: do it, skip it, or quit" in screen]:
            os.write(terminal, f"{left.pop(question)}\n".encode())
    os.close(terminal)
    return child.wait(timeout=60), screen


def test_steps_are_asked_for(repository: GitRepository) -> None:
    repository.write("app.py", "import os\nA = os.getenv('A')\n")
    repository.commit()
    asked = {"doctor": "y", "inventory": "y", "try-before": "s", "codemod": "q"}
    code, screen = talk(repository.folder, asked)
    assert code == 0, screen
    assert "rewrites 1 place in 1 file" in screen
    assert "Run the same command again to resume" in screen
    assert "os.getenv" in (repository.folder / "app.py").read_text()

    asked = {"codemod": "y", "check": "s", "clean": "s", "report": "s"}
    code, screen = talk(repository.folder, asked)
    assert code == 0, screen
    assert "Resuming the migration" in screen
    assert "doctor" not in screen
    assert "get_config_value" in (repository.folder / "app.py").read_text()
    assert "1 commit on hushflake/migrate" in screen
    assert repository.git("log", "--format=%s", "main..HEAD").splitlines() == [
        "Read configuration through the accessor"
    ]
