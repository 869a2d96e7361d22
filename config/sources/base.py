"""What a source is, and how one from another package is found.

A source answers with all it holds at once; reads are answered from the snapshot made of these
answers. Third parties register a factory under the entry point group `hushflake.config_sources`:
a callable that takes the `Settings`, or `(settings, argument, options)`, and returns a `Source`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from ..errors import ConfigSourceError


class Hidden(dict[str, str]):
    """A dictionary that prints how much it holds and nothing of it: tracebacks may show locals."""

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


class HiddenOptions(dict[str, Any]):
    """The same for options: one may be a token."""

    def __repr__(self) -> str:
        return f"<options of {', '.join(self)}>"


class Loaded:
    """What a source held when it was asked. It never prints a value.

    `secrets` are the names whose values are secret; `ambiguous` are names that several `paths`
    of the source derive; `facts` are for the audit trail (session, revision). `expires_in` are the
    seconds after which the values are worthless, as those of a lease: they are asked for again
    before, and not served after. `files` are the names whose values are wanted as a file: what is
    read is the path of one that holds the value.
    """

    __slots__ = ("ambiguous", "expires_in", "facts", "files", "secrets", "values")

    def __init__(
        self,
        values: Mapping[str, str],
        secrets: frozenset[str] = frozenset(),
        ambiguous: Mapping[str, tuple[str, ...]] | None = None,
        facts: Mapping[str, str] | None = None,
        expires_in: float | None = None,
        files: frozenset[str] = frozenset(),
    ) -> None:
        self.values: Mapping[str, str] = Hidden(values)
        self.secrets = secrets
        self.ambiguous = ambiguous or {}
        self.facts = facts or {}
        self.expires_in = expires_in
        self.files = files

    def __repr__(self) -> str:
        return f"Loaded({len(self.values)} names)"


class Source(Protocol):
    """One place that holds values.

    `name` stands in audit records and reports. A source with `remote` is never asked in test
    mode, and is asked again in the background. It may have two more attributes, in seconds:
    `timeout`, after which it counts as out of reach, and `refresh_seconds`, how long its answer is
    good for, in place of the setting of that name.
    """

    name: str
    remote: bool

    def load(self) -> Loaded:
        """Everything that the source holds now.

        Raises:
            ConfigSourceError: It cannot be read. The text carries no value.
            PolicyError: It must not be read in this mode.
        """
        ...


class StaleSourceError(ConfigSourceError):
    """Somebody else saved between our reading and our writing; nothing was written."""


class WritableSource(Source, Protocol):
    """A source that can also keep values."""

    def held(self, *, create: bool) -> Mapping[str, str]:
        """Everything it holds; nothing, where it is still to be made and `create` makes it."""
        ...

    def write(self, values: Mapping[str, str], plain: Collection[str], /) -> str:
        """Keep values beside those that are there, and read them back.

        Args:
            values: Key -> value.
            plain: The keys among them that need not be secret.

        Returns:
            The version or revision that holds them, for a person.

        Raises:
            ConfigError: A version is pinned, or a key cannot be kept under its name.
            StaleSourceError: Somebody else saved in between; nothing was written.
            ConfigSourceError: It refuses, or what it keeps now differs. The text says what stays.
        """
        ...
