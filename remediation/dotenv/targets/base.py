"""What a target is asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol


@dataclass(frozen=True)
class TargetOptions:
    """How to write. `plain`: keys that need not be secret; `create`: make a missing target."""

    plain: frozenset[str] = frozenset()
    create: bool = False


class Target(Protocol):
    """A place that keeps values. Errors are those of `hushflake.config`; none holds a value."""

    USAGE: ClassVar[str]

    def __init__(self, name: str, options: TargetOptions) -> None: ...

    def refused(self, keys: Collection[str], /) -> dict[str, str]:
        """Return key -> why this target cannot hold it under its name."""
        ...

    def read(self, keys: Collection[str]) -> dict[str, str]:
        """Return what it holds for `keys`; those that it does not hold are missing."""
        ...

    def write(self, values: Mapping[str, str]) -> None:
        """Keep values, all or none where the target can.

        Raises:
            StaleTargetError: Somebody else changed it in between; nothing was written.
        """
        ...

    def advice(self, keys: Collection[str], /) -> str:
        """Return one line on how a program reads the values from here."""
        ...


TargetType = type[Target]


class StaleTargetError(Exception):
    """The target was changed between reading and writing it. Nothing was written."""
