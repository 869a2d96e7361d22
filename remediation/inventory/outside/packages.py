"""What the sources of an npm package read of their environment, all of them together."""

from typing import NamedTuple

from . import js_names
from .tree import Tree

# A package of so many files is not looked through: then it reads all of the file.
_MOST_FILES = 5000


class Package(NamedTuple):
    """What a package reads.

    Attributes:
        folder: Where its package.json is; "" for the root.
        keys: The names that it reads; None for all, and where they are not known.
        all_at: Source and line of a read of all, or of one by a name that is worked out.
    """

    folder: str
    keys: frozenset[str] | None
    all_at: tuple[str, int] | None


def folder_of(source: str, tree: Tree) -> str:
    """Return the folder of the package that a source belongs to."""
    folder = source.rpartition("/")[0]
    while folder and not tree.has(f"{folder}/package.json"):
        folder = folder.rpartition("/")[0]
    return folder


def package(folder: str, tree: Tree) -> Package:
    """Return what the package in a folder reads; looked for once."""
    known = tree.facts.get(f"package {folder}")
    if not isinstance(known, Package):
        known = tree.facts[f"package {folder}"] = _look(folder, tree)
    return known


def _look(folder: str, tree: Tree) -> Package:
    keys: set[str] = set()
    quoted: set[str] = set()
    by_name: tuple[str, int] | None = None
    for number, source in enumerate(tree.below(folder)):
        if number > _MOST_FILES:
            return Package(folder, None, None)
        if not js_names.is_source(source) or folder_of(source, tree) != folder:
            continue
        text = tree.text(source) or ""
        found = js_names.names(text)
        if found.all_at:
            return Package(folder, None, (source, found.all_at))
        if found.by_name_at:
            by_name = by_name or (source, found.by_name_at)
        keys.update(found.keys)
        quoted.update(js_names.quoted(text))
    # `read("KEY")`, with `process.env[name]` inside: every text that can be a name may be one.
    return Package(folder, frozenset(keys | quoted if by_name else keys), by_name)
