"""Write the report: before and after, and what is left."""

from pathlib import Path

from ... import report
from ...files import require_inside, write_atomically
from ..step import Context, Done, Look
from .inventory import BEFORE

ORDER = 80
NAME = "report"
TITLE = "Write the report"


def look(context: Context) -> Look:
    return Look([f"writes {_target(context)}, one file for a browser"])


def act(context: Context) -> Done:
    before = context.folder / BEFORE
    built = report.build([context.top], before=before if before.is_file() else None)
    target = _target(context)
    if context.options.report is None:
        # Local data: the folder ignores itself.
        require_inside(target, context.top)
        target.parent.mkdir(exist_ok=True)
        ignore = target.parent / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, b"*\n")
    write_atomically(target, report.render(built).encode("utf-8"))
    return Done([f"report: {target}"])


def _target(context: Context) -> Path:
    chosen = context.options.report
    return chosen.absolute() if chosen else context.top / ".hushflake" / "report.html"
