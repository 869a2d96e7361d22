"""The cells of a configured process: what snapshot, live environment and policy answer."""

import logging
import os
from collections.abc import Callable, Set
from fnmatch import fnmatchcase
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from ..errors import (
    AmbiguousNameError,
    BuildTimeError,
    ConfigError,
    ConfigSourceError,
    PolicyError,
)
from ..settings import Settings
from . import exported, projected, strict
from .cells import (
    ABSENT,
    ENVIRONMENT,
    LIVE,
    NO_COUNTS,
    REAL_ENVIRON,
    REQUIRED,
    Cell,
    LiveCell,
    Table,
    encode,
    held_now,
    held_raw,
)
from .counters import DENIED, FAILED, MISSING, Counters
from .snapshot import Held, Snapshot

log = logging.getLogger("hushflake.config")

NOWHERE = "none"


class FixedCell(Cell):
    """A value that stays for this generation."""

    __slots__ = ("held", "source")

    def __init__(self, key: str, counters: Counters, value: str, source: str) -> None:
        super().__init__(key, counters)
        self.held = value
        self.source = source
        if counters.quick:
            self.value = value
        self.count_into(source)

    def find(self) -> tuple[Any, str]:
        return self.held, self.source


class FileCell(Cell):
    """A value that is wanted as a file: what is read is the path of one, made at the first read."""

    __slots__ = ("held", "source")

    def __init__(self, key: str, counters: Counters, value: str, source: str) -> None:
        super().__init__(key, counters)
        self.held = value
        self.source = source
        self.count_into(source)

    def find(self) -> tuple[Any, str]:
        path, wrong = projected.path_of(self.key, self.held)
        if wrong:
            raise ConfigSourceError(f"{self.key}: {wrong}")
        if self.counters.quick:
            self.value = path
        return path, self.source


class LayeredCell(Cell):
    """The live environment first; what `below` answers where it holds nothing."""

    __slots__ = ("below",)

    def __init__(self, key: str, counters: Counters, below: Cell) -> None:
        super().__init__(key, counters)
        self.below = below
        if counters.quick and LIVE:
            self.look_live(encode(key))

    def find(self) -> tuple[Any, str]:
        value = held_now(self)
        return (value, ENVIRONMENT) if value is not ABSENT else self.below.find()

    def read(self, default: Any, frame: FrameType) -> Any:
        raw = self.raw
        if raw is not None and os.environ is REAL_ENVIRON:
            absent = held_raw(raw) is None
        else:
            absent = held_now(self) is ABSENT
        return self.below.read(default, frame) if absent else super().read(default, frame)


class ExportedCell(Cell):
    """A key that was exported: the environment answers only if the program has since set it."""

    __slots__ = ("below",)

    def __init__(self, key: str, counters: Counters, below: Cell) -> None:
        super().__init__(key, counters)
        self.below = below

    def find(self) -> tuple[Any, str]:
        value = ABSENT if exported.is_copy(self.key) else held_now(self)
        return (value, ENVIRONMENT) if value is not ABSENT else self.below.find()


class MissCell(Cell):
    """A key that no source holds."""

    __slots__ = ()

    def find(self) -> tuple[Any, str]:
        return ABSENT, NOWHERE

    def read(self, default: Any, frame: FrameType) -> Any:
        # `count_miss`, spelled out: the call would cost a fifth of the read.
        counts = self.missing if default is None or default is ABSENT else self.defaults
        if counts is not NO_COUNTS and default is not REQUIRED:
            try:
                counts[id(frame.f_code)] += 1
            except KeyError:
                pass
            else:
                return default
        return super().read(default, frame)


class BuildCell(Cell):
    """A key that has no value while an image is built, though a source might hold one.

    A default would be baked into the image as if it were the value, so it is told, once a key.
    """

    __slots__ = ("told",)

    def __init__(self, key: str, counters: Counters) -> None:
        super().__init__(key, counters)
        self.told = False

    def find(self) -> tuple[Any, str]:
        return ABSENT, NOWHERE

    def read(self, default: Any, frame: FrameType) -> Any:
        if default is REQUIRED:
            self.tally(NOWHERE, MISSING, frame)
            raise BuildTimeError(self.key) from None
        if not self.told:
            self.told = True
            used = "its default" if default not in (None, ABSENT) else "no value"
            log.warning(
                "%s: read while an image is built, with %s: no source is asked in build mode",
                self.key,
                used,
            )
        return self.absent(NOWHERE, default, frame)


class LateCell(MissCell):
    """A key that nothing held when the snapshot was made, and that may be set since then."""

    __slots__ = ("encoded",)

    def __init__(self, key: str, counters: Counters) -> None:
        super().__init__(key, counters)
        self.encoded = encode(key)

    def find(self) -> tuple[Any, str]:
        value = os.environ.get(self.key, ABSENT)
        return value, NOWHERE if value is ABSENT else ENVIRONMENT

    def read(self, default: Any, frame: FrameType) -> Any:
        if os.environ is REAL_ENVIRON and held_raw(self.encoded) is None:
            if default is None:
                try:
                    self.missing[id(frame.f_code)] += 1
                except KeyError:
                    return self.absent(NOWHERE, default, frame)
                return None
            return MissCell.read(self, default, frame)
        return Cell.read(self, default, frame)


class RefusingCell(Cell):
    """A key whose reading is an error: denied, ambiguous, undeclared, or its source is down."""

    __slots__ = ("outcome", "refuse", "source")

    def __init__(
        self,
        key: str,
        counters: Counters,
        refuse: Callable[[], ConfigError],
        source: str,
        outcome: str = DENIED,
    ) -> None:
        super().__init__(key, counters)
        self.refuse = refuse
        self.source = source
        self.outcome = outcome

    def find(self) -> NoReturn:
        raise self.refuse()

    def read(self, _default: Any, frame: FrameType) -> Any:
        self.tally(self.source, self.outcome, frame)
        raise self.refuse()


class GuardedCell(Cell):
    """An undeclared key under the order `deny`: an error as soon as the environment holds it."""

    __slots__ = ()

    def find(self) -> tuple[Any, str]:
        if os.environ.get(self.key) is not None:
            raise self._error()
        return ABSENT, NOWHERE

    def read(self, default: Any, frame: FrameType) -> Any:
        if os.environ.get(self.key) is None:
            return self.absent(NOWHERE, default, frame)
        self.tally(ENVIRONMENT, DENIED, frame)
        raise self._error()

    def _error(self) -> PolicyError:
        return PolicyError(
            f"{self.key}: only the process environment holds it, and it is not declared to come "
            "from there; move it to a source, or add it to environment_keys"
        )


class ConfiguredTable(Table):
    """Answers of one snapshot under one policy."""

    def __init__(
        self,
        settings: Settings,
        snapshot: Snapshot,
        counters: Counters,
        noticed: Callable[[], None] = lambda: None,
        known_missing: Set[str] = frozenset(),
    ) -> None:
        super().__init__(counters)
        self.settings = settings
        self.snapshot = snapshot
        self.noticed = noticed  # called when a key gets its cell: the slow moment
        # Keys that no source held, of earlier generations and of this one; whether there are any
        # that were not looked for a second time.
        self.missing = set(known_missing)
        self.missed = False

    def renewed(self) -> "ConfiguredTable":
        table = ConfiguredTable(
            self.settings, self.snapshot, self.counters, self.noticed, self.missing
        )
        table.missed = self.missed
        return table

    def make(self, key: str) -> Cell:
        self.noticed()
        settings = self.settings
        if not self.is_declared(key):
            return RefusingCell(key, self.counters, partial(strict.refusal, key), NOWHERE)
        if settings.is_bootstrap(key):
            return LiveCell(key, self.counters, fast=self.counters.quick)
        if key in settings.aliased:
            from .aliased import cell

            names = settings.names(key)
            below = [self._answer(name, self.snapshot.held) for name in names]
            return cell(key, self.counters, settings.aliased[key], below)
        return self._answer(key, self.snapshot.held)

    def names(self, key: str) -> tuple[str, ...]:
        return self.settings.names(key)

    def is_declared(self, key: str) -> bool:
        """Strict mode: whether the team said that this key exists."""
        settings = self.settings
        if settings.is_bootstrap(key) or key in settings.overrides:
            return True
        if key in settings.aliased or any(key == each.name for each in settings.keys):
            return True
        also = any(fnmatchcase(key, pattern) for pattern in settings.environment_keys)
        return also or strict.allows(key, settings.declared)

    def _answer(self, key: str, order: tuple[Held, ...]) -> Cell:
        """The cell that walks the sources in `order`, as far as they can be walked beforehand."""
        for place, held in enumerate(order):
            if held.name == ENVIRONMENT:
                if not self.settings.may_come_from_environment(key):
                    continue
                if self.settings.live:
                    return self._layered(key, self._answer(key, order[place + 1 :]))
            if held.error is not None:
                return self._failed(key, held)
            loaded = held.loaded
            if loaded is None:
                continue
            if key in loaded.values:
                if held.name == "dotenv" and not self.settings.may_come_from_environment(key):
                    continue
                cell = FileCell if key in loaded.files else FixedCell
                return cell(key, self.counters, loaded.values[key], held.name)
            if key in loaded.ambiguous:
                refuse = partial(AmbiguousNameError, key, loaded.ambiguous[key])
                return RefusingCell(key, self.counters, refuse, held.name)
        allowed = self.settings.may_come_from_environment(key)
        if self._is_built_without(key, allowed=allowed):
            return BuildCell(key, self.counters)
        return self._missed(key) if allowed else GuardedCell(key, self.counters)

    def _is_built_without(self, key: str, *, allowed: bool) -> bool:
        """Whether an image is built, and a source that was not asked might hold the key."""
        if self.settings.mode != "build" or (not allowed and key in os.environ):
            return False
        return any(held.loaded is None for held in self.snapshot.held)

    def _layered(self, key: str, below: Cell) -> Cell:
        """The cell that looks at the live environment before `below`."""
        layer = ExportedCell if exported.is_copied(key) else LayeredCell
        return layer(key, self.counters, below)

    def _missed(self, key: str) -> Cell:
        """The cell of a key that no source holds."""
        if key not in self.missing:
            self.missed = True
            if len(self.missing) < self.LIMIT:
                self.missing.add(key)
        late = LIVE and not self.settings.live and not exported.is_copied(key)
        return (LateCell if late else MissCell)(key, self.counters)

    def _failed(self, key: str, held: Held) -> Cell:
        def error() -> ConfigError:
            return ConfigSourceError(f"{key}: cannot be looked up: {held.error}")

        return RefusingCell(key, self.counters, error, held.name, FAILED)
