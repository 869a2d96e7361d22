"""A dead deployment whose last statement still runs at the server: the next one waits for it."""

import threading
import time

from workplace import Workplace

from hushflake.deploy.deployment import tag_of, wait_for_the_dead
from hushflake.deploy.journal import Deployment, Journal
from hushflake.schema.plan import Plan

# Long enough to be seen, short enough to wait for.
SLOW = "SELECT SYSTEM$WAIT(4) AS N"


def test_the_query_tag_tells_what_still_runs(small: Workplace) -> None:
    plan = Plan("small", "local", "", ())
    with small.session() as ours, small.session() as dead:
        journal = Journal(ours)
        journal.bootstrap()
        journal.use_warehouse()
        lock = journal.lock("the next one", ours.fork())
        lock.session.use_warehouse(journal.place.warehouse)
        lock.take()
        # Its row is open and its process is gone; its session at the server is not.
        journal.begin(lock, row("d1", lock.fence))
        dead.set_tag(tag_of("d1", plan))
        assert not journal.is_running(["d1"])
        ended: list[float] = []

        def run() -> None:
            dead.query(SLOW)
            ended.append(time.monotonic())

        thread = threading.Thread(target=run)
        thread.start()
        until = time.monotonic() + 20
        while not journal.is_running(["d1"]):
            assert time.monotonic() < until
            assert not ended, "the statement was too quick to be seen"
        assert not journal.is_running(["d2"])
        wait_for_the_dead(journal, lock, plan)
        assert ended
        assert not journal.is_running(["d1"])
        thread.join()
        lock.release()
        lock.session.close()


def row(name: str, fence: int) -> Deployment:
    return Deployment(
        name, "small", "local", fence, "apply", "running", None, None, None, None, {}, {}, None
    )
