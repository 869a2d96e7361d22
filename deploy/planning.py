"""From a project and a stack to a plan: compile, look at the account and the journal, compare."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hushflake.schema.compile import compile_stack, without_collector
from hushflake.schema.graph import sorted_by_dependency
from hushflake.schema.kinds import all_kinds
from hushflake.schema.kinds.base import Key, KindT, Resource
from hushflake.schema.marker import read_marker
from hushflake.schema.names import Identifier, QualifiedName
from hushflake.schema.plan import Plan
from hushflake.schema.planner import make_plan
from hushflake.schema.project import MARKER, Project, Stack
from hushflake.schema.state import Desired, State

from .applied import Applied, last_applied
from .errors import MistakeError, MovedError
from .files import read_document
from .future_grants import future_grant_notes
from .introspect import read_dropped, read_state
from .journal import Deployment, Journal, Place
from .lock import LEASE_SECONDS
from .others import Others
from .pool import Pool
from .render import render, render_put_back
from .selection import select
from .session import Session
from .takeover import confirmation, hold_back, owner_names, without

Statements = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Settings:
    """What a stack says about its deployment.

    Attributes:
        place: Where the journal is (`journal_schema`), and the warehouse that works for it
            (`deploy_warehouse`).
        lease_seconds: How long a deployment that died keeps others out (`settings:`).
        jobs: Statements in flight (`settings:`).
        production: `destroy` wants the stack's name typed.
    """

    place: Place = field(default_factory=Place)
    lease_seconds: int = LEASE_SECONDS
    jobs: int = 8
    production: bool = False

    @classmethod
    def of(cls, stack: Stack) -> "Settings":
        """Read the settings of a stack.

        Raises:
            MistakeError: A value that is none.
        """
        given = stack.settings
        where = f"stacks/{stack.name}.yaml"
        return cls(
            place=_place(given, where),
            lease_seconds=_positive(given, "lease_seconds", LEASE_SECONDS, where),
            jobs=_positive(given, "jobs", 8, where),
            production=bool(given.get("production")) or stack.name.startswith("prod"),
        )


def _positive(given: Mapping[str, Any], key: str, default: int, where: str) -> int:
    value = given.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise MistakeError(f"{where}: {key} is {value!r}; it must be a whole number above 0")
    return value


def _place(given: Mapping[str, Any], where: str) -> Place:
    place = Place()
    if "journal_schema" in given:
        name = QualifiedName.parse(str(given["journal_schema"]))
        if len(name.parts) != 2:
            raise MistakeError(f"{where}: journal_schema is written DATABASE.SCHEMA")
        place = replace(place, database=name.parts[0].text, schema=name.parts[1].text)
    if "deploy_warehouse" in given:
        warehouse = Identifier.parse(str(given["deploy_warehouse"]))
        place = replace(place, warehouse=warehouse.text)
    return place


@dataclass(frozen=True)
class Planned:
    """A plan with the three states it was made from, and its statements.

    Attributes:
        plan: What is meant to be done.
        whole: The plan before a selection took a part of it.
        sql: Operation id -> statements.
        put_back: Operation id -> statements for when one of its own is refused.
    """

    plan: Plan
    whole: Plan
    desired: Desired
    actual: State
    applied: Applied
    sql: Statements
    put_back: Statements = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """The document `hushflake.plan/1`."""
        return self.plan.to_plain(self.sql)

    def select(self, targets: Sequence[str], excludes: Sequence[str]) -> "Planned":
        """Return it narrowed to what is meant; see `selection.select`."""
        known = {*self.desired.resources, *self.applied.state.resources}
        return replace(self, plan=select(self.plan, targets, excludes, known))

    def take_over_options(self) -> list[str]:
        """The options that confirm what is held back, one per object."""
        return [f"--take-over {shlex.quote(name)}" for name in owner_names(self.plan, self.actual)]

    @property
    def records_nothing_new(self) -> bool:
        """Whether the journal already holds this state, and no deployment's row is left open."""
        if self.applied.after_a_death:
            return False
        applied, wanted = self.applied.state.resources, self.desired.resources
        # Protection is no difference of the object, but what is recorded of it counts.
        return dict(applied) == dict(wanted) and all(
            applied[key].protect == resource.protect for key, resource in wanted.items()
        )


class Planner:
    """Makes plans for one stack of a project.

    Attributes:
        take_over: Names of objects that were there before, and from which a plan may take.
        taken: Ids of operations that may, as a saved plan holds them.
    """

    def __init__(self, project: Project, stack: Stack) -> None:
        self.project = project
        self.stack = stack
        self.settings = Settings.of(stack)
        self._desired: Desired | None = None
        self.take_over: Sequence[str] = ()
        self.taken: frozenset[str] = frozenset()

    @property
    def overrides(self) -> Path | None:
        """The project's own templates, if it has any."""
        folder = self.project.templates
        return folder if folder.is_dir() else None

    def desired(self) -> Desired:
        """Compile the stack, once: what is applied is the definition that was shown."""
        if self._desired is None:
            self._desired = compile_stack(self.project, self.stack)
            self._refuse_in_journal(self._desired)
        return self._desired

    def read_applied(self, session: Session) -> Applied:
        """Return what the journal says; nothing when there is no journal yet."""
        journal = Journal(session, self.settings.place)
        if not journal.exists():
            return Applied()
        journal.use_warehouse()
        names = (self.project.name, *filter(None, (self._former_name(),)))
        mine: list[Deployment] = []
        for name in names:
            mine += journal.since_last_finished(name, self.stack.name)
            if any(entry.applied is not None for entry in mine):
                break
        found = journal.of_others(names, self.stack.name)
        return replace(last_applied(mine), others=Others.of(names, found))

    def _former_name(self) -> str:
        """The name under which this project was deployed before (`renamed_from`)."""
        path = self.project.root / MARKER
        return read_marker(path).renamed_from if path.is_file() else ""

    @without_collector()
    def plan(self, session: Session, desired: Desired | None = None) -> Planned:
        """Look at the account and compare.

        Args:
            session: Open; its spares read beside it.
            desired: What is wanted; the compiled stack when absent.
        """
        desired = self.desired() if desired is None else desired
        applied = self.read_applied(session)
        actual = self.look(session, desired, applied)
        self._refuse_missing_home(desired, actual)
        applied.others.refuse_shared_unsaid(desired)
        return self.compare(desired, actual, applied.settle(actual))

    @without_collector()
    def look(
        self, session: Session, desired: Desired, applied: Applied, *, everything: bool = False
    ) -> State:
        """Read what a plan must know of the account; `everything`: all kinds, for a snapshot."""
        before = {**applied.state.resources, **applied.intended}
        unsure = applied.intended.keys() - applied.state.resources.keys()
        scope = desired.scope(State(resources=before), unsure)
        kinds = None if everything else _kinds_to_read(desired, before)
        pool = Pool(session, self.settings.jobs)
        found = read_state(pool, scope, kinds)
        gone = {key.kind for key in applied.state.resources if key not in found.resources}
        if gone:
            lost = [kind for name, kind in all_kinds().items() if name in gone]
            dropped = read_dropped(pool, scope, found.resources, lost)
            found = replace(found, dropped=dropped - found.resources.keys())
        return self._without_journal(found) if everything else self.view(found, desired, applied)

    def view(self, found: State, desired: Desired, applied: Applied) -> State:
        """Return what a plan looks at: the same of an account and of its snapshot.

        Warehouses, roles and databases of others are no part of it: that one of them changes
        moves no plan of ours.
        """
        before = {**applied.state.resources, **applied.intended}
        kinds = _kinds_to_read(desired, before)
        names = set(all_kinds()) if kinds is None else {kind.name for kind in kinds}

        def concerns_us(key: Key) -> bool:
            if key in desired.resources or key in before:
                return True
            return key.kind in names and (
                key.kind == "grant" or all_kinds()[key.kind].level != "account"
            )

        kept = {
            key: r for key, r in self._without_journal(found).resources.items() if concerns_us(key)
        }
        return State(found.account, kept, found.dropped & before.keys())

    def _without_journal(self, found: State) -> State:
        """Leave out what the journal's schema holds, and keep its warehouse from being dropped.

        The schema itself stays in sight: a database that holds it is not dropped.
        """
        place = self.settings.place
        warehouse = Key("warehouse", Identifier(place.warehouse).sql)
        kept = {
            key: replace(resource, protect=True) if key == warehouse else resource
            for key, resource in found.resources.items()
            if not key.name.startswith(f"{place.prefix}.")
        }
        return State(found.account, kept, found.dropped)

    def _refuse_in_journal(self, desired: Desired) -> None:
        place = self.settings.place
        for key in desired.resources:
            if key.kind == "schema" and key.name == place.prefix:
                break
            if key.name.startswith(f"{place.prefix}."):
                break
        else:
            return
        raise MistakeError(
            f"stacks/{self.stack.name}.yaml: {key} is in {place.prefix}, which belongs to the "
            "journal of deployments: declare it in another schema, or keep the journal elsewhere "
            "(`journal_schema: DATABASE.SCHEMA`)"
        )

    def _refuse_missing_home(self, desired: Desired, actual: State) -> None:
        """A plan cannot make what it is itself recorded with, before its first statement."""
        place = self.settings.place
        found = {
            "database": (Identifier(place.database).sql, "journal_schema: DATABASE.SCHEMA"),
            "warehouse": (Identifier(place.warehouse).sql, "deploy_warehouse: NAME"),
        }
        for kind, (name, setting) in found.items():
            key = Key(kind, name)
            if key in desired.resources and key not in actual.resources:
                raise MistakeError(
                    f"stacks/{self.stack.name}.yaml: {key} would serve both this stack and the "
                    f"journal of deployments ({place.prefix}), and does not exist: name another "
                    f"{kind} in the stack or for the journal (`{setting}`), or run CREATE "
                    f"{kind.upper()} {name} first"
                )

    @without_collector()
    def compare(self, desired: Desired, actual: State, applied: Applied) -> Planned:
        """Compute the plan of three states, without any account."""
        desired = replace(desired, account_admin=self.stack.account_admin)
        plan = make_plan(desired, actual, applied.droppable(desired))
        plan = replace(plan, notes=(*plan.notes, *future_grant_notes(desired, actual)))
        plan, left = applied.others.leave(plan)
        plan = without(plan, left)
        applied.others.refuse(plan)
        confirmed = confirmation(self.take_over, self.taken, actual)
        plan = hold_back(plan, desired, actual, applied, confirmed)
        return self.with_sql(Planned(plan, plan, desired, actual, applied, {}))

    def with_sql(self, planned: Planned) -> Planned:
        """Return it with the statements of its operations."""
        every = (*planned.plan.operations, *planned.plan.held)
        sql = {op.id: render(op, self.overrides) for op in every}
        back = {op.id: render_put_back(op, self.overrides) for op in planned.plan.operations}
        return replace(planned, sql=sql, put_back={key: sql for key, sql in back.items() if sql})

    def drift(self, session: Session) -> Planned:
        """Plan to go back to what was applied last: every operation is a change made by hand."""
        applied = self.read_applied(session)
        nothing = Desired(self.project.name, self.stack.name)
        actual = self.look(session, replace(nothing, resources=applied.state.resources), applied)
        last = applied.settle(actual)
        resources = sorted_by_dependency(last.state.resources.values())
        return self.compare(replace(nothing, resources=resources), actual, last)

    def destroy_plan(self, session: Session) -> Planned:
        """Plan to drop everything that the journal says we made."""
        nothing = Desired(self.project.name, self.stack.name)
        found = self.plan(session, nothing)
        # It may well be declared still: that is not why it goes.
        operations = tuple(
            replace(op, reason="was made by this project") if op.action == "drop" else op
            for op in found.plan.operations
        )
        notes = (n.replace("is no longer declared, and stays", "stays") for n in found.plan.notes)
        plan = replace(found.plan, operations=operations, notes=tuple(notes))
        return replace(found, plan=plan, whole=plan)


# Read whatever is declared: others are asked only if these exist, and grants by hand are drift.
_ALWAYS_READ = ("database", "role", "database_role", "grant")
_CONTAINERS = ("database", "schema")


def _kinds_to_read(desired: Desired, before: Mapping[Key, Resource]) -> list[KindT] | None:
    """The kinds that a plan is about; all of them when a container may go with what is in it."""
    if any(key.kind in _CONTAINERS and key not in desired.resources for key in before):
        return None
    used = {key.kind for key in (*desired.resources, *before)}
    return [kind for name, kind in all_kinds().items() if name in used or name in _ALWAYS_READ]


def read_plan_file(path: Path) -> tuple[Plan, Statements]:
    """Read what `plan --out` wrote.

    Raises:
        MistakeError: Not a file, or not a plan.
    """
    document = read_document(path, "plan", "hushflake plan --out FILE")
    try:
        plan = Plan.from_plain(document)
        sql = {op["id"]: tuple(op["sql"]) for op in document["operations"]}
    except (KeyError, TypeError, ValueError) as error:
        raise MistakeError(f"{path}: this is not a saved plan: {error}") from None
    return plan, sql


def approve_saved(saved: Plan, saved_sql: Statements, now: Planned) -> Planned:
    """Return the present plan narrowed to the saved one, if nothing moved.

    Raises:
        MistakeError: The saved plan is of another project or stack.
        MovedError: The account, the definition or the statements are not those of the saved plan.
    """
    if (saved.project, saved.stack) != (now.plan.project, now.plan.stack):
        raise MistakeError(
            f"the saved plan is for project {saved.project}, stack {saved.stack}; "
            f"this is project {now.plan.project}, stack {now.plan.stack}"
        )
    if saved.account_fingerprint != now.plan.account_fingerprint:
        raise MovedError(
            "the account has changed since the plan was saved; nothing was done: make a new plan"
        )
    present = {op.id: op for op in now.plan.operations}
    for op in saved.operations:
        if present.get(op.id) is None or replace(present[op.id], depends_on=()) != replace(
            op, depends_on=()
        ):
            raise MovedError(
                f"the definition has changed since the plan was saved ({op.id}); nothing was done: "
                "make a new plan"
            )
        if saved_sql.get(op.id, ()) != now.sql[op.id]:
            raise MovedError(
                f"the saved plan holds other SQL for {op.id} than it renders to; the file or a "
                "template was changed: make a new plan"
            )
    wanted = {op.id for op in saved.operations}
    kept = tuple(op for op in now.plan.operations if op.id in wanted)
    return replace(now, plan=replace(now.plan, operations=kept))
