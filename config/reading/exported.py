"""What this process copied into its own environment: a copy is no answer of the environment.

Without this the copy would hide its source: with the environment first, a key that was rotated
would keep its old value for ever. A program that is started later cannot tell the copy apart; to
it the key comes from the environment.
"""

import os
import threading

from ..sources.base import Hidden

_copies = Hidden()  # key -> the text that was exported
_lock = threading.Lock()


def put(values: Hidden) -> list[str]:
    """Set keys in `os.environ`. Return those that were not set, or to something else."""
    with _lock:
        changed = [key for key, value in values.items() if os.environ.get(key) != value]
        # What the environment held by itself stays its own, also when a source agrees with it.
        _copies.update({key: values[key] for key in changed})
        os.environ.update(values)
    return changed


def is_copied(key: str) -> bool:
    """Whether a key was ever exported."""
    return key in _copies


def is_copy(key: str) -> bool:
    """Whether what the environment holds for a key now is what was exported."""
    copy = _copies.get(key)
    return copy is not None and os.environ.get(key) == copy


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
