"""What was applied last: the third state of a plan, kept in the journal.

A finished deployment leaves it whole. One that died leaves only what it meant to do; what of
that came true is seen in the account, never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hushflake.schema.codec import payload_from_plain
from hushflake.schema.kinds.base import Key, Resource
from hushflake.schema.kinds.grant import Grant
from hushflake.schema.plan import Operation, Plan
from hushflake.schema.renaming import new_key, with_names
from hushflake.schema.state import Desired, State

from .executor import Run
from .journal import Deployment
from .others import Others

FORMAT = "hushflake.applied/1"


@dataclass(frozen=True)
class Applied:
    """Objects as they were applied last.

    Attributes:
        state: By key, as declared then.
        made: Keys of those that a deployment created, as opposed to found; only these are ever
            dropped.
        intended: What deployments that died meant to leave; see `settle`.
        created_by_dead: Keys of those that they meant to create.
        taken_over: Roles that were there before, and whose grants are ours since.
        others: What other stacks and projects have in this account.
        after_a_death: A deployment died after the last that finished: its row is still open.
    """

    state: State = field(default_factory=State)
    made: frozenset[Key] = frozenset()
    intended: Mapping[Key, Resource] = field(default_factory=dict)
    created_by_dead: frozenset[Key] = frozenset()
    taken_over: frozenset[Key] = frozenset()
    others: Others = field(default_factory=Others)
    after_a_death: bool = False

    def to_plain(self) -> dict[str, Any]:
        """The document in the journal."""
        return {
            "format": FORMAT,
            "state": self.state.to_plain(),
            "made": [list(key) for key in sorted(self.made)],
            "taken_over": [list(key) for key in sorted(self.taken_over)],
        }

    @classmethod
    def from_plain(cls, document: Mapping[str, Any]) -> "Applied":
        """Read the document back.

        Raises:
            KeyError, ValueError: Not a document of this format.
        """
        if document.get("format") != FORMAT:
            raise ValueError(f"format is {document.get('format')!r}, not {FORMAT!r}")
        made = frozenset(Key(*pair) for pair in document["made"])
        state = State.from_plain(document["state"])
        # Before this was recorded, the grants of every role that was declared were managed.
        before = [list(key) for key in state.resources if key.kind in ("role", "database_role")]
        taken_over = frozenset(Key(*pair) for pair in document.get("taken_over", before))
        return cls(state, made, taken_over=taken_over)

    def settle(self, actual: State) -> "Applied":
        """Return this with what dead deployments did, as the account shows it."""
        resources = dict(self.state.resources)
        made = set(self.made)
        for key, meant in self.intended.items():
            there = actual.resources.get(key)
            if there is None:
                continue
            # Half an object is ours too: the plan goes on from what is there.
            resources.setdefault(key, meant)
            if there.spec == meant.spec:
                resources[key] = meant
            if key in self.created_by_dead:
                made.add(key)
        return replace(
            self,
            state=State(self.state.account, resources),
            made=frozenset(made),
            intended={},
            created_by_dead=frozenset(),
        )

    def after(self, desired: Desired, plan: Plan, run: Run, actual: State) -> "Applied":
        """Return what is applied once `run` carried out (a part of) `plan`, the whole plan."""
        outcome = {op.id: run.outcomes.get(op.id) for op in plan.operations}
        ids: dict[Key, list[str]] = {}
        for op in (*plan.operations, *plan.held):
            ids.setdefault(op.key, []).append(op.id)
        renamed = {
            op.key: Key(op.kind, str(op.payload["from"]))
            for op in plan.operations
            if op.action == "rename" and (result := outcome[op.id]) and result.status == "done"
        }
        before = with_names(self.state, renamed).resources
        made_before = {new_key(key, self.state, renamed) for key in self.made}
        done = {key for key, result in outcome.items() if result and result.status == "done"}
        resources: dict[Key, Resource] = {}
        for key, resource in desired.resources.items():
            created = f"create {key}" in done
            if created or all(name in done for name in ids.get(key, ())):
                resources[key] = resource
            elif key in before:
                resources[key] = before[key]
        gone = {op.key for op in plan.operations if op.action == "drop" and op.id in done}
        resources |= {
            key: resource
            for key, resource in before.items()
            if key not in desired.resources and key not in gone and key in actual.resources
        }
        made = {op.key for op in plan.operations if op.action == "create" and op.id in done}
        # A create without an answer may have run: if the object is there next time, it is ours.
        made |= {
            op.key
            for op in plan.operations
            if op.action == "create" and (result := outcome[op.id]) and result.status == "unknown"
        }
        return Applied(
            State(actual.account, resources),
            frozenset((made_before | made) - gone),
            taken_over=(self.taken_over | settled_roles(plan, resources, actual)) - gone,
        )

    def droppable(self, desired: Desired) -> State:
        """Return the state for a plan: what we found and did not make is never dropped."""
        kept = {
            key: resource
            for key, resource in self.state.resources.items()
            if key in desired.resources or key in self.made
        }
        return State(self.state.account, kept)


def last_applied(deployments: Sequence[Deployment]) -> Applied:
    """Return what the newest finished deployment left, and what died ones after it meant.

    Args:
        deployments: As `Journal.since_last_finished` returns them: newest first.
    """
    finished = [entry for entry in deployments if entry.applied is not None]
    base = Applied.from_plain(finished[0].applied or {}) if finished else Applied()
    intended: dict[Key, Resource] = {}
    created: set[Key] = set()
    for entry in (entry for entry in deployments if entry.applied is None):
        # What a later one meant counts; only the rest of the older definition is worth reading.
        touched = set(_touched(entry.plan)) - intended.keys()
        intended |= State.from_plain(entry.definition, touched).resources
        created.update(_touched(entry.plan, "create"))
        created.update(_renamed(entry.plan, base.made))
    died = any(entry.applied is None for entry in deployments)
    return replace(base, intended=intended, created_by_dead=frozenset(created), after_a_death=died)


def owner_of(op: Operation, actual: State) -> Key:
    """Return the object that an operation changes: of a grant, the role that holds it."""
    there = actual.resources.get(op.key)
    if op.kind == "grant" and there is not None and isinstance(there.spec, Grant):
        return there.spec.grantee.key
    return op.key


def settled_roles(plan: Plan, resources: Iterable[Key], actual: State) -> frozenset[Key]:
    """Return the roles from which nothing is held back: from now on their grants are ours."""
    open_roles = {owner_of(op, actual) for op in plan.held if op.kind == "grant"}
    roles = (key for key in resources if key.kind in ("role", "database_role"))
    return frozenset(key for key in roles if key not in open_roles)


def _renamed(plan: Mapping[str, Any], made: frozenset[Key]) -> Iterable[Key]:
    """What a plan renamed of the objects that we made."""
    return [
        Key(op["kind"], op["name"])
        for op in plan.get("operations", ())
        if op["action"] == "rename"
        and Key(op["kind"], payload_from_plain(op["payload"])["from"]) in made
    ]


def _touched(plan: Mapping[str, Any], action: str | None = None) -> Iterable[Key]:
    return [
        Key(op["kind"], op["name"])
        for op in plan.get("operations", ())
        if action is None or op["action"] == action
    ]
