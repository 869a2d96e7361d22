"""Imports modules one by one, each in a process of its own, and compares before and after."""

import inspect
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hushflake.lint_plugin.reading import LARGEST_TEXT, read

from . import child
from .modules import Way, ways
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
        return cls(data["path"], Way(*data["way"]), failure)


def first_trials(python: Path, top: Path, paths: Sequence[str], limit: float) -> list[Trial]:
    """Import each file in the first of its ways that works; the first of all if none does."""
    trials = []
    for path in paths:
        tried = []
        for way in ways(top, path):
            tried.append(trial(python, top, path, way, limit))
            if tried[-1].failure is None:
                break
        trials.append(tried[-1] if tried[-1].failure is None else tried[0])
    return trials


def trial(python: Path, top: Path, path: str, way: Way, limit: float) -> Trial:
    """Import a file in one way."""
    with tempfile.TemporaryDirectory(prefix="hushflake-") as folder:
        answer = Path(folder, "answer.json")
        module = f"@{top / way.module[1:]}" if way.module.startswith("@") else way.module
        command = [
            *(str(python), "-c", _child(), module),
            *(str(answer), str(top), str(top / way.base)),
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
    known = {one.path: one.failure for one in before}
    return [
        one
        for one in after
        if one.failure is not None
        and not ((was := known[one.path]) is not None and one.failure.is_like(was))
    ]


def _child() -> str:
    return inspect.getsource(child)
