"""The scheduler alone: order, parallelism, failures, interruption. No database is needed for it."""

import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hushflake.deploy.errors import ConnectError, LockLostError, StatementError
from hushflake.deploy.executor import Run, Step, run
from hushflake.deploy.session import Result


class Account:
    """Takes a while for each statement and remembers when it began and ended.

    Args:
        together: So many statements wait for each other, so that their number tells, and no clock.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        broken: Mapping[str, Exception] | None = None,
        together: int = 1,
    ) -> None:
        self.seconds = seconds
        self.gate = threading.Barrier(together, timeout=20)
        self.broken = broken or {}
        self.log: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.guard = threading.Lock()

    def open(self) -> Any:
        return self

    def execute(self, sql: str, **_: object) -> Result:
        with self.guard:
            self.log.append(("begin", sql))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        self.gate.wait()
        with self.guard:
            self.log.append(("end", sql))
            self.at_once -= 1
        if sql in self.broken:
            raise self.broken[sql]
        return Result([], None, f"id of {sql}")

    def close(self) -> None:
        pass

    def order(self, what: str) -> list[str]:
        return [sql for event, sql in self.log if event == what]


class Held:
    def confirm(self, *, anew: bool = False) -> None:
        pass


class Lost:
    """A lock that is lost after so many confirmations."""

    def __init__(self, after: int) -> None:
        self.left = after

    def confirm(self, *, anew: bool = False) -> None:
        self.left -= 1
        if self.left < 0:
            raise LockLostError("the lease ran out")


def step(key: str, *needs: str, always: bool = False) -> Step:
    return Step(key, (key,), frozenset(needs), always=always)


def carry_out(steps: list[Step], account: Account, jobs: int = 4, guard: Any = None) -> Run:
    return run(
        steps, account.open, jobs=jobs, guard=guard or Held(), on_outcome=lambda outcome: None
    )


def broken(key: str, *, unknown: bool = False) -> dict[str, Exception]:
    return {key: StatementError("it broke", sql=key, unknown=unknown)}


@pytest.mark.parametrize("seed", range(20))
def test_nothing_begins_before_what_it_needs_has_ended(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"s{number}" for number in range(40)]
    steps = [
        step(name, *chance.sample(names[:number], min(number, chance.randrange(4))))
        for number, name in enumerate(names)
    ]
    chance.shuffle(steps)
    account = Account(0.001)
    result = carry_out(steps, account, jobs=chance.randrange(1, 9))
    assert result.complete
    assert sorted(account.order("begin")) == sorted(names)
    for one in steps:
        begin = account.log.index(("begin", one.id))
        assert all(account.log.index(("end", needed)) < begin for needed in one.depends_on)


def test_independent_steps_run_side_by_side_and_never_more_than_asked() -> None:
    account = Account(together=4)
    result = carry_out([step(f"s{number}") for number in range(16)], account, jobs=4)
    assert account.most_at_once == 4
    assert len(result.ids("done")) == 16


def test_a_failure_stops_its_dependents_only() -> None:
    account = Account(broken=broken("b"))
    steps = [step("a"), step("b", "a"), step("c", "b"), step("d", "c"), step("e", "a")]
    result = carry_out(steps, account)
    assert result.ids("failed") == ["b"]
    assert sorted(result.ids("skipped")) == ["c", "d"]
    assert sorted(result.ids("done")) == ["a", "e"]
    assert result.outcomes["c"].message == "waits for b"


def test_an_answer_that_never_came_is_neither_done_nor_failed() -> None:
    result = carry_out([step("a"), step("b", "a")], Account(broken=broken("a", unknown=True)))
    assert result.outcomes["a"].status == "unknown"
    assert result.outcomes["b"].status == "skipped"


def graph(failing: str | None = None) -> tuple[list[Step], Account]:
    steps = [
        step("suspend"),
        step("change", "suspend"),
        step("resume", "suspend", "change", always=True),
    ]
    return steps, Account(broken=broken(failing) if failing else {})


def test_what_was_suspended_is_resumed_even_when_the_change_fails() -> None:
    steps, account = graph(failing="change")
    result = carry_out(steps, account)
    assert result.outcomes["change"].status == "failed"
    assert result.outcomes["resume"].status == "done"
    assert account.order("begin")[-1] == "resume"


def test_what_was_never_suspended_is_not_resumed() -> None:
    steps = [step("first"), *graph()[0]]
    steps[1] = step("suspend", "first")
    result = carry_out(steps, Account(broken=broken("first")))
    assert result.outcomes["resume"].status == "skipped"


def test_a_lost_lock_stops_everything_also_what_would_be_put_back() -> None:
    account = Account()
    steps, _ = graph()
    result = carry_out(steps, account, guard=Lost(after=1))
    assert account.order("begin") == ["suspend"]
    assert result.stopped == "the lease ran out"
    assert sorted(result.ids("skipped")) == ["change", "resume"]


def test_ctrl_c_ends_the_running_statement_puts_back_and_stops() -> None:
    account = Account(0.3)
    steps = [*graph()[0], *[step(f"later{number}", "change") for number in range(20)]]

    def interrupt(outcome: object) -> None:
        if getattr(outcome, "operation_id", "") == "suspend":
            threading.Timer(0.1, lambda: signal.raise_signal(signal.SIGINT)).start()

    result = run(steps, account.open, jobs=2, guard=Held(), on_outcome=interrupt)
    assert result.stopped == "interrupted"
    assert result.ids("done") == ["suspend", "change", "resume"]
    assert len(result.ids("skipped")) == 20


def test_statements_of_a_step_run_in_order_and_the_failing_one_is_named() -> None:
    account = Account(broken=broken("two"))
    result = carry_out([Step("s", ("one", "two", "three"))], account)
    assert account.order("begin") == ["one", "two"]
    assert result.outcomes["s"].message == "it broke (statement 2 of 3)"


def test_the_longest_chain_is_never_left_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    # The test waits for what a busy machine is slow to do; a deployment would rather go on.
    monkeypatch.setattr("hushflake.deploy.executor._HANDLED_SECONDS", 20.0)
    # Two at a time, each waiting for the other: ten rounds, or the end of the chain runs alone.
    account = Account(together=2)
    chain = [step("c0"), *[step(f"c{number}", f"c{number - 1}") for number in range(1, 10)]]
    loose = [step(f"a{number}") for number in range(10)]
    result = carry_out([*loose, *chain], account, jobs=2)
    assert len(result.ids("done")) == 20


def test_what_a_refused_step_had_begun_is_put_back() -> None:
    account = Account(broken=broken("two"))
    result = carry_out([Step("s", ("one", "two", "three"), put_back=("back",))], account)
    assert account.order("begin") == ["one", "two", "back"]
    message = "it broke (statement 2 of 3); what it had begun was put back"
    assert result.outcomes["s"].message == message


def test_nothing_to_put_back_and_an_answer_that_never_came_are_no_more_than_that() -> None:
    account = Account(broken={**broken("two"), **broken("back")})
    result = carry_out([Step("s", ("one", "two"), put_back=("back",))], account)
    assert result.outcomes["s"].message == "it broke (statement 2 of 2)"
    account = Account(broken=broken("two", unknown=True))
    carry_out([Step("s", ("one", "two"), put_back=("back",))], account)
    assert account.order("begin") == ["one", "two"]


def test_a_step_stops_between_two_statements_when_the_lock_is_lost() -> None:
    account = Account()
    step = Step("s", ("one", "two"), put_back=("back",))
    result = carry_out([step], account, guard=Lost(after=1))
    assert account.order("begin") == ["one"]
    assert result.outcomes["s"].status == "failed"


def test_a_defect_of_ours_does_not_hang_the_run() -> None:
    def explode() -> Any:
        raise ValueError("secret text")

    result = run([step("a")], explode, jobs=1, guard=Held(), on_outcome=_ignore())
    assert result.outcomes["a"].message == "defect: ValueError"


def test_a_network_that_is_gone_is_not_tried_by_every_step() -> None:
    tried: list[str] = []

    class Gone(Held):
        def confirm(self, *, anew: bool = False) -> None:
            if anew:
                raise ConnectError("cannot connect")

    def unreachable() -> Any:
        tried.append("open")
        time.sleep(0.05)
        raise ConnectError("cannot connect to it")

    steps = [step(f"s{number}") for number in range(50)]
    result = run(steps, unreachable, jobs=1, guard=Gone(), on_outcome=_ignore())
    assert result.stopped == "cannot connect"
    assert len(tried) < 5
    assert len(result.ids("skipped")) == 50 - len(tried)


def _ignore() -> Callable[[object], None]:
    return lambda outcome: None
