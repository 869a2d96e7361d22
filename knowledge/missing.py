"""Rows that a data file no longer has: deleted on request, with a brake on mass deletion."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from hushflake.schema.model import Entity
from hushflake.schema.notion import Brake

from .base import Base
from .columns import Column, data_columns, key_sql
from .values import cast_of

_BATCH = 5000
Key = tuple[str | None, ...]
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Deleted:
    """What came of the rows of an entity that no file has.

    Attributes:
        rows: Deleted ones.
        held: Keys of rows that the brake held back: none of them was deleted.
    """

    entity: str
    rows: int = 0
    held: tuple[str, ...] = ()


class Missing:
    """The rows that an entity had before a load; what is written meanwhile is not looked at."""

    def __init__(self, base: Base, entity: Entity) -> None:
        """Read the keys of the entity.

        Raises:
            StatementError: The account refused the statement.
        """
        self._session = base.session
        self._entity = entity
        rows = self._session.query(
            f"SELECT {key_sql(entity, 'R')} AS ENTITY_KEY FROM {entity.table.sql} AS R"
        )
        self._before = {str(row["ENTITY_KEY"]) for row in rows}

    def delete(
        self, keys: Sequence[Key], *, allow: bool = False, limit: Brake | None = None
    ) -> Deleted:
        """Delete the rows whose keys are not among those of the files.

        One row may always go; more only up to the limit, all or none.

        Args:
            keys: Of the rows of all files, in the order of the entity's key, as text.
            allow: The caller has said that the deletions are meant.
            limit: Of deletions; default: that of the sync, 20 rows and 5 percent.

        Raises:
            StatementError: The account refused a statement; the batches before are gone.
        """
        gone = sorted(self._before - set(self._spelled(keys)))
        most = limit or Brake()
        share = most.percent * len(self._before)
        if len(gone) > 1 and (len(gone) > most.rows or 100 * len(gone) > share) and not allow:
            return Deleted(self._entity.name, held=tuple(gone))
        return Deleted(self._entity.name, sum(map(self._delete, _batches(gone))))

    def _spelled(self, keys: Sequence[Key]) -> Iterator[str]:
        """Yield the keys as the account spells them: 1.50 may be 1.5 there."""
        types = {column.name: column for column in data_columns(self._entity)}
        columns: list[Column] = [types[part.text] for part in self._entity.key]
        casts = ", ".join(
            f"{cast_of(f'ITEM.VALUE[{number}]::VARCHAR', column.type)} AS {column.sql}"
            for number, column in enumerate(columns)
        )
        sql = (
            f"SELECT {key_sql(self._entity, 'R')} AS ENTITY_KEY FROM (\n"
            f"  SELECT {casts} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS ITEM\n) AS R"
        )
        for batch in _batches(keys):
            for row in self._session.query(sql, (json.dumps(batch),)):
                yield str(row["ENTITY_KEY"])

    def _delete(self, keys: Sequence[str]) -> int:
        answer = self._session.execute(
            f"MERGE INTO {self._entity.table.sql} AS R\n"
            "USING (SELECT VALUE::VARCHAR AS ENTITY_KEY "
            "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) AS GONE\n"
            f"ON {key_sql(self._entity, 'R')} = GONE.ENTITY_KEY\n"
            "WHEN MATCHED THEN DELETE",
            (json.dumps(keys),),
            idempotent=True,
        )
        return int(answer.rows[0]["number of rows deleted"])


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
