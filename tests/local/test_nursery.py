"""The processes that stacks of tests are forked from end what they started, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nursery import AVAILABLE, Forked, Nursery, _without_ended, end, has_ended

from hushflake.local.server.process import process
from hushflake.local.server.process.data_folder import claim

pytestmark = [
    pytest.mark.real_start,
    pytest.mark.skipif(not AVAILABLE, reason="the system has no descriptors of processes"),
]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def ended_process() -> tuple[Forked, subprocess.Popen[bytes]]:
    """A process that has ended, and another one that has got its number since."""
    with subprocess.Popen(SLEEP) as first:
        forked = Forked(first.pid, os.pidfd_open(first.pid))
        first.kill()
    other = subprocess.Popen(SLEEP)
    forked.pid = other.pid
    return forked, other


def test_a_number_that_went_to_another_process_is_left_alone() -> None:
    forked, other = ended_process()
    try:
        assert forked.poll() == -1
        assert forked.wait() == -1
        forked.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.3)
    finally:
        other.kill()
        other.wait()


def test_descriptors_of_ended_processes_are_closed() -> None:
    with subprocess.Popen(SLEEP) as one, subprocess.Popen(SLEEP) as two:
        descriptors = [os.pidfd_open(one.pid), os.pidfd_open(two.pid)]
        one.kill()
        one.wait()
        assert _without_ended(descriptors) == [descriptors[1]]
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptors[0])
        end(descriptors[1])
        assert has_ended(descriptors[1], 10)
        os.close(descriptors[1])


def test_a_server_is_forked_and_ended(tmp_path: Path) -> None:
    nursery = Nursery()
    claim(home := tmp_path / "a" / "b" / "stack")
    spawned: list[Forked] = []

    def spawn(home: Path) -> Forked:
        spawned.append(nursery.wrap(process.spawn)(home))
        return spawned[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "spawn", spawn)
        endpoint = process.start(home)
    assert endpoint.pid == spawned[0].pid
    nursery.close()
    assert has_ended(spawned[0]._descriptor, 10)


def test_a_server_that_was_killed_has_ended(tmp_path: Path) -> None:
    nursery = Nursery()
    claim(home := tmp_path / "a" / "b" / "stack")
    try:
        forked = nursery.wrap(process.spawn)(home)
        os.kill(forked.pid, signal.SIGKILL)
        assert forked.wait() == -1
    finally:
        nursery.close()
