"""Rules for plans: `checks/*.yaml` of a project says what a plan may not hold.

    - name: nothing is lost
      refuse: {class: loss}
      owner: data-platform
      except: [table SCRATCH.*]

A review has rules then, and each exception stands in the repository with the name of its owner.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from hushflake.schema.binding import bind
from hushflake.schema.context import Context
from hushflake.schema.cost_change import CostChange
from hushflake.schema.errors import DefinitionError, SchemaError
from hushflake.schema.files import is_inside, read_text
from hushflake.schema.kinds import all_kinds
from hushflake.schema.names import QualifiedName
from hushflake.schema.nodes import compose
from hushflake.schema.plan import Operation, Plan
from hushflake.schema.project import Project
from hushflake.schema.settings import shown
from hushflake.schema.suggest import one_of

from .errors import RefusedError
from .selection import is_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a rule refuses: operations to which all of this applies, or a cost."""

    severity: Literal["rebuild", "takeover", "loss"] | None = field(
        default=None, metadata={"key": "class"}
    )
    kind: str | None = None
    action: str | None = None
    grant_to: QualifiedName | None = None
    cost_above_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule for plans.

    Attributes:
        name: What it is called where it refuses.
        owner: Whom to ask.
        exceptions: Objects that it leaves alone: names, or `kind NAME`; `*` matches.
        path: The file that holds it.
    """

    name: str
    refuse: Refused
    owner: str = ""
    exceptions: tuple[str, ...] = field(default=(), metadata={"key": "except"})
    path: str = field(default="", metadata={"yaml": False})


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule refuses in a plan: the id of an operation, or a sentence about the cost."""

    rule: Rule
    what: str

    def __str__(self) -> str:
        owner = f"; ask {self.rule.owner}" if self.rule.owner else ""
        return f"{self.what}: refused by {self.rule.name!r} ({self.rule.path}{owner})"


def read_rules(project: Project) -> tuple[Rule, ...]:
    """Read `checks/*.yaml` of a project.

    Raises:
        DefinitionError: Every mistake of every file, with positions.
    """
    folder = project.root / "checks"
    errors: list[SchemaError] = []
    rules: list[Rule] = []
    files = sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))
    for path in files if is_inside(folder, project.root) else ():
        rules += _read(path, project, errors)
    if errors:
        raise DefinitionError(errors)
    return tuple(rules)


def _read(path: Path, project: Project, errors: list[SchemaError]) -> Iterator[Rule]:
    context = Context(shown(path, project), errors=errors)
    try:
        documents = compose(read_text(path, context.path, project.root), context.path)
    except SchemaError as error:
        errors += error.errors if isinstance(error, DefinitionError) else [error]
        return
    for document in documents:
        for node in document.value if isinstance(document, yaml.SequenceNode) else [document]:
            rule = bind(Rule, node, context)
            if rule is None:
                continue
            refused = rule.refuse
            if refused == Refused():
                context.error(node, f"the rule {rule.name!r} refuses nothing", "write class: loss")
            elif refused.kind is not None and refused.kind not in all_kinds():
                remedy = one_of(refused.kind, all_kinds())
                context.error(node, f"unknown kind {refused.kind!r}", remedy)
            else:
                yield Rule(
                    name=rule.name,
                    refuse=refused,
                    owner=rule.owner,
                    exceptions=rule.exceptions,
                    path=context.path,
                )


def violations(rules: Iterable[Rule], plan: Plan, cost: CostChange | None) -> Iterator[Violation]:
    """Yield what the rules refuse in a plan.

    Args:
        cost: What the plan does to the monthly cost; None where nothing is billed.
    """
    for rule in rules:
        most = rule.refuse.cost_above_usd
        if most is not None:
            if cost is not None and cost.after.usd > most:
                what = f"${cost.after.usd:,.2f} a month is more than ${most:,.2f}"
                yield Violation(rule, what)
            continue
        for op in plan.operations:
            if _applies(rule.refuse, op) and not any(
                is_named(op.key, word) for word in rule.exceptions
            ):
                yield Violation(rule, op.id)


def refuse_violations(found: Iterable[Violation]) -> None:
    """Make sure that no rule refuses a plan.

    Raises:
        RefusedError: It names what is refused, the rule and its owner.
    """
    lines = [f"  {item}" for item in found]
    if lines:
        raise RefusedError(
            "\n".join(
                [
                    "rules of this project refuse the plan; nothing was done:",
                    *lines,
                    "an exception is written into the rule: except: [kind NAME]",
                ]
            )
        )


def _applies(refused: Refused, op: Operation) -> bool:
    if refused.severity is not None and op.severity != refused.severity:
        return False
    if refused.kind is not None and op.kind != refused.kind:
        return False
    if refused.action is not None and op.action != refused.action:
        return False
    if refused.grant_to is not None:
        grants = op.kind == "grant" and op.action in ("create", "grant")
        return grants and op.name.startswith(f"ROLE {refused.grant_to.sql} ON ")
    return True
