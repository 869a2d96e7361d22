"""Runs statements by their dependencies, several at a time, and says what came of each.

Knows nothing of kinds or plans: a step is an id, its statements and the steps it waits for.
"""

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from .errors import ConnectError, DeployError, LockLostError, StatementError
from .journal import Outcome
from .session import Session

INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Step:
    """One operation, ready to be sent.

    Attributes:
        statements: Sent in this order on one session.
        depends_on: Ids of steps that must be done before.
        idempotent: Its statements may be repeated when the network fails.
        always: Runs once its dependencies are over, even when they failed or the run was
            interrupted, if any of them was sent: it puts back what another step took away (a
            suspended task graph).
        put_back: Sent when the server refuses one of its statements; refusals of these are no harm.
        secrets: Placeholder in the statements -> what is put in when they are sent.
    """

    id: str
    statements: tuple[str, ...]
    depends_on: frozenset[str] = frozenset()
    idempotent: bool = False
    always: bool = False
    put_back: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Guard(Protocol):
    """What is asked before each wave: raises when nothing more may be sent."""

    def confirm(self, *, anew: bool = False) -> None:
        """Raise `LockLostError` when the stack is not ours any more.

        Args:
            anew: Ask the server, however fresh its last word is.
        """


@dataclass
class Run:
    """What came of a run.

    Attributes:
        outcomes: By step id, in the order they ended.
        stopped: Why nothing more was sent: `interrupted`, the reason of a lost lock, or None.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    stopped: str | None = None

    def ids(self, status: str) -> list[str]:
        """Ids of the steps that ended like this."""
        return [key for key, outcome in self.outcomes.items() if outcome.status == status]

    @property
    def complete(self) -> bool:
        """Whether every step was done."""
        return all(outcome.status == "done" for outcome in self.outcomes.values())


def run(
    steps: Sequence[Step],
    open_session: Callable[[], Session],
    *,
    jobs: int,
    guard: Guard,
    on_outcome: Callable[[Outcome], None],
) -> Run:
    """Send all steps and return what came of each.

    A step that fails stops the steps that wait for it and no others. Ctrl-C lets the statements
    in flight end, sends nothing new but what must be put back, and returns; a second Ctrl-C
    does not wait.

    Args:
        open_session: Called once a worker; the session is closed at the end.
        jobs: How many statements may be in flight.
        guard: Asked before each wave.
        on_outcome: Called in this thread for each step that ended.
    """
    return _Scheduler(steps, open_session, jobs, guard, on_outcome).run()


# How soon a Ctrl-C is noticed while statements are in flight.
_POLL_SECONDS = 0.2
# How long a worker waits for what its step sets free: that may be more urgent than what waits
# already. No longer, because the lock may have to be asked for in between, at a round trip.
_HANDLED_SECONDS = 0.005


@contextlib.contextmanager
def _noticed_interrupts() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a flag, so that no outcome is lost; the second raises.

    An exception at any line could lose an answer that was just taken from the queue.
    """
    noticed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield noticed
        return

    def notice(_number: int, _frame: FrameType | None) -> None:
        if noticed.is_set():
            raise KeyboardInterrupt
        noticed.set()

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield noticed
    finally:
        signal.signal(signal.SIGINT, before)


class _Scheduler:
    def __init__(
        self,
        steps: Sequence[Step],
        open_session: Callable[[], Session],
        jobs: int,
        guard: Guard,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.steps = {step.id: step for step in steps}
        self.needs = {step.id: set(step.depends_on) & self.steps.keys() for step in steps}
        self.followers: dict[str, list[str]] = {key: [] for key in self.steps}
        for key, needed in self.needs.items():
            for other in needed:
                self.followers[other].append(key)
        self.order = _urgency(self.steps, self.followers)
        self.jobs = max(1, min(jobs, len(steps)))
        self.open_session = open_session
        self.guard = guard
        self.on_outcome = on_outcome
        self.todo: queue.PriorityQueue[tuple[int, int, Step | None]] = queue.PriorityQueue()
        self.ended: queue.SimpleQueue[tuple[Outcome, threading.Event]] = queue.SimpleQueue()
        self.sent: set[str] = set()
        # Set by a worker whose connection failed: the network may be gone for all.
        self.cut = threading.Event()
        self.result = Run()

    def run(self) -> Run:
        workers = [
            threading.Thread(target=self._work, daemon=True, name=f"apply-{number}")
            for number in range(self.jobs)
        ]
        for worker in workers:
            worker.start()
        with _noticed_interrupts() as interrupts:
            self._send(key for key, needed in self.needs.items() if not needed)
            while len(self.result.outcomes) < len(self.steps):
                if interrupts.is_set() and self.result.stopped is None:
                    self._stop(INTERRUPTED)
                with contextlib.suppress(queue.Empty):
                    outcome, handled = self.ended.get(timeout=_POLL_SECONDS)
                    self._end(outcome)
                    handled.set()
        for _ in workers:
            self.todo.put((len(self.steps), 0, None))
        for worker in workers:
            worker.join()
        return self.result

    def _send(self, keys: Iterable[str]) -> None:
        # A worker takes the first at once: it must be the most urgent.
        ready = sorted(keys, key=self.order.__getitem__)
        if not ready:
            return
        self._confirm()
        for key in ready:
            step = self.steps[key]
            if key in self.result.outcomes or key in self.sent:
                continue
            if self.result.stopped is not None and not self._must_be_put_back(step):
                self._skip(key, self.result.stopped)
                continue
            self.sent.add(key)
            self.todo.put((self.order[key], len(self.sent), step))

    def _confirm(self, *, anew: bool = False) -> None:
        if self.result.stopped is not None:
            return
        try:
            self.guard.confirm(anew=anew)
        except (LockLostError, ConnectError, StatementError) as error:
            self._stop(str(error))

    def _end(self, outcome: Outcome) -> None:
        self.result.outcomes[outcome.operation_id] = outcome
        self.on_outcome(outcome)
        if self.cut.is_set():
            # Or each of the others would wait for its own connection to time out.
            self.cut.clear()
            self._confirm(anew=True)
        ready = []
        for follower in self.followers[outcome.operation_id]:
            step = self.steps[follower]
            if outcome.status != "done" and not step.always:
                self._skip(follower, f"waits for {outcome.operation_id}")
                continue
            self.needs[follower].discard(outcome.operation_id)
            if not self.needs[follower] and follower not in self.result.outcomes:
                ready.append(follower)
        for key in [key for key in ready if not self._worth_sending(key)]:
            ready.remove(key)
            self._skip(key, "nothing to put back")
        self._send(ready)

    def _worth_sending(self, key: str) -> bool:
        step = self.steps[key]
        return not step.always or not step.depends_on or self._took_something(step)

    def _took_something(self, step: Step) -> bool:
        return any(needed in self.sent for needed in step.depends_on)

    def _must_be_put_back(self, step: Step) -> bool:
        # With a lost lock nothing at all may be sent: somebody else is at work.
        return self.result.stopped == INTERRUPTED and step.always and self._took_something(step)

    def _skip(self, key: str, why: str) -> None:
        if key in self.result.outcomes or key in self.sent:
            return
        self._end(Outcome(key, "skipped", message=why))

    def _stop(self, why: str) -> None:
        """Send nothing more; take back what no worker has begun."""
        self.result.stopped = why
        while True:
            try:
                _, _, step = self.todo.get_nowait()
            except queue.Empty:
                break
            if step is not None:
                self.sent.discard(step.id)
                if self._must_be_put_back(step):
                    self._send([step.id])
                else:
                    self._skip(step.id, why)
        for key, needed in self.needs.items():
            if not needed:
                self._skip(key, why)

    def _work(self) -> None:
        session: Session | None = None
        while True:
            _, _, step = self.todo.get()
            if step is None:
                break
            began = time.monotonic()
            try:
                session = session or self.open_session()
                outcome = _carried_out(step, session, began, self.guard)
            except DeployError as error:
                if isinstance(error, ConnectError):
                    self.cut.set()
                outcome = Outcome(step.id, "failed", None, time.monotonic() - began, str(error))
            except Exception as error:  # a defect of ours must not hang the run
                outcome = Outcome(step.id, "failed", None, None, f"defect: {type(error).__name__}")
            if outcome.status == "unknown":
                self.cut.set()
            handled = threading.Event()
            self.ended.put((outcome, handled))
            handled.wait(_HANDLED_SECONDS)
        if session is not None:
            session.close()


def _carried_out(step: Step, session: Session, began: float, guard: Guard) -> Outcome:
    query_id = None
    for number, sql in enumerate(step.statements):
        if number:
            # A statement may take hours: who lost the stack meanwhile must not go on.
            guard.confirm()
        try:
            result = session.execute(sql, idempotent=step.idempotent, secrets=step.secrets)
        except StatementError as error:
            back = ""
            if error.unknown:
                session.close()  # a broken connection serves nobody; the next step opens another
            elif _put_back(step, session):
                back = "; what it had begun was put back"
            part = f" (statement {number + 1} of {len(step.statements)})" if number else ""
            return Outcome(
                step.id,
                "unknown" if error.unknown else "failed",
                error.query_id,
                time.monotonic() - began,
                f"{error}{part}{back}",
            )
        query_id = result.query_id
    return Outcome(step.id, "done", query_id, time.monotonic() - began)


def _put_back(step: Step, session: Session) -> bool:
    """Whether there was anything to put back. What is left is seen by the next plan."""
    found = False
    for sql in step.put_back:
        try:
            session.execute(sql)
            found = True
        except StatementError as error:
            if error.unknown:
                session.close()
                return False
    return found


def _urgency(steps: Mapping[str, Step], followers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return a priority for each step, smallest first: the start of the longest chain leads."""
    length: dict[str, int] = {}
    for key in steps:
        stack = [key]
        while stack:
            top = stack[-1]
            missing = [other for other in followers[top] if other not in length]
            if missing:
                stack.extend(missing)
                continue
            length[top] = 1 + max((length[other] for other in followers[top]), default=0)
            stack.pop()
    return {key: -value for key, value in length.items()}
