"""The rows of an entity: read as text, written only where they still are as they were read."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hushflake.deploy.session import Session

from ..columns import cast_sql, read_sql, spell, value_of
from ..mapping import Column, EntityMap
from ..types import Row, RowWrite
from .tables import key_sql, listed

_BATCH: Final = 500
_KEY: Final = "SYNC_KEY"


@dataclass(frozen=True)
class Rows:
    """The table of one entity."""

    of: EntityMap
    session: Session

    def read(self, keys: Iterable[str] | None = None) -> dict[str, Row]:
        """Return rows by their key's text; None: all of them."""
        columns = ", ".join(
            f"{read_sql(column.sql, column.type)} AS C{number}"
            for number, column in enumerate(self.of.columns)
        )
        sql = f"SELECT {key_sql(self.of)} AS {_KEY}, {columns} FROM {self.of.table}"
        if keys is None:
            return {row.sync_id: row for row in map(self._row, self.session.query(sql))}
        wanted = sorted(set(keys))
        found: dict[str, Row] = {}
        for start in range(0, len(wanted), _BATCH):
            part = json.dumps(wanted[start : start + _BATCH])
            rows = self.session.query(f"{sql} WHERE {key_sql(self.of)} IN ({listed()})", (part,))
            found.update((row.sync_id, row) for row in map(self._row, rows))
        return found

    def _row(self, answer: dict[str, Any]) -> Row:
        spelled = {
            column.name: answer[f"C{number}"] for number, column in enumerate(self.of.columns)
        }
        values = {item.column: value_of(spelled[item.column], item.type) for item in self.of.fields}
        return Row(str(answer[_KEY]), values, spelled)

    def write(self, writes: Sequence[tuple[str, RowWrite]]) -> None:
        """Carry out writes; one whose row is not as it was seen does nothing.

        Args:
            writes: Key's text and what is to be done. Not more than one a row.
        """
        inserts = [self._plain(key, write) for key, write in writes if write.action == "insert"]
        others = [self._plain(key, write) for key, write in writes if write.action != "insert"]
        for sql, rows in ((self._insert_sql(), inserts), (self._change_sql(), others)):
            for start in range(0, len(rows), _BATCH):
                part = rows[start : start + _BATCH]
                batch = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
                self.session.execute(sql, (batch,))

    def _plain(self, key: str, write: RowWrite) -> list[str | None]:
        """mode, touch, key parts, then for every column: is set, value, what was seen."""
        touched = bool(write.values) or write.action == "insert"
        found: list[str | None] = [write.action, "1" if touched else None]
        found += self.of.key_parts(key) or ()
        for column in self.of.columns:
            found += self._cell(column, key, write)
        return found

    def _cell(self, column: Column, key: str, write: RowWrite) -> tuple[str | None, ...]:
        seen = write.seen.spelled.get(column.name) if write.seen else None
        if column.name in write.values:
            return "1", spell(write.values[column.name], column.type), seen
        if column.name == self.of.page_column and write.page_id:
            return "1", write.page_id, seen
        names = [part.name for part in self.of.key]
        if write.action == "insert" and column.name in names:
            return "1", (self.of.key_parts(key) or ())[names.index(column.name)], seen
        if write.action == "insert" and column.name in write.kept:
            return "1", _respelled(write.kept[column.name], column.type), seen
        return None, None, seen

    def _merge_sql(self) -> str:
        columns, first = self.of.columns, 2 + len(self.of.key)
        items = ["ITEM.VALUE[0]::VARCHAR AS ACTION", "ITEM.VALUE[1]::VARCHAR AS TOUCHED"]
        items += [f"ITEM.VALUE[{2 + n}]::VARCHAR AS K{n}" for n in range(len(self.of.key))]
        for n in range(len(columns)):
            at = first + 3 * n
            items += [
                f"ITEM.VALUE[{at}]::VARCHAR AS F{n}",
                f"ITEM.VALUE[{at + 1}]::VARCHAR AS V{n}",
                f"ITEM.VALUE[{at + 2}]::VARCHAR AS O{n}",
            ]
        on = " AND ".join(
            f"target.{part.sql} = {cast_sql(f'source.K{n}', part.type)}"
            for n, part in enumerate(self.of.key)
        )
        return (
            f"MERGE INTO {self.of.table} AS target\nUSING (\n  SELECT {', '.join(items)}\n"
            "  FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS ITEM\n) AS source\n"
            f"ON {on}\n"
        )

    def _insert_sql(self) -> str:
        names = ", ".join(column.sql for column in self.of.columns)
        values = ", ".join(
            cast_sql(f"source.V{n}", column.type) for n, column in enumerate(self.of.columns)
        )
        return (
            f"{self._merge_sql()}WHEN NOT MATCHED THEN INSERT ({names}, UPDATED_AT) "
            f"VALUES ({values}, CURRENT_TIMESTAMP())"
        )

    def _change_sql(self) -> str:
        numbered = list(enumerate(self.of.columns))
        compared = [
            (
                column.name in self.of.by_column,
                f"{read_sql('target.' + column.sql, column.type)} IS NOT DISTINCT FROM source.O{n}",
            )
            for n, column in numbered
        ]
        # What another program writes beside the synced columns is fine for an update. A deletion
        # takes everything with it, so nothing may have changed since it was read.
        same = " AND ".join(text for synced, text in compared if synced)
        whole = " AND ".join(text for _, text in compared)
        keys = {part.name for part in self.of.key}
        sets = ", ".join(
            f"{column.sql} = CASE WHEN source.F{n} = '1' THEN "
            f"{cast_sql(f'source.V{n}', column.type)} ELSE target.{column.sql} END"
            for n, column in numbered
            if column.name not in keys
            and (column.name in self.of.by_column or column.name == self.of.page_column)
        )
        return (
            f"{self._merge_sql()}"
            f"WHEN MATCHED AND source.ACTION = 'delete' AND {whole} THEN DELETE\n"
            f"WHEN MATCHED AND source.ACTION = 'update' AND {same} THEN UPDATE SET {sets}, "
            "UPDATED_AT = CASE WHEN source.TOUCHED = '1' THEN CURRENT_TIMESTAMP() "
            "ELSE target.UPDATED_AT END"
        )


def _respelled(spelled: str | None, sql_type: str) -> str | None:
    """Return what `read_sql` spelled as `cast_sql` takes it."""
    return spell(value_of(spelled, sql_type), sql_type)
