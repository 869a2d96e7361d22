"""Imports modules one by one, each in a process of its own, and compares before and after."""

import inspect
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hushflake.codemods.roots.uses import Roots
from hushflake.lint_plugin.reading import LARGEST_TEXT, read

from . import child
from .modules import IMPORTS, SCRIPT, Way, likely, ways
from .process import run


@dataclass(frozen=True)
class Failure:
    """Why a module could not be imported.

    Attributes:
        type: Name of the exception, or what became of the process.
        kinds: Dotted names of the exception's class and its bases.
        given: A digest of its arguments: they may hold a value.
        place: `path:line` in the repository, "" if it broke elsewhere.
        message: Its text, where that holds no value.
    """

    type: str
    kinds: tuple[str, ...] = ()
    given: str = ""
    place: str = ""
    message: str = ""

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return f"{self.type}{where}" + (f": {self.message}" if self.message else "")

    def is_like(self, before: "Failure") -> bool:
        """Say whether this is the failure of before: its kind or a kind of it, with its facts."""
        kind = before.kinds[0] if before.kinds else ""
        is_kind = kind in self.kinds if kind else self.type == before.type
        return is_kind and self.given == before.given


@dataclass(frozen=True)
class Trial:
    """How a file was imported, and what came of it: None for a success."""

    path: str
    way: Way
    failure: Failure | None

    def __str__(self) -> str:
        return f"{self.path}: {self.failure or 'imported'} ({self.way})"

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "way": list(self.way),
            "failure": asdict(self.failure) if self.failure else None,
        }

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> "Trial":
        failure = data["failure"]
        if failure is not None:
            failure = Failure(**{**failure, "kinds": tuple(failure["kinds"])})
        module, base, others = data["way"]
        return cls(data["path"], Way(module, base, tuple(others)), failure)


def first_trials(
    pythons: Callable[[str], Path], roots: Roots, paths: Sequence[str], limit: float
) -> list[Trial]:
    """Import each file in each of its ways; if none works, in the first of the others that does.

    Args:
        pythons: Says which interpreter runs a file.
        roots: Of the repository.
        paths: The files, relative to its top.
        limit: Seconds for each.
    """
    top = Path(roots.tree.top)
    trials = []
    for path in paths:
        known = ways(roots, path)
        tried = [trial(pythons(path), top, path, way, limit) for way in known]
        if all(one.failure is not None for one in tried):
            others = (way for way in likely(roots, path) if way not in known)
            found = (trial(pythons(path), top, path, way, limit) for way in others)
            tried += [one for one in found if one.failure is None][:1]
        trials += tried
    return trials


def trial(python: Path, top: Path, path: str, way: Way, limit: float) -> Trial:
    """Import a file in one way."""
    with tempfile.TemporaryDirectory(prefix="hushflake-") as folder:
        answer = Path(folder, "answer.json")
        mark = way.module[:1]
        module = f"{mark}{top / path}" if mark in (SCRIPT, IMPORTS) else way.module
        command = [
            *(str(python), "-c", _child(), module),
            *(str(answer), str(top), *(str(top / one) for one in way.folders)),
        ]
        try:
            code = run(command, top, limit)
        except OSError as error:
            return Trial(path, way, Failure(f"{type(error).__name__} of the interpreter"))
        if code is None:
            return Trial(path, way, Failure(f"took longer than {limit:g} seconds"))
        try:
            found = json.loads(read(str(answer), LARGEST_TEXT, follow=False))["error"]
            failure = (
                None if found is None else Failure(**{**found, "kinds": tuple(found["kinds"])})
            )
        except (OSError, ValueError, KeyError, TypeError):
            failure = Failure(f"ended the process with code {code}")
        return Trial(path, way, failure)


def worse(before: Sequence[Trial], after: Sequence[Trial]) -> list[Trial]:
    """Return the trials that failed where the one before did not, or in another way."""
    known = {(one.path, one.way): one.failure for one in before}
    return [
        one
        for one in after
        if one.failure is not None
        and not ((was := known[one.path, one.way]) is not None and one.failure.is_like(was))
    ]


def _child() -> str:
    return inspect.getsource(child)
