"""Import the modules that will change, and run the tests, as they are now."""

import json
from collections.abc import Sequence
from pathlib import Path

from ...dependency.requirement import default
from ...files import write_atomically
from ...trying.imports import Trial, first_trials
from ...trying.interpreter import chosen, nearest, require_hushflake
from ...trying.suite import run_tests, words
from ...wording import counted
from ..step import Context, Done, Look
from .dependency import changed_files

ORDER = 22
NAME = "try-before"
TITLE = "Try the code as it is"
# What was found before, for the step `try`.
BEFORE = "try.json"


def look(context: Context) -> Look:
    options = context.options
    if not options.tries and not options.asks:
        return Look(["not requested; --try and --test-command do it"], idle=True)
    python = chosen(context.top, options.python)
    if options.test_command:
        words(options.test_command)
    lines = ["this runs the project's code, here and with your environment:"]
    modules = _modules(context)
    if options.imports or not options.tries:
        lines.append(f"imports {counted(len(modules), 'module')} with {python}, before and after")
    if options.test_command:
        lines.append(f"runs `{options.test_command}`, before and after")
    return Look(lines, idle=not modules and not options.test_command, runs_code=True)


def act(context: Context) -> Done:
    options = context.options
    for python in sorted({pythons(context, path) for path in _modules(context)}):
        require_hushflake(python, options.requirement or default())
    python = chosen(context.top, options.python)
    document: dict[str, object] = {"trials": [], "tests": None}
    lines = []
    if options.imports or not options.tries:
        trials = first_trials(
            lambda path: pythons(context, path), context.roots, _modules(context), options.limit
        )
        document["trials"] = [one.as_json() for one in trials]
        lines += [f"{one.path}: fails already: {one.failure}" for one in trials if one.failure]
        lines.append(of_modules(trials))
    if options.test_command:
        log = context.folder / "tests-before.log"
        outcome = run_tests(options.test_command, python, context.top, log, options.test_limit)
        document["tests"] = {"command": options.test_command, **outcome.as_json()}
        lines.append(f"tests: {outcome}; what they printed: {log}")
    write_atomically(context.folder / BEFORE, json.dumps(document).encode(), mode=0o600)
    return Done(lines)


def pythons(context: Context, path: str) -> Path:
    """Return the interpreter that a file is tried with."""
    return nearest(context.top, path, context.options.python)


def of_modules(trials: Sequence[Trial]) -> str:
    """Say how many of the files can be imported: in one of their ways at least."""
    paths = {one.path for one in trials}
    good = {one.path for one in trials if one.failure is None}
    return f"{len(good)} of {counted(len(paths), 'module')} can be imported"


def _modules(context: Context) -> list[str]:
    """Return the files that will change and are there already."""
    return [path for path in changed_files(context) if (context.top / path).is_file()]
