"""What all sources held at one time. Never changed, only replaced."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..sources.base import Loaded
from .cells import ENVIRONMENT


class Held(NamedTuple):
    """One source in the snapshot: what it held and since when, or why it could not be read.

    `stale`: it did not answer, and these are values from before. `copied`: they are the last known
    ones of an earlier process.
    """

    name: str
    loaded: Loaded | None
    at: float  # monotonic seconds of the last successful load
    error: ConfigError | None = None
    stale: bool = False
    copied: bool = False


class Shadowed(NamedTuple):
    """A key that two sources hold: which one answers, which one is hidden, whether they agree."""

    key: str
    used: str
    hidden: str
    same: bool


class Snapshot:
    """The sources in the order in which they are asked."""

    def __init__(self, held: Sequence[Held]) -> None:
        self.held = tuple(held)

    def __repr__(self) -> str:
        return f"Snapshot({', '.join(held.name for held in self.held)})"

    def source(self, name: str) -> Held | None:
        """One source of the snapshot."""
        return next((held for held in self.held if held.name == name), None)

    def values(self) -> Iterator[tuple[str, str, Loaded]]:
        """Every (key, source, loaded) that a read without restrictions would find."""
        seen: set[str] = set()
        for held in self.held:
            for key in held.loaded.values if held.loaded else ():
                if key not in seen and held.loaded:
                    seen.add(key)
                    yield key, held.name, held.loaded

    def files(self) -> dict[str, str]:
        """What is wanted as a file: key -> text, of the source that answers for it."""
        return {key: loaded.values[key] for key, _, loaded in self.values() if key in loaded.files}

    def secret_values(self) -> Iterator[tuple[str, bool]]:
        """(value, whether its source says that it is secret, and not just its name)."""
        for held in self.held:
            if held.loaded:
                sure = held.name not in {ENVIRONMENT, "dotenv"}
                for name in held.loaded.secrets:
                    yield held.loaded.values[name], sure

    def same_values(self, other: "Snapshot") -> bool:
        """Whether both answer every key alike."""

        def content(snapshot: Snapshot) -> list[Any]:
            return [
                (held.name, held.error is None, held.loaded and held.loaded.values)
                for held in snapshot.held
            ]

        return content(self) == content(other)

    def shadowed(self) -> list[Shadowed]:
        """Keys that more than one source holds, compared by keyed hash."""
        import hashlib
        import hmac
        import secrets

        salt = secrets.token_bytes(32)

        def digest(value: str) -> bytes:
            data = value.encode("utf-8", "surrogatepass")
            return hmac.new(salt, data, hashlib.sha256).digest()

        first: dict[str, tuple[str, bytes]] = {}
        found: list[Shadowed] = []
        # Names that a variable of the process environment merely inherits are no configuration;
        # only what another source holds as well can shadow or be shadowed.
        for held in self.held:
            for key, value in (held.loaded.values if held.loaded else {}).items():
                mark = digest(value)
                if key in first:
                    used, seen = first[key]
                    found.append(Shadowed(key, used, held.name, hmac.compare_digest(seen, mark)))
                else:
                    first[key] = (held.name, mark)
        return sorted(found)

    def ambiguous(self) -> dict[str, tuple[str, ...]]:
        """Names that two paths of one source derive."""
        return {
            name: paths
            for held in self.held
            if held.loaded
            for name, paths in held.loaded.ambiguous.items()
        }

    @property
    def environment(self) -> Loaded | None:
        """The copy of the process environment."""
        held = self.source(ENVIRONMENT)
        return held.loaded if held else None
