"""Import the changed modules, and run the tests: no worse than before."""

import json
from pathlib import Path
from typing import Any

from ...errors import RemediationError, WorseError
from ...trying.imports import Trial, trial, worse
from ...trying.suite import Outcome, run_tests
from ...wording import counted
from ..step import Context, Done, Look
from .try_before import BEFORE

ORDER = 65
NAME = "try"
TITLE = "Try the rewritten code"


def look(context: Context) -> Look:
    if not (context.folder / BEFORE).is_file():
        return Look(["not tried before, so there is nothing to compare with"], idle=True)
    return Look(["imports the same modules and runs the same tests again"])


def act(context: Context) -> Done:
    before = _before(context.folder / BEFORE)
    python = Path(before["python"])
    problems, lines = [], []
    trials = [Trial.of_json(one) for one in before["trials"]]
    if trials:
        after = [trial(python, context.top, o.path, o.way, context.options.limit) for o in trials]
        problems += [f"{one.path}: {one.failure}" for one in worse(trials, after)]
        good = sum(one.failure is None for one in after)
        lines.append(f"{good} of {counted(len(after), 'module')} can be imported")
    if before["tests"]:
        command = before["tests"].pop("command")
        was = Outcome(**before["tests"])
        log = context.folder / "tests-after.log"
        now = run_tests(command, python, context.top, log, context.options.test_limit)
        lines.append(f"tests before: {was}")
        lines.append(f"tests after:  {now}")
        if now.is_worse_than(was):
            problems.append(f"{command}: {now}, before {was}; what they printed: {log}")
    if problems:
        raise WorseError("the rewritten code does not do what it did before:", problems)
    return Done(lines)


def _before(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        if not {"trials", "tests", "python"} <= document.keys():
            raise ValueError
    except (OSError, ValueError, AttributeError):
        raise RemediationError(
            f"{path}: cannot be read; begin anew, or leave the step out with --skip try"
        ) from None
    return document
