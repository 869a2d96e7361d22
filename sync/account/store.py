"""The state of the sync in the account: links, log, conflicts, cursors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, cast

from hushflake.deploy.session import Session

from ..mapping import EntityMap
from ..ports import Cursor, Glance, Known, Operation
from ..types import Conflict, Decision, Link, LinkState, Value, Values, normal, spelling_of
from .lease import TableLease
from .rows import Rows
from .tables import Tables, key_sql, listed

_BATCH: Final = 500


@dataclass(frozen=True)
class Store:
    """The state of one stack."""

    tables: Tables

    @property
    def session(self) -> Session:
        return self.tables.session

    def create(self, maps: Iterable[EntityMap]) -> None:
        """Create what is missing."""
        self.tables.create(maps)

    def glance(self, maps: Iterable[EntityMap]) -> Glance:
        """Return what can be seen without a warehouse; see `Tables.glance`."""
        return self.tables.glance(maps)

    def rows(self, of: EntityMap) -> Rows:
        """Return the table of an entity."""
        return Rows(of, self.session)

    def lease(self, holder: str) -> TableLease:
        """Return the lock of the stack, in a session of its own."""
        return TableLease(self.session.fork(), self.tables.name("LOCK"), holder)

    def transaction(self) -> AbstractContextManager[Any]:
        """Commit what happens inside as one, or nothing of it."""
        return self.session.transaction()

    def renew_stream(self, of: EntityMap) -> None:
        """Replace a stream that is stale; what it missed is found by a full comparison alone.

        That one is due until it is done: whoever dies before leaves it to the next cycle.
        """
        with self.session.transaction():
            self.session.execute(
                f"UPDATE {self.tables.name('CURSORS')} SET FULL_AT = NULL WHERE ENTITY = ?",
                (of.entity,),
            )
            self.finish(of.entity, {"stream": "renewed"})
        self.tables.create_stream(of, again=True)

    def known(self, entity: str) -> list[Known]:
        """Return every link of an entity without its values."""
        rows = self.session.query(
            "SELECT SYNC_ID, PAGE_ID, STATE, EDITED, ROW_HASH, PAGE_HASH, BODY_HASH, WAITING "
            f"FROM {self.tables.name('LINKS')} WHERE ENTITY = ?",
            (entity,),
        )
        return [
            Known(
                row["SYNC_ID"],
                row["PAGE_ID"],
                row["STATE"],
                row["EDITED"] or "",
                row["ROW_HASH"] or "",
                row["PAGE_HASH"] or "",
                row["BODY_HASH"] or "",
                bool(json.loads(row["WAITING"] or "[]")),
            )
            for row in rows
        ]

    def links(self, entity: str, keys: Iterable[str]) -> dict[str, Link]:
        """Return links with their values."""
        wanted = sorted(set(keys))
        found: dict[str, Link] = {}
        for start in range(0, len(wanted), _BATCH):
            part = json.dumps(wanted[start : start + _BATCH])
            rows = self.session.query(
                "SELECT SYNC_ID, PAGE_ID, STATE, EDITED, WAITING, ROW_BASE, PAGE_BASE, KEPT, "
                "BODY_HASH "
                f"FROM {self.tables.name('LINKS')} WHERE ENTITY = ? AND SYNC_ID IN ({listed()})",
                (entity, part),
            )
            found.update((row["SYNC_ID"], _link(row)) for row in rows)
        return found

    def pages(self, entities: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return entity -> sync id -> page id of living links, for relations."""
        wanted = json.dumps(sorted(set(entities)))
        rows = self.session.query(
            f"SELECT ENTITY, SYNC_ID, PAGE_ID FROM {self.tables.name('LINKS')} "
            f"WHERE STATE <> 'deleted' AND ENTITY IN ({listed()})",
            (wanted,),
        )
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            found.setdefault(row["ENTITY"], {})[row["SYNC_ID"]] = row["PAGE_ID"]
        return found

    def cursor(self, entity: str) -> Cursor | None:
        """Return how far Notion was read, or None before the first cycle."""
        rows = self.session.query(
            "SELECT DATA_SOURCE, WATERMARK, PROPERTIES, FULL_AT "
            f"FROM {self.tables.name('CURSORS')} WHERE ENTITY = ?",
            (entity,),
        )
        if not rows:
            return None
        row = rows[0]
        return Cursor(
            row["DATA_SOURCE"],
            row["WATERMARK"] or "",
            json.loads(row["PROPERTIES"] or "{}"),
            row["FULL_AT"].timestamp() if row["FULL_AT"] else 0.0,
        )

    def put_cursor(self, entity: str, cursor: Cursor, *, full: bool) -> None:
        """Write how far the pages were read; `full`: everything was compared just now."""
        name = self.tables.name("CURSORS")
        self.session.execute(
            f"MERGE INTO {name} AS target USING (SELECT ? AS E, ? AS D, ? AS W, ? AS P, ? AS F) "
            "AS source ON target.ENTITY = source.E WHEN MATCHED THEN UPDATE SET "
            "DATA_SOURCE = source.D, WATERMARK = source.W, PROPERTIES = source.P, "
            "FULL_AT = CASE WHEN source.F = '1' THEN CURRENT_TIMESTAMP() ELSE target.FULL_AT END, "
            "SYNCED_AT = CURRENT_TIMESTAMP() WHEN NOT MATCHED THEN INSERT "
            "(ENTITY, DATA_SOURCE, WATERMARK, PROPERTIES, FULL_AT, SYNCED_AT) VALUES (source.E, "
            "source.D, source.W, source.P, CASE WHEN source.F = '1' THEN CURRENT_TIMESTAMP() END, "
            "CURRENT_TIMESTAMP())",
            (
                entity,
                cursor.data_source,
                cursor.watermark,
                json.dumps(dict(cursor.properties)),
                "1" if full else "0",
            ),
        )

    def drain(self, of: EntityMap) -> None:
        """Move what the stream reports into CHANGES: one statement, so nothing falls between."""
        self.session.execute(
            f"INSERT INTO {self.tables.name('CHANGES')} (ENTITY, SYNC_ID) "
            f"SELECT DISTINCT ?, {key_sql(of)} FROM {self.tables.stream(of)}",
            (of.entity,),
        )

    def streamed(self, of: EntityMap) -> set[str]:
        """Return what the stream reports without moving it: for a dry run."""
        rows = self.session.query(
            f"SELECT DISTINCT {key_sql(of)} AS K FROM {self.tables.stream(of)}"
        )
        return {str(row["K"]) for row in rows}

    def changes(self, entity: str) -> set[str]:
        """Return the rows that are not dealt with."""
        rows = self.session.query(
            f"SELECT DISTINCT SYNC_ID FROM {self.tables.name('CHANGES')} WHERE ENTITY = ?",
            (entity,),
        )
        return {str(row["SYNC_ID"]) for row in rows}

    def operations(self, entity: str) -> list[Operation]:
        """Return what an earlier cycle began and did not end."""
        rows = self.session.query(
            "SELECT SYNC_ID, ACTION, PAGE_ID, WANTED "
            f"FROM {self.tables.name('OPERATIONS')} WHERE ENTITY = ?",
            (entity,),
        )
        return [
            Operation(
                row["SYNC_ID"], row["ACTION"], row["PAGE_ID"] or "", values_from(row["WANTED"])
            )
            for row in rows
        ]

    def begin(self, entity: str, decisions: Sequence[Decision]) -> None:
        """Write ahead what is about to be done to pages, and the edits that it overrules.

        A pair has one entry at most: what an earlier one came to was observed before it was decided
        upon anew.
        """
        operations = [
            [item.sync_id, item.page.action, item.page.page_id, wanted_text(item.page.values)]
            for item in decisions
            if item.page is not None
        ]
        conflicts = [conflict for item in decisions for conflict in item.conflicts]
        if not operations and not conflicts:
            return
        with self.session.transaction():
            if operations:
                self._forget("OPERATIONS", entity, [str(item[0]) for item in operations])
                self._insert("OPERATIONS", ("SYNC_ID", "ACTION", "PAGE_ID", "WANTED"), entity,
                             operations, "BEGUN_AT")  # fmt: skip
            self._record(entity, conflicts)

    def record(self, entity: str, conflicts: Sequence[Conflict]) -> None:
        """Write conflicts; one that is there already stays as it is."""
        self._record(entity, conflicts)

    def _record(self, entity: str, conflicts: Sequence[Conflict]) -> None:
        rows = {c.id: _conflict_row(c) for c in conflicts}
        if not rows:
            return
        items = ", ".join(f"ITEM.VALUE[{n}]::VARCHAR AS V{n}" for n in range(9))
        self.session.execute(
            f"MERGE INTO {self.tables.name('CONFLICTS')} AS target USING (SELECT {items} "
            "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS ITEM) AS source "
            "ON target.ID = source.V0 AND target.ENTITY = ? AND target.STATUS = 'open' "
            "WHEN NOT MATCHED THEN INSERT (ID, SYNC_ID, PAGE_ID, FIELD, BASE_VALUE, NOTION_VALUE, "
            "SNOWFLAKE_VALUE, WINNER, RULE, ENTITY, STATUS, DETECTED_AT) VALUES (source.V0, "
            "source.V1, source.V2, source.V3, source.V4, source.V5, source.V6, source.V7, "
            "source.V8, ?, 'open', CURRENT_TIMESTAMP())",
            (json.dumps(list(rows.values()), ensure_ascii=False), entity, entity),
        )

    def put_links(self, of: EntityMap, links: Sequence[Link]) -> None:
        """Write links with their bases."""
        entity = of.entity
        for start in range(0, len(links), _BATCH):
            rows = [_link_row(link, of.body_column) for link in links[start : start + _BATCH]]
            columns = ("SYNC_ID", "PAGE_ID", "STATE", "EDITED", "WAITING", "ROW_BASE", "PAGE_BASE",
                       "KEPT", "ROW_HASH", "PAGE_HASH", "BODY_HASH")  # fmt: skip
            items = ", ".join(f"ITEM.VALUE[{n}]::VARCHAR AS {c}" for n, c in enumerate(columns))
            sets = ", ".join(f"{column} = source.{column}" for column in columns[1:])
            self.session.execute(
                f"MERGE INTO {self.tables.name('LINKS')} AS target USING (SELECT {items} "
                "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS ITEM) AS source "
                "ON target.ENTITY = ? AND target.SYNC_ID = source.SYNC_ID "
                f"WHEN MATCHED THEN UPDATE SET {sets}, UPDATED_AT = CURRENT_TIMESTAMP() "
                f"WHEN NOT MATCHED THEN INSERT (ENTITY, {', '.join(columns)}, UPDATED_AT) VALUES "
                f"(?, {', '.join(f'source.{c}' for c in columns)}, CURRENT_TIMESTAMP())",
                (json.dumps(rows, ensure_ascii=False), entity, entity),
            )

    def end(self, entity: str, keys: Iterable[str]) -> None:
        """Forget operations that were carried out."""
        self._forget("OPERATIONS", entity, keys)

    def settle(self, entity: str, keys: Iterable[str]) -> None:
        """Forget the reported changes of rows that are dealt with."""
        self._forget("CHANGES", entity, keys)

    def keep(self, entity: str, keys: Iterable[str]) -> None:
        """Mark rows as not dealt with: the next cycle looks at them."""
        wanted = sorted(set(keys))
        if wanted:
            self._forget("CHANGES", entity, wanted)
            self._insert("CHANGES", ("SYNC_ID",), entity, [[key] for key in wanted])

    def finish(self, entity: str, report: Mapping[str, Any]) -> None:
        """Write that something was written: what anybody read before is stale now.

        It belongs into the transaction that writes, so that no state is ever newer than its
        version.
        """
        self.session.execute(
            f"INSERT INTO {self.tables.name('CYCLES')} (ENTITY, FINISHED_AT, REPORT) "
            "SELECT ?, CURRENT_TIMESTAMP(), ?",
            (entity, json.dumps(dict(report))),
        )

    def trim(self) -> None:
        """Cut CYCLES to the newest row of each entity; the version goes on."""
        name = self.tables.name("CYCLES")
        self.session.execute(
            f"DELETE FROM {name} AS old USING (SELECT ENTITY, MAX(FINISHED_AT) AS AT "
            f"FROM {name} GROUP BY ENTITY) AS newest "
            "WHERE old.ENTITY = newest.ENTITY AND old.FINISHED_AT < newest.AT"
        )
        self.session.execute(
            f"INSERT INTO {self.tables.name('TRIMS')} (TRIMMED_AT) SELECT CURRENT_TIMESTAMP()"
        )

    def _forget(self, table: str, entity: str, keys: Iterable[str]) -> None:
        wanted = sorted(set(keys))
        if wanted:
            self.session.execute(
                f"DELETE FROM {self.tables.name(table)} WHERE ENTITY = ? "
                f"AND SYNC_ID IN ({listed()})",
                (entity, json.dumps(wanted)),
            )

    def _insert(
        self, table: str, columns: Sequence[str], entity: str, rows: Sequence[Any], now: str = ""
    ) -> None:
        names = ", ".join((*columns, *((now,) if now else ())))
        items = ", ".join(f"ITEM.VALUE[{n}]::VARCHAR" for n in range(len(columns)))
        moment = ", CURRENT_TIMESTAMP()" if now else ""
        self.session.execute(
            f"INSERT INTO {self.tables.name(table)} (ENTITY, {names}) SELECT ?, {items}{moment} "
            "FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS ITEM",
            (entity, json.dumps(list(rows), ensure_ascii=False)),
        )


def values_text(values: Mapping[str, Any]) -> str:
    """Return values as the text of one column; what is empty is left out."""
    kept = {name: value for name, value in values.items() if value is not None}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def wanted_text(values: Mapping[str, Any]) -> str:
    """Return what is to be written, also what is to be emptied, as the text of one column."""
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def values_from(text: str | None) -> Values:
    """Return the values of `values_text` or `wanted_text`."""
    found = json.loads(text) if text else {}
    return {str(name): normal(value) for name, value in found.items()}


def _link_row(link: Link, body_column: str) -> list[str]:
    known = Known.of(link, body_column)
    return [
        link.sync_id,
        link.page_id,
        link.state,
        link.edited,
        json.dumps(dict(link.open)),
        values_text(link.row),
        values_text(link.page),
        values_text(link.kept),
        known.row_hash,
        known.page_hash,
        known.body_hash,
    ]


def _link(row: Mapping[str, Any]) -> Link:
    kept = json.loads(row["KEPT"] or "{}")
    return Link(
        sync_id=row["SYNC_ID"],
        page_id=row["PAGE_ID"],
        row=values_from(row["ROW_BASE"]),
        page=values_from(row["PAGE_BASE"]),
        state=cast("LinkState", row["STATE"]),
        edited=row["EDITED"] or "",
        open=_waiting(row["WAITING"]),
        kept={str(name): value for name, value in kept.items()},
        spelling=spelling_of(row["BODY_HASH"] or ""),
    )


def _waiting(text: str | None) -> dict[str, str]:
    """Return column -> the side whose value waits; earlier versions wrote no side."""
    found = json.loads(text or "{}")
    return {str(c): str(found[c]) if isinstance(found, dict) else "" for c in found}


def _conflict_row(conflict: Conflict) -> list[str | None]:
    return [
        conflict.id,
        conflict.sync_id,
        conflict.page_id,
        conflict.column,
        value_text(conflict.base),
        value_text(conflict.notion),
        value_text(conflict.snowflake),
        conflict.winner,
        conflict.rule,
    ]


def value_text(value: Value) -> str | None:
    """Return one value as JSON, None for nothing."""
    return None if value is None else json.dumps(value, ensure_ascii=False)
