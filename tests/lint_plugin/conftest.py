"""The real program in a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest


class Done(NamedTuple):
    """What a run came to."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    (tmp_path / "app.py").write_text("import os\n\nURL = os.getenv('URL')\n", encoding="utf-8")
    (tmp_path / "clean.py").write_text("print('hello')\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def check(project: Path) -> Callable[..., Done]:
    """Run `hushflake check` in the project."""

    def run(*args: str, stdin: bytes = b"", folder: Path = project) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "hushflake.cli.start", "check", *args],
            cwd=folder,
            input=stdin,
            capture_output=True,
            env=dict(os.environ),
        )
        return Done(
            done.returncode, os.fsdecode(done.stdout), done.stderr.decode("utf-8", "replace")
        )

    return run
