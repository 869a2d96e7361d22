"""What the sync keeps in the account of a stack: one schema of tables, and a stream an entity.

    LINKS       row <-> page, with the values on which both sides last agreed
    CHANGES     rows that a stream reported and that are not dealt with yet
    OPERATIONS  the write-ahead log: what is about to be done to pages
    CONFLICTS   edits that did not come through, with both values
    CURSORS     how far Notion was read
    CYCLES      one row for every transaction that changed state; cut to the newest of each entity
    TRIMS       one row for every time that CYCLES was cut: both counts make the version
    LOCK        one sync at a time

How many rows a table has, whether a stream is stale and whether it has data is metadata: SHOW and
SYSTEM$STREAM_HAS_DATA need no warehouse. An idle cycle asks for nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hushflake.deploy.session import Session
from hushflake.schema.names import Identifier, literal

from ..columns import base_type
from ..errors import NotSetUpError
from ..mapping import EntityMap
from ..ports import Glance

SCHEMA = "NOTION_SYNC"
_ERA: Final = 10**9  # more rows than CYCLES ever has between two cuts
_TABLES = {
    "LINKS": """(
    ENTITY VARCHAR(255) NOT NULL, SYNC_ID VARCHAR NOT NULL, PAGE_ID VARCHAR(64) NOT NULL,
    STATE VARCHAR(16) NOT NULL, EDITED VARCHAR(32), WAITING VARCHAR,
    ROW_BASE VARCHAR, PAGE_BASE VARCHAR, KEPT VARCHAR,
    ROW_HASH VARCHAR(64), PAGE_HASH VARCHAR(64), BODY_HASH VARCHAR(64),
    UPDATED_AT TIMESTAMP_LTZ(9)
)""",
    "CHANGES": "(ENTITY VARCHAR(255) NOT NULL, SYNC_ID VARCHAR NOT NULL)",
    "OPERATIONS": """(
    ENTITY VARCHAR(255) NOT NULL, SYNC_ID VARCHAR NOT NULL, ACTION VARCHAR(16) NOT NULL,
    PAGE_ID VARCHAR(64), WANTED VARCHAR, BEGUN_AT TIMESTAMP_LTZ(9)
)""",
    "CONFLICTS": """(
    ID VARCHAR(64) NOT NULL, ENTITY VARCHAR(255) NOT NULL, SYNC_ID VARCHAR NOT NULL,
    PAGE_ID VARCHAR(64), FIELD VARCHAR(255) NOT NULL, BASE_VALUE VARCHAR, NOTION_VALUE VARCHAR,
    SNOWFLAKE_VALUE VARCHAR, WINNER VARCHAR(16) NOT NULL, RULE VARCHAR NOT NULL,
    STATUS VARCHAR(16) NOT NULL, DETECTED_AT TIMESTAMP_LTZ(9), RESOLVED_AT TIMESTAMP_LTZ(9),
    RESOLUTION VARCHAR, RESOLVED_BY VARCHAR
)""",
    "CURSORS": """(
    ENTITY VARCHAR(255) NOT NULL, DATA_SOURCE VARCHAR(64) NOT NULL, WATERMARK VARCHAR(32),
    PROPERTIES VARCHAR, FULL_AT TIMESTAMP_LTZ(9), SYNCED_AT TIMESTAMP_LTZ(9)
)""",
    "CYCLES": "(ENTITY VARCHAR(255), FINISHED_AT TIMESTAMP_LTZ(9), REPORT VARCHAR)",
    "TRIMS": "(TRIMMED_AT TIMESTAMP_LTZ(9))",
}
_LATER = "RESOLVED_BY"
# What a sync that was set up by an earlier version may lack, and does without.
_OPTIONAL: Final = frozenset({"TRIMS"})
# Made with its one row in one statement: two first syncs cannot seed it twice.
_LOCK = """CREATE TABLE IF NOT EXISTS {name} AS
SELECT CAST(NULL AS VARCHAR(255)) AS HOLDER, CAST(0 AS NUMBER(38, 0)) AS FENCE,
    CAST(NULL AS TIMESTAMP_LTZ(9)) AS EXPIRES_AT"""


@dataclass(frozen=True)
class Tables:
    """The tables of one stack.

    Attributes:
        database: As it is spelled in a statement.
        schema_name: Of the schema; each pair of sides has its own.
        made_by: The command that makes it.
    """

    session: Session
    database: str
    schema_name: str = SCHEMA
    made_by: str = "hushflake sync notion --init"

    @property
    def schema(self) -> str:
        return f"{self.database}.{self.schema_name}"

    def name(self, table: str) -> str:
        """Full name of a table."""
        return f"{self.schema}.{table}"

    def stream(self, of: EntityMap) -> str:
        """Full name of the stream of an entity."""
        return f"{self.schema}.{Identifier(_stream_of(of.entity))}"

    def create(self, maps: Iterable[EntityMap]) -> None:
        """Create what is missing; safe for two at once."""
        self.session.execute(f"CREATE SCHEMA IF NOT EXISTS {self.schema}", idempotent=True)
        for table, columns in _TABLES.items():
            sql = f"CREATE TABLE IF NOT EXISTS {self.name(table)} {columns}"
            self.session.execute(sql, idempotent=True)
        # Earlier versions made the table without it.
        wider = f"ALTER TABLE {self.name('CONFLICTS')} ADD COLUMN IF NOT EXISTS {_LATER} VARCHAR"
        self.session.execute(wider, idempotent=True)
        self.session.execute(_LOCK.format(name=self.name("LOCK")), idempotent=True)
        for of in maps:
            self.create_stream(of)

    def check_width(self) -> None:
        """Refuse a table of conflicts that an earlier version made. Needs no warehouse.

        Raises:
            NotSetUpError: It does not say who resolved a conflict.
        """
        name = self.name("CONFLICTS")
        if not self.session.query(f"SHOW COLUMNS LIKE '{_LATER}' IN TABLE {name}"):
            raise NotSetUpError(f"{name} has no column {_LATER}: run `{self.made_by}` again")

    def create_stream(self, of: EntityMap, *, again: bool = False) -> None:
        """Create the stream of an entity; `again` replaces one that is stale."""
        how = "CREATE OR REPLACE STREAM" if again else "CREATE STREAM IF NOT EXISTS"
        comment = literal(f"Changed rows of {of.entity}, for this sync alone")
        self.session.execute(
            f"{how} {self.stream(of)} ON TABLE {of.table} COMMENT = {comment}",
            idempotent=True,
        )

    def glance(self, maps: Iterable[EntityMap]) -> Glance:
        """Return what can be seen without a warehouse.

        Raises:
            NotSetUpError: The tables are not there.
        """
        names = {_stream_of(of.entity): of for of in maps}
        if not self.exists():
            raise NotSetUpError(f"the sync is not set up on this stack: run `{self.made_by}` once")
        rows = {
            row["name"]: row for row in self.session.query(f"SHOW TABLES IN SCHEMA {self.schema}")
        }
        if missing := {*_TABLES, "LOCK"} - _OPTIONAL - set(rows):
            raise NotSetUpError(
                f"{self.schema} lacks {', '.join(sorted(missing))}: run `{self.made_by}` again"
            )
        shown = self.session.query(f"SHOW STREAMS IN SCHEMA {self.schema}")
        fresh = {row["name"] for row in shown if str(row["stale"]).lower() != "true"}
        there = {name: of for name, of in names.items() if name in fresh}
        cycles = int(rows["CYCLES"]["rows"])
        trims = int(rows["TRIMS"]["rows"]) if "TRIMS" in rows else 0
        return Glance(
            version=_ERA * trims + cycles,
            pending=bool(int(rows["CHANGES"]["rows"]) or int(rows["OPERATIONS"]["rows"])),
            changed=frozenset(self._with_data(there.values())),
            stale=frozenset(of.entity for name, of in names.items() if name not in fresh),
            history=cycles if "TRIMS" in rows else 0,
        )

    def exists(self) -> bool:
        """Whether the schema is there. Needs no warehouse."""
        sql = f"SHOW SCHEMAS LIKE {literal(self.schema_name)} IN DATABASE {self.database}"
        return any(row["name"] == self.schema_name for row in self.session.query(sql))

    def _with_data(self, maps: Iterable[EntityMap]) -> Iterator[str]:
        entities = list(maps)
        if not entities:
            return
        asked = ", ".join(
            f"SYSTEM$STREAM_HAS_DATA({literal(self.stream(of))}) AS S{number}"
            for number, of in enumerate(entities)
        )
        answer = self.session.query(f"SELECT {asked}")[0]
        for number, of in enumerate(entities):
            if str(answer[f"S{number}"]).lower() == "true":
                yield of.entity


def key_sql(of: EntityMap, alias: str = "") -> str:
    """Return SQL of a row's key as `EntityMap.key_text` spells it."""
    dot = f"{alias}." if alias else ""
    parts = [
        f"{dot}{column.sql}"
        if base_type(column.type) == "VARCHAR"
        else f"TO_VARCHAR({dot}{column.sql})"
        for column in of.key
    ]
    return parts[0] if len(parts) == 1 else f"TO_JSON(ARRAY_CONSTRUCT({', '.join(parts)}))"


def listed(parameter: str = "?") -> str:
    """Return a sub-query of the texts in a JSON list that is bound."""
    return f"SELECT VALUE::VARCHAR FROM TABLE(FLATTEN(INPUT => PARSE_JSON({parameter})))"


def _stream_of(entity: str) -> str:
    return f"{entity}_STREAM"
