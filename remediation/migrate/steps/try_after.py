"""Import the changed modules, and run the tests: no worse than before."""

import json
from pathlib import Path
from typing import Any

from hushflake.lint_plugin.reading import LARGEST_DATA, read

from ...errors import RemediationError, WorseError
from ...trying.imports import Trial, trial, worse
from ...trying.interpreter import chosen
from ...trying.modules import fits
from ...trying.suite import Outcome, run_tests
from ..step import Context, Done, Look
from .try_before import BEFORE, of_modules, pythons

ORDER = 65
NAME = "try"
TITLE = "Try the rewritten code"


def look(context: Context) -> Look:
    if not (context.folder / BEFORE).is_file():
        return Look(["not tried before, so there is nothing to compare with"], idle=True)
    if not context.options.tries and not context.options.asks:
        # What lies in the repository does not decide that code of it runs: this run does.
        return Look(["--try and --test-command were not given this time"], idle=True)
    lines = ["runs the project's code again, as before the rewrite"]
    return Look(lines, runs_code=True)


def act(context: Context) -> Done:
    before = _before(context.folder / BEFORE)
    options = context.options
    python = chosen(context.top, options.python)
    problems, lines = [], []
    trials = _trials(context, before) if options.imports or not options.tries else []
    if trials:
        after = [
            trial(pythons(context, one.path), context.top, one.path, one.way, options.limit)
            for one in trials
        ]
        problems += [f"{one.path}: {one.failure} ({one.way})" for one in worse(trials, after)]
        lines += [str(one) for one in after]
        lines.append(of_modules(after))
    if options.test_command:
        was = _tests(before, options.test_command)
        log = context.folder / "tests-after.log"
        now = run_tests(options.test_command, python, context.top, log, options.test_limit)
        lines += [f"tests before: {was}", f"tests after:  {now}"]
        if now.is_worse_than(was):
            problems.append(
                f"{options.test_command}: {now}, before {was}; what they printed: {log}"
            )
    if problems:
        raise WorseError("the rewritten code does not do what it did before:", problems)
    # What somebody put right after a try that was worse: without any, there is no commit.
    return Done(lines, "Put right what the rewrite broke")


def _before(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(read(str(path), LARGEST_DATA, follow=False))
        if not {"trials", "tests"} <= document.keys():
            raise ValueError
    except (OSError, ValueError, AttributeError, RecursionError):
        raise _unusable(path) from None
    return document


def _trials(context: Context, before: dict[str, Any]) -> list[Trial]:
    path = context.folder / BEFORE
    try:
        trials = [Trial.of_json(one) for one in before["trials"]]
    except (ValueError, TypeError, KeyError):
        raise _unusable(path) from None
    top = context.top
    # What lies in the repository may name neither a file nor a search path outside of it.
    if not all(fits(one.way, one.path, top) for one in trials):
        raise _unusable(path)
    return trials


def _tests(before: dict[str, Any], command: str) -> Outcome:
    noted = before["tests"] or {}
    if noted.get("command") != command:
        raise RemediationError(
            f"--test-command {command!r}: was not run before the rewrite; give the same command "
            "as at the beginning, or leave the step out with --skip try"
        )
    return Outcome(noted["code"], noted["counts"])


def _unusable(path: Path) -> RemediationError:
    return RemediationError(
        f"{path}: cannot be used; start over, or leave the step out with --skip try"
    )
