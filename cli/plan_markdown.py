"""A plan as a comment for a pull request, in Markdown.

Names, reasons and SQL come from a project that may be a stranger's: they are shown, and make no
link, picture, mention or heading of the comment.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hushflake.schema.fold import fold
from hushflake.terminal.escape import visible

from .plan_output import cost_line
from .plan_text import CLASSES, folded_lines, sign_of, spoken, summary

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.schema.cost_change import CostChange
    from hushflake.schema.plan import Operation, Plan


MOST_CHARACTERS = 65_000
"""Of a comment: GitHub takes 65,536, and GitLab more."""


def markdown(
    planned: "Planned", cost: "CostChange | None" = None, refused: Sequence[str] = ()
) -> str:
    """Return a plan as a comment for a pull request, folded by entity.

    Args:
        planned: The plan.
        cost: What it does to the monthly cost, if that is known.
        refused: What rules of the project say against it.

    Returns:
        At most `MOST_CHARACTERS`: a longer comment leaves out first the statements, then the
        operations behind the folded lines, then lines at its end, and says so.
    """
    for details in ("statements", "operations", ""):
        lines = _comment(planned, cost, refused, details)
        text = "\n".join(lines)
        if len(text) <= MOST_CHARACTERS:
            return text
    return _cut(lines)


def _comment(
    planned: "Planned", cost: "CostChange | None", refused: Sequence[str], details: str
) -> list[str]:
    plan = planned.plan
    lines = [f"### hushflake plan: {_code(plan.project)} on {_code(plan.stack)}", ""]
    if not plan.operations:
        nothing = "Nothing to do: the stack is as declared."
        return [*lines, nothing, *_held(plan), *_notes(plan)]
    lines += [f"**{summary(plan)}**", ""]
    if cost is not None:
        lines += [cost_line(cost), ""]
    if refused:
        lines += ["> [!CAUTION]", *(f"> {_cell(text)}" for text in refused), ""]
    if details != "statements":
        lines += [f"{_LEFT_OUT[details]} `hushflake plan --sql` shows them.", ""]
    states = (planned.desired, planned.applied.state, planned.actual)
    folded = fold(plan, *(state.resources for state in states))
    if folded.whole:
        lines += ["> [!WARNING]", "> Read these closely.", ""]
        lines += _operations(planned, folded.whole, details)
    for group, line in zip(folded.groups, folded_lines(folded), strict=True):
        if details:
            lines.append(f"<details><summary>{_plain(str(line))}</summary>")
            lines += ["", *_operations(planned, group.operations, details), "</details>", ""]
        else:
            lines.append(f"- {_cell(str(line))}")
    return [*lines, *_held(plan), *_notes(plan)]


_LEFT_OUT = {
    "operations": "The statements are left out: the comment would be too long.",
    "": "Operations and statements are left out: the comment would be too long.",
}


def _operations(planned: "Planned", operations: Sequence["Operation"], details: str) -> list[str]:
    """A table of operations, and their statements."""
    rows = [
        f"| {sign_of(op)} | {_code(f'{spoken(op.kind)} {op.name}')}"
        f"{' ' + _code(op.part) if op.part else ''} | {_cell(op.reason)} "
        f"| {CLASSES.get(op.severity, op.severity)} | {op.cause} |"
        for op in operations
    ]
    table = ["| | object | what | class | cause |", "|---|---|---|---|---|", *rows, ""]
    if details != "statements":
        return table
    return [*table, *_fenced([sql for op in operations for sql in planned.sql[op.id]]), ""]


def _cut(lines: Sequence[str]) -> str:
    """The lines from the beginning that fit, and how many do not."""
    room = MOST_CHARACTERS - 100
    kept = 0
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept += 1
    return "\n".join([*lines[:kept], "", f"… and {len(lines) - kept} more lines."])


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
