"""What a target is asked."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ...errors import RemediationError


@dataclass(frozen=True)
class TargetOptions:
    """How to write. `plain`: keys that need not be secret; `create`: make a missing target."""

    plain: frozenset[str] = frozenset()
    create: bool = False


class Target(Protocol):
    """A place that keeps values. Errors are those of `hushflake.config`; none holds a value."""

    def refused(self, keys: Collection[str], /) -> dict[str, str]:
        """Return key -> why this target cannot hold it under its name."""
        ...

    def read(self, keys: Collection[str]) -> dict[str, str]:
        """Return what it holds for `keys`; those that it does not hold are missing."""
        ...

    def write(self, values: Mapping[str, str]) -> str:
        """Keep values, all or none where the target can.

        Returns:
            The version or revision that holds them, for a person; "" where there is none.

        Raises:
            StaleTargetError: Somebody else changed it in between; nothing was written.
        """
        ...

    def advice(self, keys: Collection[str], /) -> str:
        """Return one line on how a program reads the values from here."""
        ...

    def arguments(self, keys: Collection[str], /) -> dict[str, object]:
        """Return what `configure` is called with so that a program reads the values from here."""
        ...


def advised(arguments: Mapping[str, Any], variable: str = "", value: str = "") -> str:
    """Return the line for a target that `configure` reads with these arguments.

    Args:
        arguments: Of `configure`.
        variable: The one that lets the command line read there, too.
        value: What it is set to.
    """
    called = ", ".join(f"{name}={json.dumps(value)}" for name, value in arguments.items())
    line = f"configure({called}) in the accessor module reads them from there"
    if not variable:
        return line
    return f"{line}, and {variable}={value} in your shell lets hushflake config do so"


class UnusableTargetError(RemediationError):
    """This machine cannot keep values there; others say what can."""


class StaleTargetError(Exception):
    """The target was changed between reading and writing it. Nothing was written."""
