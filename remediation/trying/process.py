"""Runs a program of the project: in a group of its own, with a time limit, its output kept away."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from hushflake.lint_plugin.worker import OURS, SAFE_PATH

LIMIT = 60.0  # seconds that a module may take to import
TEST_LIMIT = 1800.0


def environment() -> dict[str, str]:
    """Return the environment of a program: the user's, without leaving byte code behind."""
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if variables.get(SAFE_PATH) == OURS:
        del variables[SAFE_PATH]
    return variables


def run(
    command: Sequence[str],
    folder: Path,
    limit: float,
    *,
    output: IO[bytes] | None = None,
    variables: Mapping[str, str] | None = None,
) -> int | None:
    """Run a command and return its exit code, None if it took too long.

    Args:
        command: The program and its arguments; no shell reads them.
        folder: Where it runs.
        limit: Seconds; then it and what it started are killed.
        output: A file for what it prints; dropped when None.
        variables: Its environment.

    Raises:
        OSError: It cannot be started.
    """
    sink = output if output is not None else subprocess.DEVNULL
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=variables if variables is not None else environment(),
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.STDOUT,
        # A group of its own: what it started ends with it.
        start_new_session=True,
    )
    try:
        return child.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
