"""What other stacks and projects have in the same account, as the journal knows it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hushflake.schema.kinds import kind_named
from hushflake.schema.plan import Plan
from hushflake.schema.state import Desired
from hushflake.schema.values import Key

from .errors import RefusedError

_SHOWN = 5


@dataclass(frozen=True)
class Others:
    """Objects of other stacks.

    Attributes:
        projects: Object -> the other project that made it.
        made: Object -> the other stack of this project that made it.
        used: Object -> the other stack of this project in whose definition it is.
    """

    projects: Mapping[Key, str] = field(default_factory=dict)
    made: Mapping[Key, str] = field(default_factory=dict)
    used: Mapping[Key, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        names: Container[str],
        found: Iterable[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]],
    ) -> "Others":
        """Read rows of the journal: project, stack, applied state, definition.

        Args:
            names: The project's own, now and formerly.
        """
        projects: dict[Key, str] = {}
        made: dict[Key, str] = {}
        used: dict[Key, str] = {}
        for name, stack, applied, definition in found:
            keys = [Key(*pair) for pair in applied.get("made", ())]
            if name not in names:
                projects.update(dict.fromkeys(keys, name))
                continue
            made.update(dict.fromkeys(keys, stack))
            for objects in (
                applied.get("state", {}).get("objects", ()),
                definition.get("objects", ()),
            ):
                used.update(dict.fromkeys((Key(o["kind"], o["name"]) for o in objects), stack))
        return cls(projects, made, used)

    def leave(self, plan: Plan) -> tuple[Plan, set[str]]:
        """Return the plan with notes, and the ids of operations that would harm another stack.

        Grants that another stack declares are not revoked, and what it uses is not dropped.
        """
        ids: set[str] = set()
        grants: dict[str, int] = {}
        notes: list[str] = []
        for op in plan.operations:
            stack = self.used.get(op.key)
            if stack is None:
                continue
            if op.kind == "grant" and op.action != "grant" and op.action != "create":
                ids.add(op.id)
                grants[stack] = grants.get(stack, 0) + 1
            elif op.action == "drop":
                ids.add(op.id)
                notes.append(f"{op.key} stays: stack {stack} uses it")
        for stack, count in sorted(grants.items()):
            what = "1 grant stays" if count == 1 else f"{count} grants stay"
            notes.append(f"{what}: stack {stack} declares {'it' if count == 1 else 'them'}")
        return replace(plan, notes=(*plan.notes, *notes)), ids

    def refuse(self, plan: Plan) -> None:
        """Make sure that a plan touches nothing that another project made.

        Raises:
            RefusedError: It names the objects and the project.
        """
        touched = {
            op.key: self.projects[op.key] for op in plan.operations if op.key in self.projects
        }
        if touched:
            raise RefusedError(
                f"the journal says that another project made {_some(touched, 'project')}; nothing "
                "was done: take it out of one of the projects, or deploy from the other; if this "
                "is that project under a new name, write renamed_from: NAME in hushflake.yaml"
            )

    def refuse_shared_unsaid(self, desired: Desired) -> None:
        """Make sure that what another stack of this project made is declared as shared.

        Raises:
            RefusedError: It names the objects and the stack.
        """
        both = {
            key: self.made[key]
            for key in desired.resources
            if key in self.made and key.kind != "grant" and key not in desired.shared
        }
        if not both:
            return
        remedies = []
        if any(kind_named(key.kind).level == "account" and key.kind != "database" for key in both):
            remedies.append(
                "give this stack an `account_prefix`, or list what both use under `shared:` in "
                "hushflake.yaml"
            )
        if any(kind_named(key.kind).level != "account" or key.kind == "database" for key in both):
            remedies.append("give each stack a `database` of its own")
        raise RefusedError(
            f"another stack of this project made {_some(both, 'stack')}; nothing was done: "
            + ", and ".join(remedies)
        )


def _some(found: Mapping[Key, str], what: str) -> str:
    listed = [f"{key} ({what} {name})" for key, name in list(found.items())[:_SHOWN]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(listed) + more
