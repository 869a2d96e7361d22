"""Records of a data file as rows of an entity: names matched, values checked, keys unique."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from hushflake.schema.model import Entity

from .columns import Column, data_columns
from .readers import Record
from .values import check_for


@dataclass(frozen=True)
class Reject:
    """A row that is refused: every reason, not the first one only."""

    record: Record
    reasons: tuple[str, ...]


@dataclass
class RowChecker:
    """Turns records into rows of text, in the order of `columns`.

    Attributes:
        entity: What the rows are for.
        present: Names that the file uses anywhere: a column that it never names is left alone,
            one that only this row lacks becomes NULL.
        unknown: Names of the file that are no column -> number of rows that have them.
    """

    entity: Entity
    present: frozenset[str]
    columns: tuple[Column, ...] = field(init=False)
    unknown: Counter[str] = field(default_factory=Counter)
    _first_line: dict[tuple[str | None, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        everything = data_columns(self.entity)
        self.columns = tuple(c for c in everything if c.name in self.present or c.required)
        self._checks = [check_for(column.type) for column in self.columns]
        self._known = {column.name for column in everything}
        names = [column.name for column in self.columns]
        self._key_places = [names.index(part.text) for part in self.entity.key]
        refers = {item.name.text for item in self.entity.fields if item.references is not None}
        ids = {item.text for item in self.entity.source_ids}
        self._trimmed = {part.text for part in self.entity.key} | refers | ids

    @property
    def keys(self) -> Collection[tuple[str | None, ...]]:
        """The keys of the rows that were taken so far."""
        return self._first_line.keys()

    def check(self, record: Record) -> tuple[str | None, ...] | Reject:
        """Return the values of a record as text, or why it is refused."""
        values = {name.strip().upper(): value for name, value in record.values.items()}
        self.unknown.update(values.keys() - self._known)
        reasons = [record.error] if record.error else []
        if len(values) < len(record.values):
            reasons.append("names a field twice")
        row: list[str | None] = []
        for column, check in zip(self.columns, self._checks, strict=True):
            value = values.get(column.name)
            if isinstance(value, str) and column.name in self._trimmed:
                value = value.strip()  # a blank around a key would make it another one
            # An empty text is a value, an empty number is none.
            if value is None or (value == "" and (column.required or not column.is_text)):
                row.append(None)
                if column.required and not record.error:
                    reasons.append(f"{column.name.lower()} is missing")
                continue
            try:
                row.append(check(value))
            except ValueError as error:
                reasons.append(f"{column.name.lower()} {error}")
        if not reasons:
            reasons += self._repeated(tuple(row), record.line)
        return Reject(record, tuple(reasons)) if reasons else tuple(row)

    def _repeated(self, row: tuple[Any, ...], line: int) -> Iterator[str]:
        key = tuple(row[place] for place in self._key_places)
        first = self._first_line.setdefault(key, line)
        if first != line:
            yield f"the key {', '.join(map(str, key))} stands in line {first} already"
