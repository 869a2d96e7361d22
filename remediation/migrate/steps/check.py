"""Check what is left: what `hushflake check` reports, and as it counts."""

from collections import Counter

from hushflake.lint_plugin.finding import ERROR, NOTE
from hushflake.lint_plugin.session import Request, check

from ...wording import counted
from ..step import Context, Done, Look

ORDER = 60
NAME = "check"
TITLE = "Check what is left"


def look(_context: Context) -> Look:
    return Look(["runs the rules that this repository selects; changes nothing"])


def act(context: Context) -> Done:
    outcome = check(Request(paths=(str(context.top),), use_cache=False))
    ours = [one for one in outcome.findings if one.path not in outcome.test_files]
    errors = Counter(one.code for one in ours if one.severity == ERROR)
    (_all, in_tests), (notes, notes_in_tests) = outcome.tally(ERROR), outcome.tally(NOTE)
    lines = [f"{code}: {count}" for code, count in sorted(errors.items())]
    lines.append(f"left: {counted(errors.total(), 'error')} (`hushflake check`)")
    if notes > notes_in_tests:
        lines.append(f"{counted(notes - notes_in_tests, 'note')} (`hushflake check --notes`)")
    if in_tests or notes_in_tests:
        apart = [
            counted(number, noun)
            for number, noun in ((in_tests, "error"), (notes_in_tests, "note"))
            if number
        ]
        lines.append(f"in test files, counted apart: {' and '.join(apart)}")
    if outcome.in_baseline:
        lines.append(f"{outcome.in_baseline} in the baseline")
    return Done(lines)
