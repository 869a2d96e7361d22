"""Runs the project's tests with the command of its user, and compares before and after."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hushflake.lint_plugin.reading import LARGEST_DATA, read

from ..errors import RemediationError
from ..files import create
from .process import environment, run

# The last line of pytest: `3 failed, 36 passed, 1 skipped in 4.22s`, between `=` or not.
_SUMMARY = re.compile(r"^=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.:]+", re.MULTILINE)
_BAD = ("failed", "error", "errors")


@dataclass(frozen=True)
class Outcome:
    """What came of a run of the tests.

    Attributes:
        code: Exit code, None if it took too long.
        counts: What pytest counted: `passed`, `failed`, …; empty for other programs.
    """

    code: int | None
    counts: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        counted = ", ".join(f"{number} {word}" for word, number in self.counts.items())
        ended = "took too long" if self.code is None else f"exit code {self.code}"
        return f"{counted} ({ended})" if counted else ended

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def is_worse_than(self, before: "Outcome") -> bool:
        """Say whether something that was right is no longer."""
        if self.code not in (before.code, 0):
            return True
        if sum(self.counts.get(word, 0) for word in _BAD) > sum(
            before.counts.get(word, 0) for word in _BAD
        ):
            return True
        return self.counts.get("passed", 0) < before.counts.get("passed", 0)


def words(command: str) -> list[str]:
    """Return the words of a command.

    Raises:
        RemediationError: A quote is not closed, or there is no word.
    """
    try:
        found = shlex.split(command)
    except ValueError:
        found = []
    if not found:
        raise RemediationError(f"--test-command {command!r}: is not a command; close its quotes")
    return found


def run_tests(command: str, python: Path, top: Path, log: Path, limit: float) -> Outcome:
    """Run the tests; what they print goes to `log` alone, as it may hold values.

    Raises:
        RemediationError: The program cannot be started.
    """
    parts = words(command)
    # `pytest` means that of the project's environment.
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    variables = {**environment(), "PATH": path}
    # A new file of ours: what stood there is neither followed nor written through.
    log.unlink(missing_ok=True)
    with create(log) as stream:
        try:
            code = run(parts, top, limit, output=stream, variables=variables)
        except OSError as error:
            raise RemediationError(
                f"--test-command {command!r}: cannot be started: {error.strerror}"
            ) from None
    return Outcome(code, _counts(log))


def _counts(log: Path) -> dict[str, int]:
    try:
        text = read(str(log), LARGEST_DATA, follow=False)[-20_000:].decode("utf-8", "replace")
    except OSError:
        return {}
    found = _SUMMARY.findall(re.sub(r"\x1b\[[0-9;]*m", "", text))
    if not found:
        return {}
    pairs = (part.split(" ") for part in found[-1].split(", ") if part)
    return {word: int(number) for number, word in pairs}
