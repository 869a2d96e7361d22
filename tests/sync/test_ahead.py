"""Contents that are read ahead: nothing of it outlives the end of the reading."""

import threading

from hushflake.config import Secret
from hushflake.sync.notion.ahead import Ahead
from hushflake.sync.notion.api import NotionApi


def test_after_the_wait_no_read_is_under_way() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def read(key: int) -> int:
        begun.set()
        assert go_on.wait(10)
        done.append(key)
        return key

    ahead = Ahead(read, range(5), 1)
    assert begun.wait(10)
    ahead.end()
    ahead.wait(0.05)  # it is not waited for longer than that
    assert done == []
    go_on.set()
    ahead.wait(10)
    assert done == [0]  # the one that was under way, and no other


def test_threads_that_open_at_once_share_one_client() -> None:
    api = NotionApi(Secret("t" * 20))
    found: list[object] = []
    start = threading.Barrier(6)

    def open_() -> None:
        start.wait(10)
        found.append(api._open())

    threads = [threading.Thread(target=open_) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    api.close()
    assert len(found) == 6
    assert len({id(client) for client in found}) == 1
