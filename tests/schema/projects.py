"""Projects put together for a test, and plans as text."""

from pathlib import Path

from hushflake.cli.plan_text import folded_lines, reason_of, summary
from hushflake.deploy.render import render
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.fold import fold
from hushflake.schema.plan import Plan
from hushflake.schema.project import Project, find_project
from hushflake.schema.state import Desired, State

STACK = "database: DB\nedition: enterprise\naccount_admin: true\n"


def make_project(root: Path, definitions: str, stack: str = STACK) -> Project:
    for folder in ("objects", "stacks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "hushflake.yaml").write_text("project: case\n", encoding="utf-8")
    (root / "objects" / "case.yaml").write_text(definitions, encoding="utf-8")
    (root / "stacks" / "test.yaml").write_text(stack, encoding="utf-8")
    return find_project(root, root)


def compile_text(root: Path, definitions: str, stack: str = STACK) -> Desired:
    project = make_project(root, definitions, stack)
    return compile_stack(project, load_stack(project, "test"))


def plan_text(plan: Plan) -> str:
    """One line an operation: class, cause, id, reason, and what it waits for within the plan."""
    ids = {operation.id: str(number) for number, operation in enumerate(plan.operations, 1)}
    lines = []
    for number, operation in enumerate(plan.operations, 1):
        waits = " ".join(sorted((ids[i] for i in operation.depends_on if i in ids), key=int))
        lines.append(
            f"{number}. {operation.severity} {operation.cause} {operation.id}: {operation.reason}"
            + (f" [after {waits}]" if waits else "")
            + (" [always]" if operation.always else "")
        )
    return "".join(f"{line}\n" for line in [*lines, *(f"note: {n}" for n in plan.notes)])


def folded_text(plan: Plan, *states: Desired | State) -> str:
    """The plan as a reader sees it first: folded, what is never folded, and the counts."""
    folded = fold(plan, *(state.resources for state in states))
    # Everything is shown, and what is not safe is never folded.
    shown = [op for group in folded.groups for op in group.operations]
    assert {op.severity for op in shown} <= {"safe"}
    assert sorted(op.id for op in (*shown, *folded.whole)) == sorted(o.id for o in plan.operations)
    lines = [str(line) for line in folded_lines(folded)]
    lines += [f"! {op.severity} {op.id}: {reason_of(op)}" for op in folded.whole]
    return "".join(f"{line}\n" for line in (*lines, *([summary(plan)] if plan else ())))


def plan_sql(plan: Plan) -> str:
    return "\n".join(f"{sql};\n" for operation in plan.operations for sql in render(operation))
