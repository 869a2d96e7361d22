"""Rewrite reads of the environment to calls of the accessor."""

import os
from typing import Any

from hushflake.codemods.prepare import rewriter
from hushflake.codemods.report import PROBLEMS, summary
from hushflake.codemods.run import Result, run
from hushflake.config.scaffold import dotted_name
from hushflake.lint_plugin.settings import load

from ...dotenv.find import find
from ...errors import RemediationFailureError
from ...wording import counted
from ..step import Context, Done, Look

ORDER = 50
NAME = "codemod"
TITLE = "Rewrite the code"


def look(context: Context) -> Look:
    figures = summary(rewritten(context, write=False))
    lines = [
        f"rewrites {_extent(figures)}",
        f"leaves {counted(figures['left'], 'place')}, each with a reason",
    ]
    if figures["reasons"].keys() & {"dotenv-needed", "dotenv-unknown"}:
        lines.append("load_dotenv() stays, because the .env files do")
    return Look(lines, idle=not figures["changed"])


def act(context: Context) -> Done:
    result = rewritten(context, write=True)
    wrong = [one for one in result.outcomes if one.status in PROBLEMS]
    if wrong:
        raise RemediationFailureError(
            f"{wrong[0].path}: {wrong[0].status}: {wrong[0].message}; correct it and run the "
            "same command again"
        )
    figures = summary(result)
    return Done(
        [f"rewrote {_extent(figures)}"],
        "Read configuration through the accessor",
    )


def _extent(figures: dict[str, Any]) -> str:
    places, files = counted(figures["rewritten"], "place"), counted(figures["changed"], "file")
    return f"{places} in {files}"


def rewritten(context: Context, *, write: bool) -> Result:
    """Run the codemod over the repository. Without `write` it only looks."""
    top = str(context.top)
    settings = load([top])
    # What the step `dotenv` is about to retire: in a dry run the files are still there.
    retired = [str(path) for path in find(context.top)] if context.retires else ()
    target = context.options.target if context.retires else ""
    extra: tuple[str, ...] = ()
    if context.options.accessor is not None:
        # Not configured yet when steps before `config-init` look.
        module = dotted_name(context.top, context.top / context.options.accessor)
        settings = settings._replace(accessor=module)
        extra = ("accessor_imports",)
    prepared = rewriter(settings, extra=extra, retired=retired, target=target)
    return run([top], prepared, write=write, jobs=len(os.sched_getaffinity(0)))
