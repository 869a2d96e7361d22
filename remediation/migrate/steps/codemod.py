"""Rewrite reads of the environment to calls of the accessor."""

import os
from typing import Any

from hushflake.codemods.prepare import rewriter
from hushflake.codemods.report import PROBLEMS, summary
from hushflake.codemods.run import Result, run
from hushflake.lint_plugin.settings import load

from ...errors import RemediationFailureError
from ...wording import counted
from .. import accessor
from ..retiring import fed, uses_store
from ..step import Context, Done, Look

ORDER = 50
NAME = "codemod"
TITLE = "Rewrite the code"


def look(context: Context) -> Look:
    planned = rewritten(context, write=False)
    figures = summary(planned)
    lines = [
        f"rewrites {_extent(figures)}",
        f"leaves {counted(figures['left'], 'place')}, each with a reason",
    ]
    if figures["reasons"].keys() & {"dotenv-needed", "dotenv-unknown"}:
        lines.append("load_dotenv() stays: what it loads has no other source")
    return Look([*lines, *_not_read(context, planned)], idle=not figures["changed"])


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
        [f"rewrote {_extent(figures)}", *_not_read(context, result)],
        "Read configuration through the accessor",
    )


def _not_read(context: Context, result: Result) -> list[str]:
    """Name the files that do not parse: their reads were neither rewritten nor counted."""
    return [
        f"left as it is: {context.relative(one.path)}: {one.message}"
        for one in result.outcomes
        if one.status == "unparsed"
    ]


def _extent(figures: dict[str, Any]) -> str:
    places, files = counted(figures["rewritten"], "place"), counted(figures["changed"], "file")
    return f"{places} in {files}"


def rewritten(context: Context, *, write: bool) -> Result:
    """Run the codemod over the repository. Without `write` it only looks."""
    top = str(context.top)
    settings = load([top])
    # What the step `dotenv` is about to retire: in a dry run the files are still there.
    retired = fed(context).useless if context.retires else ()
    target = context.options.target if uses_store(context) else ""
    extra: tuple[str, ...] = ()
    if context.options.accessor is not None:
        # Not configured yet when steps before `config-init` look.
        settings = settings._replace(accessor=accessor.name(context))
        extra = ("accessor_imports",)
    prepared = rewriter(settings, extra=extra, retired=retired, target=target)
    return run([top], prepared, write=write, jobs=len(os.sched_getaffinity(0)))
