"""The files of a run, for readers that need more than one: names, and bounded texts."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from hushflake.lint_plugin.reading import is_inside

from ...files import read_regular

# No hand-written configuration file, and hardly a source file, is larger.
LARGEST = 1 << 20


class Tree:
    """The files below a root that may be looked at."""

    def __init__(self, root: str, paths: Iterable[str]) -> None:
        """
        Args:
            root: Absolute.
            paths: Relative to the root, `/` between parts.
        """
        self.root = root
        self.paths = sorted(set(paths))
        # What readers have found out of the whole, by a name of theirs.
        self.facts: dict[str, object] = {}

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    def has(self, path: str) -> bool:
        """Say whether there is such a file."""
        return path in self._known

    def below(self, folder: str) -> Iterator[str]:
        """Yield the files below a folder, "" for all."""
        prefix = f"{folder}/" if folder else ""
        for index in range(bisect_left(self.paths, prefix), len(self.paths)):
            path = self.paths[index]
            if not path.startswith(prefix):
                return
            yield path

    def text(self, path: str) -> str | None:
        """Return the text of a file, None for one that is not there, too large or led outside."""
        absolute = Path(self.root, path)
        if not self.has(path) or not is_inside(str(absolute.parent), self.root):
            return None
        try:
            data = read_regular(absolute, LARGEST)
        except OSError:
            return None
        return None if data is None else data.decode("utf-8", "replace")
