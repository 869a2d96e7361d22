"""Worker processes: they import nothing of the working folder, and end with who started them."""

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.context import BaseContext

SAFE_PATH = "PYTHONSAFEPATH"
# Any text will do; by this one a program that is not ours is started without it.
OURS = "hushflake"


def pool(
    jobs: int,
    prepare: Callable[..., None],
    arguments: tuple[Any, ...] = (),
    context: "BaseContext | None" = None,
) -> "ProcessPoolExecutor":
    """Return a pool of processes.

    Args:
        jobs: How many.
        prepare: What each calls first, with `arguments`.
        context: How to start them; as the system does, when None.
    """
    from concurrent.futures import ProcessPoolExecutor

    # Where processes are not forked they are started as `python -c`, which looks for modules in the
    # working folder first: the one that is looked at. Each start reads this variable.
    os.environ.setdefault(SAFE_PATH, OURS)
    return ProcessPoolExecutor(jobs, context, prepare, arguments)


def end_with_parent() -> None:
    """Watch the parent from a thread of its own and leave when it has died.

    A parent that is killed outright cannot tell its pool, and a worker would wait for work forever:
    it holds both ends of the queue itself.
    """
    threading.Thread(target=_watch, name="end-with-parent", daemon=True).start()


def _watch() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
