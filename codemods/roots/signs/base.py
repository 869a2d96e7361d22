"""What a reader of this folder yields."""

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from ..tree import Tree


class Sign(NamedTuple):
    """A folder that modules are imported from, and the file that says so."""

    folder: str
    said_in: str


class Signs(Protocol):
    """A module of this folder."""

    def signs(self, tree: Tree) -> Iterator[Sign]:
        """Yield the import roots that the files of one kind declare."""
        ...


def inside(folder: str, given: Any) -> str | None:
    """A folder that a file in `folder` names, seen from the top; None where it leads out."""
    if not isinstance(given, str) or "\0" in given or given.startswith(("/", "~", "$")):
        return None
    path = posixpath.normpath(posixpath.join(folder, given or "."))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path


def table(value: Any, *names: str) -> Any:
    """A value deep in a document of tables; None where it is not there."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def texts(value: Any) -> list[str]:
    """A value that is a text or a list of texts."""
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def named(tree: Tree, name: str) -> Iterator[str]:
    """Yield the files of a name, the one at the top first."""
    return (path for path in tree.others if path.rpartition("/")[2] == name)
