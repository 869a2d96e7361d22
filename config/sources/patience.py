"""A limit of time for a source that may never answer.

The timeouts of a store's client begin anew with each byte, or are none at all; a program that a
source runs may wait for a person. So a source is asked in a thread that can be left behind.
"""

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

# Source -> the thread that was left behind asking it.
_left: "WeakKeyDictionary[object, threading.Thread]" = WeakKeyDictionary()


class NoAnswerError(Exception):
    """It did not answer in time."""


def in_time(asker: object, call: Callable[[], T], seconds: float) -> T:
    """Return what a call returns, or raise what it raises.

    Args:
        asker: Whose call it is; one that was left behind is not made a second time.
        call: Made in another thread, with the context variables of this one.
        seconds: How long to wait.

    Raises:
        NoAnswerError: It takes longer, or the call before has still not come back.
    """
    before = _left.get(asker)
    if before is not None and before.is_alive():
        raise NoAnswerError
    answers: queue.SimpleQueue[tuple[bool, T | BaseException]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((True, call()))
        except BaseException as error:
            answers.put((False, error))

    # A daemon: a program that ends does not wait for it.
    context = contextvars.copy_context()
    try:
        thread = threading.Thread(
            target=context.run, args=(ask,), name="hushflake-source", daemon=True
        )
        thread.start()
    except RuntimeError:
        return call()  # the interpreter shuts down, or allows no daemon threads
    try:
        good, answer = answers.get(timeout=seconds)
    except queue.Empty:
        _left[asker] = thread
        raise NoAnswerError from None
    if good:
        return answer  # type: ignore[return-value] # what `call` returned
    assert isinstance(answer, BaseException)  # noqa: S101 - the other kind, for mypy
    raise answer
