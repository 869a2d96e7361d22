"""Rewrite reads of the environment to calls of the accessor."""

import os
from typing import Any

from hushflake.codemods.keys import KeyNames, read_mapping
from hushflake.codemods.report import PROBLEMS, summary
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.run import Result, run
from hushflake.codemods.transform import chosen
from hushflake.lint_plugin.settings import Policy, load

from ...errors import RemediationFailureError
from ...wording import counted
from ..step import Context, Done, Look

ORDER = 50
NAME = "codemod"
TITLE = "Rewrite the code"
# The transform that drops `load_dotenv()`: while the files stay, the code has to load them.
LOADERS = "dotenv_loaders"


def look(context: Context) -> Look:
    figures = summary(_run(context, write=False))
    lines = [
        f"rewrites {_extent(figures)}",
        f"leaves {counted(figures['left'], 'place')}, each with a reason",
    ]
    if not context.retires:
        lines.append("load_dotenv() stays, because the .env files do")
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
        [f"rewrote {_extent(figures)}"],
        "Read configuration through the accessor",
    )


def _extent(figures: dict[str, Any]) -> str:
    places, files = counted(figures["rewritten"], "place"), counted(figures["changed"], "file")
    return f"{places} in {files}"


def _run(context: Context, *, write: bool) -> Result:
    top = str(context.top)
    settings = load([top])
    mapping = read_mapping(str(context.top / settings.key_mapping)) if settings.key_mapping else {}
    left_out = () if context.retires else (LOADERS,)
    transforms = chosen((), left_out, ())
    rewriter = Rewriter(transforms, Policy(settings), KeyNames(settings.key_style, mapping))
    return run([top], rewriter, write=write, jobs=len(os.sched_getaffinity(0)))
