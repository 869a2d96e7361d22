"""Whether every file that will import an accessor module can, and under which one name.

A module is importable for a file in every way that the file is run: from the roots that are then
on the search path, and within every image that holds the file.
"""

import posixpath
from collections.abc import Sequence
from typing import NamedTuple

from ..cycle import run_by_packages
from .tree import dotted
from .uses import Roots, Use


class Problem(NamedTuple):
    """A file that cannot import the accessor, or under another name."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


class Answer(NamedTuple):
    """The dotted name of an accessor module, and the files that cannot import it so."""

    name: str
    problems: tuple[Problem, ...] = ()


def name_of(roots: Roots, module: str, users: Sequence[str] = ()) -> Answer:
    """Find the name under which the files that use a module can import it.

    Args:
        roots: Of the repository. The module itself need not be there yet.
        module: Its file, relative to the top.
        users: The files that will import it; without any, the repository's own way counts.

    Returns:
        An empty name where the path is none of a module.
    """
    votes: dict[str, int] = {}
    asked = [(path, use) for path in users if path != module for use in roots.uses(path)]
    for path, use in asked:
        for name in names_for(roots, module, path, use):
            votes[name] = votes.get(name, 0) + 1
    # Among equals the one that the repository's own imports suggest.
    usual = _usual(roots, module)
    best = max(votes, key=lambda name: (votes[name], name == usual), default=usual)
    return Answer(best, problems(roots, module, best, users))


def problems(roots: Roots, module: str, name: str, users: Sequence[str]) -> tuple[Problem, ...]:
    """Find the files that cannot import a module by a name, each with its first reason.

    Args:
        roots: Of the repository.
        module: The file, relative to the top.
        name: Its dotted name.
        users: The files that import it, or will.
    """
    found: dict[str, Problem] = {}
    early = _run_early(roots, module, name)
    for path in users:
        if path in early:
            around = name.rpartition(".")[0]
            why = f"{around} imports it, which runs before {name} can be imported"
            found[path] = Problem(path, why)
    for path in users:
        for use in roots.uses(path) if path != module else ():
            why = _problem(roots, module, name, path, use)
            if why:
                found.setdefault(path, Problem(path, why))
    return tuple(found.values())


def _run_early(roots: Roots, module: str, name: str) -> frozenset[str]:
    """The files that the packages around a module import: it runs in the midst of them."""
    base = module.removesuffix(f"{name.replace('.', '/')}.py")
    return run_by_packages(roots.tree.top, name, [base]) if base != module else frozenset()


def names_for(roots: Roots, module: str, path: str, use: Use) -> list[str]:
    """The names under which a file can import a module for certain when it is run so."""
    found = [name for root in roots.reach(path, use) if (name := dotted(module, root))]
    for image in roots.images:
        if image.path == use.image and (there := image.place(module)):
            # A script may have been copied away from its folder: it runs beside what is there.
            beside = posixpath.dirname(image.place(path)).strip("/")
            found.append(dotted(there.strip("/"), beside))
    return list(filter(None, dict.fromkeys(found)))


def _problem(roots: Roots, module: str, name: str, path: str, use: Use) -> str:
    if name not in names_for(roots, module, path, use):
        how = "is run by its path" if use.is_script else f"is {use.module}"
        return f"{how} from {use.root or '.'}/ ({use.why}), where there is no {name}"
    for image in roots.images:
        here, there = image.place(path), image.place(module)
        if here and not there:
            return f"is in the image of {image.path}, which does not hold {module}"
        if here and not _is_below_one_root(roots, module, name, path, use, (here, there)):
            return (
                f"is {here} in the image of {image.path}, and {module} is {there}: no folder of "
                "the search path holds both under their names"
            )
    return ""


def _is_below_one_root(
    roots: Roots, module: str, name: str, path: str, use: Use, places: tuple[str, str]
) -> bool:
    """Say whether an image has the two files where one root of the repository has them."""
    here, there = places
    for root in roots.reach(path, use):
        if dotted(module, root) != name:
            continue
        below, wanted = _below(path, root), _below(module, root)
        if below is None or wanted is None:
            # The file is imported from elsewhere: where it is says nothing about the root.
            return True
        base = here.removesuffix(below)
        if base != here and there == base + wanted:
            return True
    # A script that was copied away from its folder runs beside what was copied with it.
    return posixpath.join(posixpath.dirname(here), name.replace(".", "/") + ".py") == there


def _below(path: str, root: str) -> str | None:
    if not root:
        return f"/{path}"
    return path[len(root) :] if path.startswith(f"{root}/") else None


def _usual(roots: Roots, module: str) -> str:
    """The name that a module has by the roots of the repository alone."""
    found = [root for root in _roots_above(roots, module) if dotted(module, root)]
    if roots.tree.is_package(posixpath.dirname(module)):
        found.append(roots.tree.above_packages(module))
    # Of a repository that holds nothing yet.
    found += ["src"] if not roots.tree.is_package("src") else []
    return next((name for root in [*found, ""] if (name := dotted(module, root))), "")


def _roots_above(roots: Roots, module: str) -> list[str]:
    """Known roots that hold a module: those that its neighbours have, then declared ones."""
    neighbours = sorted(
        path
        for path in roots.tree.python
        if posixpath.dirname(path) == posixpath.dirname(module) and path != module
    )
    found: dict[str, int] = {}
    for path in neighbours:
        for use in roots.uses(path):
            if not use.is_script and use.module:
                found[use.root] = found.get(use.root, 0) + 1
    counted = sorted(found, key=lambda root: (-found[root], root))
    declared = sorted(
        (root for root in roots.declared if root and module.startswith(f"{root}/")),
        key=len,
        reverse=True,
    )
    return [*counted, *declared]
