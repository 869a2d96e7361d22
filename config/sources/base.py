"""What a source is, and how one from another package is found.

A source answers with all it holds at once; reads are answered from the snapshot made of these
answers. Third parties register a factory under the entry point group `hushflake.config_sources`:
a callable that takes the `Settings` and returns a `Source`.
"""

from collections.abc import Mapping
from typing import Protocol


class Hidden(dict[str, str]):
    """A dictionary that prints how much it holds and nothing of it: tracebacks may show locals."""

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


class Loaded:
    """What a source held when it was asked. It never prints a value.

    `secrets` are the names whose values are secret; `ambiguous` are names that several `paths`
    of the source derive; `facts` are for the audit trail (session, revision).
    """

    __slots__ = ("ambiguous", "facts", "secrets", "values")

    def __init__(
        self,
        values: Mapping[str, str],
        secrets: frozenset[str] = frozenset(),
        ambiguous: Mapping[str, tuple[str, ...]] | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        self.values: Mapping[str, str] = Hidden(values)
        self.secrets = secrets
        self.ambiguous = ambiguous or {}
        self.facts = facts or {}

    def __repr__(self) -> str:
        return f"Loaded({len(self.values)} names)"


class Source(Protocol):
    """One place that holds values.

    `name` stands in audit records and reports. A source with `remote` is never asked in test
    mode, and is asked again in the background.
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
