"""Upper bounds of processor time, for tests of input that is made to cost much."""

import contextlib
import sys
import time
from collections.abc import Iterator

# What line tracing (`make test COVERAGE=1`) multiplies the cost of Python code by, at most.
TRACED = 6


@contextlib.contextmanager
def cpu_within(seconds: float) -> Iterator[None]:
    """Fail when the block needs more processor time of this process.

    Processor time, not the clock's: the machine may be busy.

    Raises:
        AssertionError: The block took longer.
    """
    allowed = seconds * (TRACED if sys.gettrace() else 1)
    begun = time.process_time()
    yield
    took = time.process_time() - begun
    assert took < allowed, f"{took:.1f} s of processor time; at most {allowed:g} s"
