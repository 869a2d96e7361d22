"""What every worker process does first: it ends when the process that started it is gone."""

import os
import threading


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
