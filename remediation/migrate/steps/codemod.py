"""Rewrite reads of the environment to calls of the accessor."""

import os

from hushflake.codemods.keys import KeyNames, read_mapping
from hushflake.codemods.report import PROBLEMS, summary
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.run import Result, run
from hushflake.codemods.transform import chosen
from hushflake.lint_plugin.settings import Policy, load

from ...errors import RemediationFailureError
from ..step import Context, Done, Look

ORDER = 50
NAME = "codemod"
TITLE = "Rewrite the code"


def look(context: Context) -> Look:
    figures = summary(_run(context, write=False))
    lines = [
        f"rewrites {figures['rewritten']} places in {figures['changed']} files",
        f"leaves {figures['left']} places, each with a reason",
    ]
    return Look(lines, idle=not figures["changed"])


def act(context: Context) -> Done:
    result = _run(context, write=True)
    wrong = [one for one in result.outcomes if one.status in PROBLEMS]
    if wrong:
        raise RemediationFailureError(
            f"{wrong[0].path}: {wrong[0].status}: {wrong[0].message}; put it right and run the "
            "same command again"
        )
    figures = summary(result)
    return Done(
        [f"{figures['rewritten']} places rewritten in {figures['changed']} files"],
        "Read configuration through the accessor",
    )


def _run(context: Context, *, write: bool) -> Result:
    top = str(context.top)
    settings = load([top])
    mapping = read_mapping(str(context.top / settings.key_mapping)) if settings.key_mapping else {}
    rewriter = Rewriter(chosen((), (), ()), Policy(settings), KeyNames(settings.key_style, mapping))
    return run([top], rewriter, write=write, jobs=len(os.sched_getaffinity(0)))
