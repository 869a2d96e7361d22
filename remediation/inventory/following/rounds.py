"""Goes on from the files where things are defined to those that import them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from .imports import Imports
from .known import Importers, Known
from .project import Project
from .relevance import Relevance
from .things import Thing, functions_of

# A key goes through no more modules, and so many files are read again because of others.
ROUNDS = 3
_MOST = 20_000


class Result(Protocol):
    """What reading one file gives."""

    @property
    def exports(self) -> Mapping[str, Sequence[Thing]]:
        """Name in the body of the module -> what it stands for."""
        ...

    @property
    def escaped(self) -> set[str]:
        """Places of reads whose callers are not all known."""
        ...


R = TypeVar("R", bound=Result)


def rounds(
    project: Project,
    results: dict[str, R],
    data_of: Callable[[str], bytes | None],
    read: Callable[[str, bytes, Known, R | None], R | None],
) -> None:
    """Read again what imports things of other files, until nothing new is found.

    Args:
        project: All files.
        results: File -> what it gave; changed in place.
        data_of: Returns the bytes of a file.
        read: Reads a file again with what is known, and what it gave before.
    """
    known = Known(project)
    names = {project.name_of(file).encode("utf-8", "surrogatepass") for file in project.paths}
    imports = Imports({b"", *names}, data_of)
    relevance = Relevance(project.paths, data_of)
    changed: Mapping[str, Mapping[str, Sequence[Thing]]] = {
        file: result.exports for file, result in results.items() if result.exports
    }
    left = _MOST
    # The modules that define things come first: what they take from each other is then known
    # when their many callers are read.
    later: dict[str, Mapping[str, Sequence[Thing]]] = {}
    for number in range(2 * ROUNDS):
        changed = relevance.kept(changed)
        for file, exports in changed.items():
            known.take(file, exports)
        later.update(changed)
        among = list(later) if number < ROUNDS else list(project.paths)
        if number >= ROUNDS:
            changed, later = later, {}
        if not changed:
            continue
        importers = Importers(project, changed, imports, data_of)
        grown: dict[str, Mapping[str, Sequence[Thing]]] = {}
        for file in among:
            if not importers.has(file):
                continue
            if left <= 0:
                _leave(changed, results)
                break
            left -= 1
            data = data_of(file) or b""
            before = results.get(file)
            result = read(file, data, known, before)
            if result is None:
                continue
            results[file] = result
            if _grew(before.exports if before is not None else {}, result.exports):
                grown[file] = result.exports
        changed = grown
    # Through more modules than that a key is not followed: who imports those may give others.
    changed = relevance.kept(changed)
    importers = Importers(project, changed, imports, data_of)
    if changed and any(map(importers.has, project.paths)):
        _leave(changed, results)


def _leave(changed: Mapping[str, Mapping[str, Sequence[Thing]]], results: Mapping[str, R]) -> None:
    """Take in that what some files define is not followed to all who import it."""
    for file, exports in changed.items():
        functions = (
            f for things in exports.values() for thing in things for f in functions_of(thing)
        )
        steps = (step for f in functions for way in f.ways for step in way.steps)
        results[file].escaped.update(steps)


def _grew(before: Mapping[str, Sequence[Thing]], after: Mapping[str, Sequence[Thing]]) -> bool:
    return any(len(things) > len(before.get(name, ())) for name, things in after.items())
