"""Random histories in memory, and every order of a few events: see `sync_history` for the oracle.

The seeds of `FOUND` once broke a promise. More: `python tests/sync/test_histories.py 0 5000`.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "fakes"))

from sync_explore import explore
from sync_history import ViolationError, history

from hushflake.sync.errors import NotionError
from hushflake.sync.execute import Executor
from hushflake.sync.observe import Observer
from hushflake.sync.recover import Recovery
from hushflake.sync.work import Work

FOUND = (213, 360, 387, 482, 766, 1047, 1733, 2029, 2180, 2508, 2935, 3214, 4701, 37391, 38093)


@pytest.mark.parametrize("seed", FOUND)
def test_a_history_that_was_broken_once_is_not(seed: int) -> None:
    history(seed)


def test_some_hundred_histories_keep_every_promise() -> None:
    for seed in range(100_000, 100_200):
        history(seed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(10))
def test_fifty_thousand_histories_keep_every_promise(part: int) -> None:
    for seed in range(5000 * part, 5000 * (part + 1)):
        history(seed)


@pytest.mark.parametrize(("records", "states"), [(1, 1000), (2, 1000)])
def test_every_order_of_three_events_comes_to_rest(records: int, states: int) -> None:
    found = explore(3, 60.0, records=records)
    assert not found.violations, found.violations
    assert found.depth == 3
    assert found.states > states


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("records", [1, 2])
def test_every_order_of_up_to_six_events_comes_to_rest(records: int) -> None:
    """Minutes of a processor, shorter orders first; the clock of the wall does not count."""
    found = explore(6, 1800.0, records=records)
    assert not found.violations, found.violations
    assert found.depth == 6, found


# What the oracle must see: mutations of the engine, each a mistake that was made once.


def _settles_what_is_idle(patch: pytest.MonkeyPatch) -> None:
    """An entry of the log stays when there is nothing to do about its pair."""
    patch.setattr(Work, "_recover", lambda self, *, dry: set())


def _keeps_the_version(patch: pytest.MonkeyPatch) -> None:
    """Links change, and whoever remembers them does not notice."""
    patch.setattr("sync_memory.MemoryStore.finish", lambda self, entity, report: None)


def _refuses_by_a_token(patch: pytest.MonkeyPatch) -> None:
    """A refused token is taken for a verdict on a value."""
    plain = NotionError.__init__

    def init(self: NotionError, *args: Any, **more: Any) -> None:
        plain(self, *args, **more)
        self.refuses_value = self.status in (400, 401)

    patch.setattr(NotionError, "__init__", init)


def _agrees_on_nothing(patch: pytest.MonkeyPatch) -> None:
    """What a cycle that died had written counts for nothing."""
    patch.setattr(Recovery, "_created", lambda self, key: None)


def _trusts_what_it_remembers(patch: pytest.MonkeyPatch) -> None:
    """Content is never read again once it was."""
    patch.setattr(Observer, "_is_settled", lambda self, page, known: True)


def _parks_nothing(patch: pytest.MonkeyPatch) -> None:
    """A page that waits makes work for every cycle."""
    patch.setattr(Observer, "park", lambda self, page: None)


def _writes_without_the_lock(patch: pytest.MonkeyPatch) -> None:
    """A lock that was lost is not noticed."""
    patch.setattr("sync_memory.MemoryLease.confirm", lambda self, *, anew=False: None)


def _marks_nothing(patch: pytest.MonkeyPatch) -> None:
    """A pair that was carried out is forgotten before the stream is moved."""
    begin = Executor.run

    def run(self: Executor, decisions: Any, links: Any) -> Any:
        self.marked = self.marked | {decision.sync_id for decision in decisions}
        return begin(self, decisions, links)

    patch.setattr(Executor, "run", run)


def breaks(seed: int) -> bool:
    try:
        history(seed)
    except ViolationError:
        return True
    return False


@pytest.mark.parametrize(
    "mutate",
    [
        _settles_what_is_idle,
        _keeps_the_version,
        _refuses_by_a_token,
        _trusts_what_it_remembers,
        _parks_nothing,
        # Rarer: minutes.
        pytest.param(_agrees_on_nothing, marks=pytest.mark.slow),
        pytest.param(_writes_without_the_lock, marks=pytest.mark.slow),
    ],
)
def test_the_oracle_sees_a_mistake(
    monkeypatch: pytest.MonkeyPatch, mutate: Callable[[pytest.MonkeyPatch], None]
) -> None:
    mutate(monkeypatch)
    assert any(map(breaks, range(4000)))


@pytest.mark.parametrize(
    "mutate",
    [
        _keeps_the_version,
        pytest.param(_marks_nothing, marks=pytest.mark.slow),
        pytest.param(_settles_what_is_idle, marks=pytest.mark.slow),
        pytest.param(_agrees_on_nothing, marks=pytest.mark.slow),
    ],
)
def test_the_exploration_sees_a_mistake(
    monkeypatch: pytest.MonkeyPatch, mutate: Callable[[pytest.MonkeyPatch], None]
) -> None:
    mutate(monkeypatch)
    assert explore(6, 300.0, records=1).violations


def main(first: int, last: int) -> int:
    broken = 0
    for seed in range(first, last):
        try:
            history(seed)
        except ViolationError as error:
            broken += 1
            print(f"seed {seed}: {str(error).splitlines()[0]}")
    print(f"{last - first} histories, {broken} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
