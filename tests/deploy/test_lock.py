"""One deployment at a time, and nobody works on with a lock that was lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from workplace import Workplace

from hushflake.deploy.errors import LockedError, LockLostError
from hushflake.deploy.journal import Deployment, Journal
from hushflake.deploy.lock import Lock
from hushflake.deploy.session import connect


@contextmanager
def locks(place: Workplace, count: int, lease_seconds: int = 2) -> Iterator[list[Lock]]:
    """Locks of as many deployments, each on a session of its own."""
    with ExitStack() as stack:
        found = []
        for number in range(count):
            session = stack.enter_context(connect(place.project, "local"))
            journal = Journal(session)
            if number == 0:
                journal.bootstrap()
            journal.use_warehouse()
            lock = journal.lock(f"deployment {number}", session)
            lock.lease_seconds = lease_seconds
            found.append(lock)
        yield found
        for lock in found:
            lock.forget()


def test_of_many_at_once_exactly_one_takes_it(small: Workplace) -> None:
    taken: list[Lock] = []
    refused: list[str] = []
    with locks(small, 6, lease_seconds=20) as found:
        barrier = threading.Barrier(len(found))

        def attempt(lock: Lock) -> None:
            barrier.wait()
            try:
                lock.take()
                taken.append(lock)
            except LockedError as error:
                refused.append(str(error))

        threads = [threading.Thread(target=attempt, args=(lock,)) for lock in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) == 1
        assert len(refused) == 5
        assert all("deployment number 1" in text for text in refused)


def test_a_dead_holder_keeps_it_for_its_lease_and_no_longer(small: Workplace) -> None:
    with locks(small, 2, lease_seconds=1) as (dead, next_one):
        assert dead.take() == 1
        dead.forget()  # its process was killed: nobody renews
        with pytest.raises(LockedError, match="its lease ends in"):
            next_one.take()
        assert next_one.take(wait_seconds=10) == 2
        with pytest.raises(LockLostError):
            dead.confirm()
        with pytest.raises(LockLostError):
            Journal(dead.session).begin(dead, deployment())
        next_one.release()


def test_a_living_holder_keeps_it_beyond_its_lease(small: Workplace) -> None:
    with locks(small, 2, lease_seconds=1) as (holder, other):
        holder.take()
        time.sleep(2.5)
        with pytest.raises(LockedError):
            other.take()
        holder.confirm()
        holder.release()
        assert other.take() == 2
        other.release()


def test_two_deployments_at_once_never_interleave(small: Workplace) -> None:
    first, second = small.start("apply"), small.start("apply")
    ended = [(process.communicate(timeout=120), process.returncode) for process in (first, second)]
    codes = sorted(code for _, code in ended)
    assert codes[0] == 0, ended
    assert codes[1] in (0, 2, 3), ended
    small.hushflake("apply", "--wait", "20")
    rows = small.query(
        "SELECT OPERATION_ID, COUNT(*) AS N FROM HUSHFLAKE.JOURNAL.OUTCOMES "
        "WHERE STATUS = 'done' GROUP BY 1"
    )
    assert {row["N"] for row in rows} == {1}
    assert len(rows) == 5
    small.hushflake("plan", "--exit-code", code=0)


def deployment() -> Deployment:
    return Deployment(
        "d", "small", "local", 0, "apply", "running", None, None, None, None, {}, {}, None
    )


def test_a_table_without_its_row_is_said_and_seeded_again_above_what_was(small: Workplace) -> None:
    small.hushflake("apply")
    small.hushflake("plan")
    table = "HUSHFLAKE.JOURNAL.LOCK"
    small.execute(f"DELETE FROM {table}")
    small.replace("objects/all.yaml", "SELECT NAME FROM", "SELECT ID FROM")
    refused = small.hushflake("apply", code=None)
    assert refused.code != 0
    assert f"{table} holds no row" in refused.err
    assert "drop the table" in refused.err
    small.execute(f"DROP TABLE {table}")
    small.hushflake("apply")
    fences = [int(row["FENCE"]) for row in small.query(f"SELECT FENCE FROM {table}")]
    assert fences == [2], "a later deployment has a higher number"
    assert small.operations() == []
