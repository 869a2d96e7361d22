"""A key that has earlier names: what is set under one of them answers all."""

from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .cells import ABSENT, Cell
from .counters import DENIED, Counters

if TYPE_CHECKING:
    from ..declared.key import Alias, DeclaredKey

_NOWHERE = "none"


def cell(key: str, counters: Counters, declared: "DeclaredKey", below: Sequence[Cell]) -> Cell:
    """The cell of a name of a declared key.

    Args:
        key: The name that is read, perhaps an earlier one.
        counters: Of the table.
        declared: What it is a name of.
        below: What each name is set to, in the order of `Settings.names`.
    """
    if key == declared.name and below[0].value is not None:
        return below[0]  # a fixed value under its own name: as fast as any
    return AliasedCell(key, counters, declared, below)


class AliasedCell(Cell):
    """Asks each name in turn. Slower than others: it is a state of transition."""

    __slots__ = ("below", "declared")

    def __init__(
        self, key: str, counters: Counters, declared: "DeclaredKey", below: Sequence[Cell]
    ) -> None:
        super().__init__(key, counters)
        self.declared = declared
        self.below = tuple(below)

    def find(self) -> tuple[Any, str]:
        from ..declared import aliases

        declared = self.declared
        named = {alias.name: alias for alias in declared.deprecated_aliases}.get(self.key)
        if named is not None:
            if named.has_ended(aliases.today()):
                raise aliases.refused_read(named, declared.name)
            aliases.note_read(named, declared.name)
        ended: Alias | None = None
        for alias, below in zip((None, *declared.deprecated_aliases), self.below, strict=True):
            value, source = below.find()
            if value is ABSENT:
                continue
            if alias is None or not alias.has_ended(aliases.today()):
                if alias is not None:
                    aliases.note(alias, declared.name)
                return value, source
            ended = ended or alias
        if ended is not None:
            raise aliases.refusal(ended, declared.name)
        return ABSENT, _NOWHERE

    def read(self, default: Any, frame: FrameType) -> Any:
        try:
            value, source = self.find()
        except ConfigError:
            self.tally(_NOWHERE, DENIED, frame)
            raise
        if value is ABSENT:
            return self.absent(source, default, frame)
        self.tally(source, "hit", frame)
        return value
