"""Data files into entities: checked row by row, merged by key in batches, resumed on the way.

Every batch is one MERGE that gets its rows as one JSON text: nothing has to be created for it.
A row that equals what is there already is not written, so nothing is embedded twice for it.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from hushflake.deploy.session import Session
from hushflake.schema.files import is_inside
from hushflake.schema.model import Entity
from hushflake.schema.names import literal

from .base import Base
from .columns import UPDATED_AT, Column
from .errors import KnowledgeMistakeError, UnknownEntityError
from .progress import Progress
from .readers import read_records, readers
from .rejects import RejectFile
from .rows import Reject, RowChecker
from .values import cast_of

BATCH_ROWS = 5000
# A bound text holds 16 MB, and a character has up to four bytes.
BATCH_CHARACTERS = 3_000_000
Row = tuple[str | None, ...]
Tell = Callable[[int, int], None]
"""Called with (records done, records in all) after every batch."""


@dataclass
class Loaded:
    """What a load did with one file.

    Attributes:
        records: Rows in the file.
        skipped: Rows that an earlier, interrupted run had done.
        unchanged: Rows that were there with the same values.
        unknown: Names in the file that are no column -> number of rows.
        reject_file: Where the refused rows are, if any.
        keys: Of the rows that were not refused, in the order of the entity's key, as text.
    """

    entity: str
    path: Path
    records: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0
    seconds: float = 0.0
    unknown: Counter[str] = field(default_factory=Counter)
    reject_file: Path | None = None
    first_reject: str = ""
    keys: Collection[Row] = ()


def seed_files(base: Base) -> list[tuple[Entity, Path]]:
    """Return the data files of the project with the entity that each is for, by their names."""
    return order_of(
        (base.entity(path.stem), path) for path in _data_files(base) if _has_entity(base, path)
    )


def stray_files(base: Base) -> list[Path]:
    """Return the data files of the project whose names are no entity's, of a removed one say."""
    return [path for path in _data_files(base) if not _has_entity(base, path)]


def _data_files(base: Base) -> list[Path]:
    """The data files of the project, each a regular file inside of it.

    Raises:
        KnowledgeMistakeError: One leads out of the project, or is a pipe or a device.
    """
    endings = readers()
    found = [p for p in sorted(base.project.data.glob("*")) if p.suffix.lower() in endings]
    for path in found:
        if not is_inside(path, base.project.root) or not path.is_file():
            raise KnowledgeMistakeError(
                f"{path}: a data file is a regular file inside the project; to load another file, "
                "name it on the command line"
            )
    return found


def _has_entity(base: Base, path: Path) -> bool:
    try:
        base.entity(path.stem)
    except UnknownEntityError:
        return False
    return True


def entity_of(base: Base, path: Path) -> Entity:
    """Return the entity that a file is for: the one that its name spells.

    Raises:
        KnowledgeMistakeError: No entity has that name.
    """
    try:
        return base.entity(path.stem)
    except UnknownEntityError as error:
        raise KnowledgeMistakeError(
            f"{path}: it is not named after an entity; name one with --entity ({error})"
        ) from None


def load_file(
    base: Base,
    entity: Entity,
    path: Path,
    *,
    reject_file: Path | None = None,
    beside: Collection[Path] = (),
    restart: bool = False,
    batch_rows: int = BATCH_ROWS,
    tell: Tell = lambda _done, _all: None,
) -> Loaded:
    """Load one data file into an entity.

    Args:
        base: An open knowledge base.
        entity: What the rows are for.
        path: CSV, JSON lines, Parquet or YAML, told by its ending.
        reject_file: Where refused rows go; default: below the project's local data.
        beside: Other files of the same run, whose refused rows stay where these go.
        restart: Begin at the first row even if an earlier run of the same file was interrupted.
        batch_rows: Rows a MERGE.
        tell: Told of the progress.

    Raises:
        InputError: The file cannot be read as rows.
        KnowledgeMistakeError: Refused rows would overwrite a file of something else.
        StatementError: The account refused a statement; the batches before are in.
    """
    started = monotonic()
    names, count = _survey(path)
    checker = RowChecker(entity, names)
    loaded = Loaded(entity.name, path, records=count, unknown=checker.unknown)
    folder = base.project.make_local_data()
    made = _made_at(base.session, entity)
    progress = Progress.of(folder / "loads", base.stack.name, entity.name, path, made)
    if restart:
        progress.forget()
    loaded.skipped = progress.done
    rejects = RejectFile(
        reject_file or folder / "rejects" / f"{entity.name.lower()}.jsonl",
        path,
        # A run that goes on may have been one over more files.
        None if progress.done else beside,
    )
    target = _Target(base.session, entity, checker.columns)
    for done, batch in _batches(path, checker, rejects, progress.done, batch_rows):
        inserted, updated = target.merge(batch)
        loaded.inserted += inserted
        loaded.updated += updated
        loaded.unchanged += len(batch) - inserted - updated
        progress.advance(done)
        rejects.flush()
        tell(done, count)
    rejects.flush()
    progress.forget()
    loaded.rejected, loaded.first_reject = rejects.count, rejects.first
    loaded.reject_file = rejects.path if rejects.count else None
    loaded.keys = checker.keys
    loaded.seconds = monotonic() - started
    return loaded


def _made_at(session: Session, entity: Entity) -> str:
    """Return when the entity's table was made: in another one nothing is loaded yet."""
    schema = entity.table.parent.sql
    # LIKE takes _ for any character, so tables of similar names may come along.
    rows = session.query(f"SHOW TABLES LIKE {literal(entity.table.last.text)} IN SCHEMA {schema}")
    return next((str(r["created_on"]) for r in rows if r["name"] == entity.table.last.text), "")


def _survey(path: Path) -> tuple[frozenset[str], int]:
    """Return the names that any row uses, and the number of rows."""
    names: set[str] = set()
    count = 0
    for record in read_records(path):
        names.update(record.values)
        count += 1
    return frozenset(name.strip().upper() for name in names), count


def _batches(
    path: Path, checker: RowChecker, rejects: RejectFile, skip: int, size: int
) -> Iterator[tuple[int, list[Row]]]:
    """Yield (records read so far, good rows): rows before `skip` are checked but not yielded,
    because a later row may repeat the key of one of them, and refused rows are told again."""
    rows: list[Row] = []
    position = room = 0
    for position, record in enumerate(read_records(path), 1):
        checked = checker.check(record)
        if isinstance(checked, Reject):
            rejects.write(checked)
            continue
        if position <= skip:
            continue
        needed = sum(len(value) + 3 for value in checked if value is not None)
        if rows and room < needed:
            yield position - 1, rows
            rows = []
        if not rows:
            room = BATCH_CHARACTERS
        rows.append(checked)
        room -= needed
        if len(rows) >= size:
            yield position, rows
            rows = []
    if rows:
        yield position, rows


class _Target:
    """The entity's table, which takes a batch as one JSON text in one MERGE."""

    def __init__(self, session: Session, entity: Entity, columns: tuple[Column, ...]) -> None:
        self._session = session
        self._merge = _merge_sql(entity, columns)

    def merge(self, rows: list[Row]) -> tuple[int, int]:
        """Bring the rows in and return how many were inserted and how many changed."""
        batch = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        # By key, and only what differs: a second run does nothing.
        answer = self._session.execute(self._merge, (batch,), idempotent=True).rows[0]
        counts = {name.lower(): int(value) for name, value in answer.items()}
        return (
            counts.get("number of rows inserted", 0),
            counts.get("number of rows updated", 0),
        )


def _merge_sql(entity: Entity, columns: tuple[Column, ...]) -> str:
    keys = {part.text for part in entity.key}
    others = [column for column in columns if column.name not in keys]
    selected = ", ".join(
        f"{cast_of(f'ITEM.VALUE[{number}]::VARCHAR', column.type)} AS {column.sql}"
        for number, column in enumerate(columns)
    )
    on = " AND ".join(f"target.{part.sql} = source.{part.sql}" for part in entity.key)
    changed = " OR ".join(_differs(column) for column in others)
    sets = ", ".join(f"{column.sql} = source.{column.sql}" for column in others)
    names = ", ".join(column.sql for column in columns)
    values = ", ".join(f"source.{column.sql}" for column in columns)
    update = (
        f"WHEN MATCHED AND ({changed}) THEN UPDATE SET {sets}, {UPDATED_AT} = CURRENT_TIMESTAMP()\n"
        if others
        else ""
    )
    return (
        f"MERGE INTO {entity.table.sql} AS target\n"
        f"USING (\n  SELECT {selected}\n"
        "  FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))) AS ITEM\n) AS source\n"
        f"ON {on}\n"
        f"{update}"
        f"WHEN NOT MATCHED THEN INSERT ({names}, {UPDATED_AT}) "
        f"VALUES ({values}, CURRENT_TIMESTAMP())"
    )


def _differs(column: Column) -> str:
    if column.type.startswith("VECTOR"):
        return "TRUE"  # vectors have no equality in SQL
    return f"target.{column.sql} IS DISTINCT FROM source.{column.sql}"


def order_of(pairs: Iterable[tuple[Entity, Path]]) -> list[tuple[Entity, Path]]:
    """Return the files so that what is referred to comes before what refers to it, where it can."""
    waiting = list(pairs)
    names = {entity.name for entity, _ in waiting}
    done: list[tuple[Entity, Path]] = []
    loaded: set[str] = set()
    while waiting:
        ready = [p for p in waiting if _needs(p[0]) & names <= loaded | {p[0].name}] or waiting[:1]
        done += ready
        loaded |= {entity.name for entity, _ in ready}
        waiting = [pair for pair in waiting if pair not in ready]
    return done


def _needs(entity: Entity) -> set[str]:
    return {field.references[0] for field in entity.fields if field.references is not None}
