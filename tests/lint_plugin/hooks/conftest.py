"""The program in a process of its own, with a home of its own."""

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
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@pytest.fixture
def hook(home: Path, repository: Path) -> Callable[..., Done]:
    """Run `hushflake hook` in the repository."""

    def run(*args: str, stdin: bytes = b"", folder: Path = repository, **variables: str) -> Done:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hushflake.cli.start", "hook", *args],
            cwd=folder,
            input=stdin,
            capture_output=True,
            env={**kept, "HOME": str(home), **variables},
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
