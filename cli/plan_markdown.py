"""A plan as a comment for a pull request, in Markdown."""

from typing import TYPE_CHECKING

from .plan_output import cost_line
from .plan_text import CLASSES, grouped, sign_of, spoken, summary

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.schema.cost_change import CostChange
    from hushflake.schema.plan import Plan


def markdown(planned: "Planned", cost: "CostChange | None" = None) -> str:
    """Return a plan as a comment for a pull request."""
    plan = planned.plan
    lines = [f"### hushflake plan: `{plan.project}` on `{plan.stack}`", ""]
    if not plan.operations:
        return "\n".join([*lines, "Nothing to do: the stack is as declared.", *_notes(plan)])
    lines += [f"**{summary(plan)}**", ""]
    if cost is not None:
        lines += [cost_line(cost), ""]
    risky = [op for op in plan.operations if op.severity != "safe"]
    if risky:
        lines += [
            "> [!WARNING]",
            *(f"> {_cell(op.id)}: {CLASSES.get(op.severity, op.severity)}" for op in risky),
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
            f"| {sign_of(op)} | `{_cell(op.name)}`{' ' + _cell(op.part) if op.part else ''} "
            f"| {_cell(op.reason)} | {op.severity} | {op.cause} |"
            for op in operations
        ]
        statements = [sql for op in operations for sql in planned.sql[op.id]]
        lines += ["", "```sql", *(f"{sql};" for sql in statements), "```", "</details>", ""]
    return "\n".join([*lines, *_notes(plan)])


def _notes(plan: "Plan") -> list[str]:
    return ["", *(f"- {_cell(note)}" for note in plan.notes)] if plan.notes else []


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
