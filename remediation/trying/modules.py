"""The ways in which the files of a repository are tried: dotted names, and where from."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hushflake.codemods.roots.tree import dotted
from hushflake.codemods.roots.uses import Roots
from hushflake.lint_plugin.reading import is_inside

# What stands in front of the path of a script: it is run but for its block for `__main__`; of one
# without such a block, the imports alone are run, and what they need.
SCRIPT, IMPORTS = "@", "%"


class Way(NamedTuple):
    """A way to import a file.

    Attributes:
        module: Its dotted name, or `@` or `%` and the path of a script.
        base: The folder that `sys.path` begins with, relative to the top, with `/`.
        others: Folders that follow: what the file imports is found there.
    """

    module: str
    base: str
    others: tuple[str, ...] = ()

    @property
    def folders(self) -> tuple[str, ...]:
        """What `sys.path` begins with."""
        return (self.base, *self.others)

    def __str__(self) -> str:
        if self.module.startswith(SCRIPT):
            return f"as a script from {self.base or '.'}/"
        if self.module.startswith(IMPORTS):
            return f"the imports of a script from {self.base or '.'}/"
        return f"as {self.module} from {self.base or '.'}/"


def ways(roots: Roots, path: str) -> list[Way]:
    """Return the ways in which a file is run, by what the repository says."""
    found = []
    for use in roots.uses(path):
        folder = path.rpartition("/")[0]
        if use.image:
            image = next(one for one in roots.images if one.path == use.image)
            beside = image.folder_beside(path)
            folder = folder if beside is None else beside
        if use.module:
            # Not for a script: what it imports may be found by what it does itself.
            others = tuple(root for root in roots.reach(path, use) if root != use.root)
            found.append(Way(use.module, use.root, others))
        elif use.is_script and not roots.is_guarded(path) and use.is_certain:
            found.append(Way(IMPORTS + path, folder))
        else:
            found.append(Way(SCRIPT + path, folder))
    return list(dict.fromkeys(found))


def likely(roots: Roots, path: str) -> Iterator[Way]:
    """Yield other ways, for a file that cannot be imported in those that the repository shows."""
    for base in (roots.tree.above_packages(path), "src", ""):
        if name := dotted(path, base):
            yield Way(name, base)


def fits(way: Way, path: str, top: Path) -> bool:
    """Say whether a way is one of a file, and leads nowhere outside of the repository."""
    if not all(is_inside(str(top / one), str(top)) for one in (path, *way.folders)):
        return False
    if way.module[:1] in (SCRIPT, IMPORTS):
        return way.module[1:] == path
    return dotted(path, way.base) == way.module
