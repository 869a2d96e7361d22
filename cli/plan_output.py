"""A plan printed for a person: folded by entity and kind, or every operation with its SQL."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hushflake.terminal.text import Text, joined, styled
from hushflake.terminal.write import say, say_block

from .plan_text import (
    CLASSES,
    Line,
    folded_lines,
    grouped,
    reason_of,
    shortened,
    sign_of,
    some,
    spoken,
)
from .plan_text import summary as counts

if TYPE_CHECKING:
    from hushflake.deploy.planning import Planned
    from hushflake.schema.cost_change import CostChange
    from hushflake.schema.plan import Operation

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
_SHOWN_DEPENDENTS = 3
_SHOWN_ITEMS = 3
_SHOWN_HELD = 20


def print_plan(
    planned: "Planned",
    *,
    full: bool = False,
    with_sql: bool = False,
    cost: "CostChange | None" = None,
    title: str = "Plan for stack",
) -> None:
    """Print a plan: folded unless `full` or `with_sql`, counted, coloured on a terminal."""
    plan = planned.plan
    for note in plan.notes:
        say(styled(f"note: {note}", dim=True))
    where = f"{plan.stack} of {plan.project}"
    _print_held(planned)
    if not plan.operations:
        selected = " in the selected part" if planned.whole.operations else ""
        but = "" if not plan.held else " but for what is held back"
        say(f"Stack {where} matches its definition{selected}{but}: nothing to do.")
        return
    say(styled(f"{title} {where}", bold=True))
    if full or with_sql:
        _print_full(planned, with_sql)
    else:
        _print_folded(planned)
    say()
    say(counts(plan))
    if not (full or with_sql):
        say(styled("--full lists every operation, --sql the statements too.", dim=True))
    if cost is not None:
        say(cost_line(cost))


def _print_held(planned: "Planned") -> None:
    """What would be taken from objects that were there before, and how to confirm it."""
    held = planned.plan.held
    if not held:
        return
    say(styled("Held back", bold=True), f" ({len(held)}): these objects were there before")
    for op in held[:_SHOWN_HELD]:
        say("  ", _operation(op, with_kind=True))
    if len(held) > _SHOWN_HELD:
        say(f"  … and {len(held) - _SHOWN_HELD} more; `plan --format json` lists them all")
    say("To make these changes, add " + " ".join(planned.take_over_options()))
    say()


def cost_line(cost: "CostChange") -> str:
    """Return on one line what a plan does to the monthly cost."""
    before, after = cost.before.usd, cost.after.usd
    budget = cost.after.budget_usd
    what = f"Estimated monthly cost: ${after:,.2f}"
    if cost.items:
        sign = "+" if cost.usd >= 0 else "-"
        most = ", ".join(
            f"{item} {'+' if new >= old else '-'}${abs(new - old):,.2f}"
            for item, old, new in cost.items[:_SHOWN_ITEMS]
        )
        more = ", …" if len(cost.items) > _SHOWN_ITEMS else ""
        what += f", now ${before:,.2f} ({sign}${abs(cost.usd):,.2f}: {most}{more})"
    else:
        what += ", unchanged"
    if budget is not None:
        word = "OVER" if cost.after.over_budget else "within"
        what += f"; {word} the budget of ${budget:,.0f}"
    return what


def _print_folded(planned: "Planned") -> None:
    from hushflake.schema.fold import fold

    states = (planned.desired, planned.applied.state, planned.actual)
    folded = fold(planned.plan, *(state.resources for state in states))
    if folded.groups:
        say()
    for line in shortened(folded_lines(folded)):
        say(_line(line))
    if folded.whole:
        waiting = _dependents_of(planned)
        say()
        say(styled("Read these closely", bold=True), f" ({len(folded.whole)})")
        for op in folded.whole:
            say("  ", _operation(op, with_kind=True))
            _print_dependents(waiting.get(op.id, ()))


def _print_full(planned: "Planned", with_sql: bool) -> None:
    waiting = _dependents_of(planned)
    for kind, operations in grouped(planned.plan).items():
        say()
        say(styled(spoken(kind), bold=True), f" ({len(operations)})")
        for op in operations:
            say("  ", _operation(op))
            if with_sql or op.severity != "safe":
                _print_dependents(waiting.get(op.id, ()))
            for statement in planned.sql[op.id] if with_sql else ():
                say_block(f"{statement};", indent="      ", dim=True)


def _line(line: Line) -> Text:
    text = styled(f"{line.sign} {line.head}", fg=_COLOURS[line.sign])
    if line.items:
        text += ": " + ", ".join(line.items)
    return text + " [" + styled(line.mark, fg="magenta") + "]" if line.mark else text


def _operation(op: "Operation", *, with_kind: bool = False) -> Text:
    sign = sign_of(op)
    what = " ".join(filter(None, (sign, spoken(op.kind) if with_kind else "", op.name, op.part)))
    marks = []
    if op.severity != "safe":
        marks.append(styled(CLASSES.get(op.severity, op.severity), fg="red", bold=True))
    if op.cause == "drift":
        marks.append(styled("drift", fg="magenta"))
    mark = Text(" [", joined(", ", marks), "]") if marks else Text()
    reason = reason_of(op)
    return Text(styled(what, fg=_COLOURS[sign]), mark, f" {reason}" if reason else "")


def _dependents_of(planned: "Planned") -> dict[str, list[str]]:
    """For each operation the ids of those that wait for it."""
    found: dict[str, list[str]] = {}
    for op in planned.plan.operations:
        for needed in op.depends_on:
            found.setdefault(needed, []).append(op.id)
    return found


def _print_dependents(ids: Sequence[str]) -> None:
    if ids:
        say(styled(f"      needed by {', '.join(some(ids, _SHOWN_DEPENDENTS))}", dim=True))
