"""Keeps what a source answered, and gives it back where the source is out of reach at a start.

A copy says what was true when it was made, and no more. It is replaced after every answer, so that
a key that was deleted stays deleted; one that cannot be replaced is removed. It is never used after
a refusal, and not after its time.
"""

import json
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigError
from ..sources.base import Loaded, Source
from . import folder
from .sealing import Sealer, UnusableCopyError, sealer, split

if TYPE_CHECKING:
    from ..settings import Settings

log = logging.getLogger("hushflake.config")

_SKEW = 300.0  # seconds by which a copy may seem to come from the future


class Recalled(NamedTuple):
    """What a source held, and how many seconds ago."""

    loaded: Loaded
    age: float


class Copies:
    """The copies of one configuration."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._sealer: Sealer | None = None
        self.problem = ""  # why none can be kept

    def keep(self, source: Source, loaded: Loaded, asked_at: float) -> None:
        """Replace the copy of a source. A failure is logged, and leaves no older copy.

        Args:
            source: Whose answer it is.
            loaded: The answer.
            asked_at: The time at which it was asked; an older answer replaces no newer one.
        """
        if not _is_kept(source):
            return
        try:
            seal = self._seal()
            name = seal.name(self._place(source)) + folder.SUFFIX
            with folder.locked() as place:
                path = place / name
                if _asked_at(path) > asked_at:
                    return  # another process asked later
                try:
                    folder.write(path, seal.seal(_header(source, loaded, asked_at), _bytes(loaded)))
                except OSError:
                    path.unlink(missing_ok=True)
                    raise
        except (ConfigError, OSError) as error:
            self._failed(source, error)
        else:
            self.problem = ""

    def recall(self, source: Source) -> Recalled | None:
        """What a source held when it last answered; None where that cannot be used any more."""
        if not _is_kept(source):
            return None
        try:
            seal = self._seal()
            path = folder.folder() / (seal.name(self._place(source)) + folder.SUFFIX)
            data = folder.read(path)
            if data is None:
                return None
            header, content = seal.open(data)
            age = self._age(header)
            return Recalled(_loaded(content), age)
        except (ConfigError, OSError, UnusableCopyError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            log.warning(
                "%s: the copy of its last known values is not used: %s", source.name, reason
            )
        return None

    def _age(self, header: dict[str, Any]) -> float:
        now = time.time()
        age = now - float(header.get("asked_at", 0))
        if age < -_SKEW:
            raise UnusableCopyError("it comes from the future: the clock of this machine is wrong")
        if age > self._settings.last_known_seconds:
            raise UnusableCopyError(
                f"it is {age:.0f} seconds old, and last_known_seconds allows "
                f"{self._settings.last_known_seconds:.0f}"
            )
        ends = header.get("ends_at")
        if isinstance(ends, int | float) and now > ends:
            raise UnusableCopyError("the lease of its values has ended")
        return max(age, 0.0)

    def _seal(self) -> Sealer:
        if self._sealer is None:
            kind = self._settings.last_known or ""
            self._sealer = sealer(kind, self._settings.keyring)
        return self._sealer

    def _place(self, source: Source) -> list[Any]:
        """What says where a source reads: its name, and what of the environment leads there."""
        variables = getattr(source, "place_variables", ())
        here = [[name, os.environ.get(name, "")] for name in variables]
        return [source.name, here, getattr(source, "place", "")]

    def _failed(self, source: Source, error: Exception) -> None:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        if reason != self.problem:
            self.problem = reason
            log.warning("%s: no copy of its values can be kept: %s", source.name, reason)


def _is_kept(source: Source) -> bool:
    """Whether a source is one that can be out of reach: files of this machine are not."""
    return source.remote and getattr(source, "away", True)


def _asked_at(path: Path) -> float:
    try:
        data = folder.read(path)
        return float(split(data)[0].get("asked_at", 0)) if data else 0.0
    except (OSError, UnusableCopyError, TypeError, ValueError):
        return 0.0


def _header(source: Source, loaded: Loaded, asked_at: float) -> dict[str, Any]:
    header = {"source": source.name, "asked_at": asked_at, "names": len(loaded.values)}
    if loaded.expires_in is not None:
        header["ends_at"] = asked_at + loaded.expires_in
    return header


def _bytes(loaded: Loaded) -> bytes:
    return json.dumps(
        {
            "values": dict(loaded.values),
            "secrets": sorted(loaded.secrets),
            "ambiguous": {name: list(paths) for name, paths in loaded.ambiguous.items()},
            "facts": dict(loaded.facts),
            "files": sorted(loaded.files),
        }
    ).encode()


def _loaded(content: bytes) -> Loaded:
    """A copy that was sealed with our own key; of its shape there is no doubt."""
    found = json.loads(content)
    return Loaded(
        found["values"],
        frozenset(found["secrets"]),
        {name: tuple(paths) for name, paths in found["ambiguous"].items()},
        {**found["facts"], "last_known": "true"},
        None,
        frozenset(found["files"]),
    )
