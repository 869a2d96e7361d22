"""A plan as a comment for a pull request, in Markdown.

Names, reasons and SQL come from a project that may be a stranger's: they are shown, and make no
link, picture, mention or heading of the comment.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hushflake.terminal.escape import visible

from .plan_output import cost_line
from .plan_text import CLASSES, grouped, sign_of, spoken, summary

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.schema.cost_change import CostChange
    from hushflake.schema.plan import Plan


def markdown(
    planned: "Planned", cost: "CostChange | None" = None, refused: Sequence[str] = ()
) -> str:
    """Return a plan as a comment for a pull request; `refused` is what rules of the project say."""
    plan = planned.plan
    lines = [f"### hushflake plan: {_code(plan.project)} on {_code(plan.stack)}", ""]
    if not plan.operations:
        nothing = "Nothing to do: the stack is as declared."
        return "\n".join([*lines, nothing, *_held(plan), *_notes(plan)])
    lines += [f"**{summary(plan)}**", ""]
    if cost is not None:
        lines += [cost_line(cost), ""]
    if refused:
        lines += ["> [!CAUTION]", *(f"> {_cell(text)}" for text in refused), ""]
    risky = [op for op in plan.operations if op.severity != "safe"]
    if risky:
        lines += [
            "> [!WARNING]",
            *(f"> {_code(op.id)}: {CLASSES.get(op.severity, op.severity)}" for op in risky),
            "",
        ]
    for kind, operations in grouped(plan).items():
        lines += [
            "<details><summary>" + f"{spoken(kind)} ({len(operations)})</summary>",
            "",
            "| | object | what | class | cause |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {sign_of(op)} | {_code(op.name)}{' ' + _code(op.part) if op.part else ''} "
            f"| {_cell(op.reason)} | {op.severity} | {op.cause} |"
            for op in operations
        ]
        statements = [sql for op in operations for sql in planned.sql[op.id]]
        lines += ["", *_fenced(statements), "</details>", ""]
    return "\n".join([*lines, *_held(plan), *_notes(plan)])


def _held(plan: "Plan") -> list[str]:
    if not plan.held:
        return []
    rows = (f"- {_code(op.id)}: {_cell(op.reason)}" for op in plan.held)
    return ["", "**Held back**: these objects were there before this project.", "", *rows, ""]


def _notes(plan: "Plan") -> list[str]:
    return ["", *(f"- {_cell(note)}" for note in plan.notes)] if plan.notes else []


def _code(text: str) -> str:
    """Return a name on one line of a table; inside `code` GitHub makes no mention of it."""
    return f"`{text}`" if _SIMPLE.fullmatch(text) else f"<code>{_plain(text)}</code>"


def _cell(text: str) -> str:
    """Return prose on one line of a table; the comment parts a mention."""
    return _plain(text).replace("@", "@<!-- -->")


def _plain(text: str) -> str:
    """Return text that makes no markup: entities are never taken for it (CommonMark, 2.5)."""
    shown = "".join(
        f"&#{ord(character)};" if character in _MARKUP else character
        for character in visible(text.replace("\n", " "))
    )
    return shown.replace("://", "&#58;//")  # no address becomes a link


_SIMPLE = re.compile(r'[\w.$" (),:-]+', re.ASCII)
_MARKUP = frozenset("<>&\"'|\\`*_[]~")


def _fenced(statements: Iterable[str]) -> list[str]:
    """Return statements in a fence that is longer than any in them."""
    text = "\n".join(visible(sql, keep="\n\t") + ";" for sql in statements)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}sql", text, fence]
