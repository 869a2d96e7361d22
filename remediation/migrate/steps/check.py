"""Check what is left: what `hushflake check` reports, and as it counts."""

from collections import Counter

from hushflake.lint_plugin.finding import ERROR
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
    errors = Counter(one.code for one in outcome.findings if one.severity == ERROR)
    notes = len(outcome.findings) - errors.total()
    lines = [f"{code}: {count}" for code, count in sorted(errors.items())]
    lines.append(f"left: {counted(errors.total(), 'error')} (`hushflake check`)")
    if notes:
        lines.append(f"{counted(notes, 'note')} (`hushflake check --notes`)")
    if outcome.in_baseline:
        lines.append(f"{outcome.in_baseline} in the baseline")
    return Done(lines)
