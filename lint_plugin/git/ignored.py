"""What git ignores in a repository: `git ls-files`, started early and asked late.

So both walk the tree at once.
"""

import os
from typing import TYPE_CHECKING

from .calls import start

if TYPE_CHECKING:
    from .process import Call

_COMMAND = ("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")


class Repository:
    """A repository whose listing of ignored files is on its way."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        self._listing: Call | None
        try:
            self._listing = start(self.folder, *_COMMAND)
        except OSError:
            # Without git nothing is known to be ignored: more files are seen, none is missed.
            self._listing = None

    def ignored(self) -> tuple[set[str], list[str]]:
        """Return ignored files, and ignored folders with a slash at the end, both absolute.

        Raises:
            GitStalledError: Git did not answer.
        """
        if self._listing is None:
            return set(), []
        code, output, _ = self._listing.finish()
        names = [os.fsdecode(name) for name in output.split(b"\0") if name]
        # "./" says that the folder itself is ignored: whoever names it wants it.
        if code or "./" in names:
            return set(), []
        paths = [os.path.join(self.folder, name) for name in names]
        folders = [path for path in paths if path.endswith("/")]
        return {path for path in paths if not path.endswith("/")}, folders

    def give_up(self) -> None:
        """End the call that is underway."""
        if self._listing is not None:
            self._listing.end()
