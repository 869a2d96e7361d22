"""One deployment: lock, journal, statements, journal, unlock."""

import contextlib
import getpass
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from hushflake.schema.plan import Plan

from .applied import Applied
from .errors import ConnectError, MovedError, StatementError
from .executor import INTERRUPTED, Run, Step, run
from .idempotence import is_idempotent
from .journal import Deployment, Journal, Outcome, Recorder
from .lock import Lock
from .planning import Planned, Planner
from .secret_values import values_of
from .session import Session

OnOutcome = Callable[[Outcome], None]


@dataclass(frozen=True)
class Report:
    """How a deployment ended."""

    deployment_id: str
    run: Run
    planned: Planned
    journal_complete: bool


@dataclass
class Deployer:
    """Carries plans out on one stack."""

    planner: Planner
    session: Session
    jobs: int | None = None
    wait_seconds: float = 0.0

    def carry_out(
        self,
        shown: Planned,
        replan: Callable[[Session], Planned],
        on_outcome: OnOutcome,
        action: str = "apply",
    ) -> Report:
        """Take the lock, make sure that the plan still is what was shown, and apply it.

        Args:
            shown: The plan that the caller agreed to.
            replan: Makes it again, under the lock.
            on_outcome: Called for each operation that ended.
            action: `apply`, `destroy` or `rollback`, for the journal.

        Raises:
            LockedError: Another deployment is at work.
            MovedError: The account is not what it was when the plan was shown.
            LockLostError: Somebody took the lock before the first statement.
            MistakeError: The configuration has no value for a secret.
        """
        values_of(shown.plan)  # a value that is missing is said before anything is written
        deployment_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        journal = Journal(self.session, self.planner.settings.place)
        self.session.set_tag(tag_of(deployment_id, shown.plan))
        journal.bootstrap()
        journal.use_warehouse()
        with self._locked(journal, deployment_id) as lock:
            planned = replan(self.session)
            if planned.plan.operations != shown.plan.operations:
                raise MovedError(
                    "the account changed while the plan was being read; nothing was done: run the "
                    "command again to see the new plan"
                )
            return self._under_lock(journal, lock, deployment_id, planned, on_outcome, action)

    @contextmanager
    def _locked(self, journal: Journal, deployment_id: str) -> Iterator[Lock]:
        with self.session.spares.lend() as own:
            journal_of_own = Journal(own, journal.place)
            journal_of_own.use_warehouse()
            lock = journal.lock(f"{actor()} {deployment_id}", own)
            lock.lease_seconds = self.planner.settings.lease_seconds
            lock.take(self.wait_seconds)
            try:
                yield lock
            finally:
                # Without a connection the lease ends by itself; the outcome must still be told.
                with contextlib.suppress(ConnectError, StatementError):
                    lock.release()

    def _under_lock(
        self,
        journal: Journal,
        lock: Lock,
        deployment_id: str,
        planned: Planned,
        on_outcome: OnOutcome,
        action: str,
    ) -> Report:
        wait_for_the_dead(journal, lock, planned.plan)
        journal.begin(lock, self._row(deployment_id, planned, action, lock.fence))
        recorder = Recorder(journal, deployment_id)

        def ended(outcome: Outcome) -> None:
            recorder.add(outcome)
            on_outcome(outcome)

        with self.session.spares.lend_many() as open_session:
            result = run(
                steps_of(planned),
                open_session,
                jobs=self.jobs or self.planner.settings.jobs,
                guard=lock,
                on_outcome=ended,
            )
        applied = planned.applied.after(planned.desired, planned.whole, result, planned.actual)
        written = recorder.flush() and _finished(journal, deployment_id, result, applied)
        return Report(deployment_id, result, planned, written)

    def _row(self, deployment_id: str, planned: Planned, action: str, fence: int) -> Deployment:
        return Deployment(
            id=deployment_id,
            project=planned.plan.project,
            stack=planned.plan.stack,
            fence=fence,
            action=action,
            status="running",
            actor=actor(),
            program=f"hushflake {version('hushflake')}",
            started_at=None,
            finished_at=None,
            plan=planned.to_plain(),
            definition=planned.desired.state().to_plain(),
            applied=None,
        )


def wait_for_the_dead(journal: Journal, lock: Lock, plan: Plan) -> None:
    """Wait until nothing that a dead deployment sent is still running in the account.

    Its process is gone, but the server finishes a statement that it was given. They are found by
    their query tag; where the account does not tell, the lease was the wait.
    """
    dead = journal.open_deployments(plan.project, plan.stack)
    while dead and journal.is_running(dead):
        lock.confirm()
        time.sleep(1)


def _finished(journal: Journal, deployment_id: str, result: Run, applied: Applied) -> bool:
    """Close the row; False when the journal could not be reached: the next plan looks itself."""
    try:
        journal.finish(deployment_id, _status(result), applied.to_plain())
    except (ConnectError, StatementError):
        return False
    return True


def steps_of(planned: Planned) -> list[Step]:
    """Return the operations of a plan as steps for the executor.

    Raises:
        MistakeError: The configuration has no value for a secret.
    """
    secrets = values_of(planned.plan)
    return [
        Step(
            id=op.id,
            statements=planned.sql[op.id],
            depends_on=frozenset(op.depends_on),
            idempotent=all(is_idempotent(sql) for sql in planned.sql[op.id]),
            always=op.always,
            put_back=planned.put_back.get(op.id, ()),
            secrets=secrets.get(op.id, {}),
        )
        for op in planned.plan.operations
    ]


def actor() -> str:
    """Who deploys, for the journal and for whoever meets the lock."""
    return f"{getpass.getuser()}@{socket.gethostname()} (process {os.getpid()})"


def tag_of(deployment_id: str, plan: Plan) -> str:
    """The query tag of every statement of a deployment."""
    return f"hushflake deployment={deployment_id} project={plan.project} stack={plan.stack}"


def _status(result: Run) -> str:
    if result.stopped == INTERRUPTED:
        return "interrupted"
    return "done" if result.complete else "failed"
