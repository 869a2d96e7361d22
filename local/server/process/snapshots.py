"""Snapshots of a stack: its file and the files of its stages, copied while nothing is open."""

import shutil
from collections.abc import Callable
from pathlib import Path

from ...engine.engine import Engine
from ..wire.answers import BadRequestError
from ..wire.opened import Opened
from .data_folder import DATABASE, SAVED_STAGES, STAGES, note_database

SNAPSHOT = "snapshot.duckdb"


class Snapshots:
    """Takes and restores the snapshot of a stack. Its caller has ended every session.

    Args:
        home: The data folder.
        opened: The stack that is open; its engine is replaced.
        reopen: Opens the file of the stack again.
    """

    def __init__(self, home: Path, opened: Opened, reopen: Callable[[], Engine]) -> None:
        self._home = home
        self._opened = opened
        self._reopen = reopen

    def require(self, action: str) -> None:
        """Fail when an action cannot be done.

        Raises:
            BadRequestError: There is no snapshot to restore.
        """
        if action == "restore" and not (self._home / SNAPSHOT).is_file():
            raise BadRequestError("no snapshot was taken")

    def run(self, action: str) -> None:
        """Do what is asked: `take` or `restore`."""
        path, snapshot = self._home / DATABASE, self._home / SNAPSHOT
        self._opened.engine.close()
        try:
            if action == "take":
                shutil.copyfile(path, snapshot)
                self._copy(STAGES, SAVED_STAGES)
            else:
                # What lies beside the tables belongs to rows that are gone.
                for beside in self._home.glob("vectors/*"):
                    beside.unlink(missing_ok=True)
                path.with_name(f"{DATABASE}.wal").unlink(missing_ok=True)
                shutil.copyfile(snapshot, path)
                self._copy(SAVED_STAGES, STAGES)
        finally:
            self._opened.engine = self._reopen()
            note_database(self._home)

    def _copy(self, source: str, target: str) -> None:
        """Put a folder in the place of another; a missing one is an empty one."""
        shutil.rmtree(self._home / target, ignore_errors=True)
        if (self._home / source).is_dir():
            # A link in it is copied as one.
            shutil.copytree(self._home / source, self._home / target, symlinks=True)
