"""Runs COPY INTO a table: which files, what happens to each, and what is remembered of them.

https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
"""

from dataclasses import dataclass
from typing import Any

from ...engine.catalogue import now
from ...engine.stage_files import StagedFile, no_file
from ...language.errors import SqlError
from ...language.results import COPY, SELECT, Column, Result
from ...language.types import NUMBER, TEXT
from ...sessions.session import Session
from ...sessions.transaction import Transaction
from ..stored import columns_of
from .failures import Failure
from .load import FilePlan, Load, without

# https://docs.snowflake.com/en/user-guide/data-load-considerations-load#load-metadata
_REMEMBERED = 64 * 86_400_000_000
_KEPT_LOADS = 1000
_COLUMNS = [
    Column("file", TEXT),
    Column("status", TEXT),
    Column("rows_parsed", NUMBER),
    Column("rows_loaded", NUMBER),
    Column("error_limit", NUMBER),
    Column("errors_seen", NUMBER),
    Column("first_error", TEXT),
    Column("first_error_line", NUMBER),
    Column("first_error_character", NUMBER),
    Column("first_error_column_name", TEXT),
]
ERROR_COLUMNS = [
    Column(name, NUMBER if name in {"LINE", "CHARACTER", "BYTE_OFFSET", "CODE", "ROW_NUMBER", "ROW_START_LINE"} else TEXT)
    for name in (
        "ERROR", "FILE", "LINE", "CHARACTER", "BYTE_OFFSET", "CATEGORY", "CODE", "SQL_STATE", "COLUMN_NAME",
        "ROW_NUMBER", "ROW_START_LINE",
    )
]  # fmt: skip


@dataclass
class Outcome:
    """What became of a file."""

    file: StagedFile
    parsed: int = 0
    loaded: int = 0
    errors: int = 0
    first: Failure | None = None
    unreadable: str | None = None

    @property
    def status(self) -> str:
        """As COPY shows it."""
        if self.unreadable is not None or (self.errors and not self.loaded):
            return "LOAD_FAILED"
        return "PARTIALLY_LOADED" if self.errors else "LOADED"

    def row(self, load: Load) -> list[Any]:
        """Return its row in the result of COPY."""
        limit = self.parsed if load.on_error.action == "CONTINUE" else load.on_error.limit
        first = self.first
        return [
            load.place.shown(self.file),
            self.status,
            self.parsed,
            self.loaded,
            limit,
            self.errors,
            first.message if first else self.unreadable,
            first.line if first else None,
            first.character if first else None,
            load.label(first.column) if first else None,
        ]


def run_load(session: Session, load: Load) -> Result:
    """Load the files, all in one transaction or in the one that is open.

    Raises:
        SqlError: A record is wrong, and errors are not passed over.
    """
    files = _chosen(session, load, again=bool(load.options.get("FORCE")))
    _remember_load(session, load)
    if not files:
        return Result([Column("status", TEXT)], [["Copy executed with 0 files processed."]], COPY)
    outcomes: list[Outcome] = []
    with session.transaction.write([load.table.id]):
        version = session.engine.next_version()
        for file in files:
            outcome = _load_file(session, load, file, version)
            outcomes.append(outcome)
            _note(session, load, outcome)
    if load.options.get("PURGE"):
        for outcome in outcomes:
            if outcome.status == "LOADED":
                load.place.area.remove(outcome.file.path)
    shown = [
        outcome
        for outcome in outcomes
        if outcome.status != "LOADED" or not load.options.get("RETURN_FAILED_ONLY")
    ]
    return Result(_COLUMNS, [outcome.row(load) for outcome in shown], COPY)


def validated(session: Session, load: Load, mode: str) -> Result:
    """Run COPY with VALIDATION_MODE: what would be wrong, or the first rows; nothing is loaded."""
    again = mode == "RETURN_ALL_ERRORS" or bool(load.options.get("FORCE"))
    files = _chosen(session, load, again=again)
    if mode in {"RETURN_ERRORS", "RETURN_ALL_ERRORS"}:
        rows = [row for file in files for row in error_rows(session, load, file)]
        return Result(ERROR_COLUMNS, rows, SELECT)
    wanted = int(mode.split("_")[1])
    found: list[Any] = []
    for file in files:
        plan = FilePlan(session, load, file)
        for batch, failures in plan.batches():
            table = batch.table.slice(0, wanted - len(found))
            last = table.column("row")[-1].as_py() if table.num_rows else 0
            whole = table.num_rows == batch.table.num_rows
            early = [failure for failure in failures if whole or failure.row <= last]
            if early:
                raise _error(load, file, early[0])
            found += plan.rows(table)
            if len(found) >= wanted:
                break
        if len(found) >= wanted:
            break
    kinds = {column.name: column for column in columns_of(load.table)}
    return Result([Column(name, kinds[name].type) for name in load.columns], found, SELECT)


def error_rows(session: Session, load: Load, file: StagedFile) -> list[list[Any]]:
    """Return a row for everything that is wrong in a file."""
    shown = load.place.shown(file)
    try:
        plan = FilePlan(session, load, file)
        return [
            [
                failure.message, shown, failure.line, failure.character, None, failure.category, failure.code,
                failure.state, load.label(failure.column), failure.row, failure.line,
            ]
            for _, failures in plan.batches()
            for failure in failures
        ]  # fmt: skip
    except SqlError as error:
        return [
            [
                error.message,
                shown,
                None,
                None,
                None,
                "parsing",
                error.code,
                error.state,
                None,
                None,
                None,
            ]
        ]


def _chosen(session: Session, load: Load, *, again: bool) -> list[StagedFile]:
    """Return the files to be loaded: those that were not loaded as they are now."""
    place = load.place
    if load.files is not None:
        found = []
        for name in load.files:
            below = place.prefix.rstrip("/")
            path = f"{below}/{name}" if below else name
            file = place.area.find(path)
            if file is None:
                if load.on_error.action == "ABORT_STATEMENT":
                    raise no_file(path)
                continue
            found.append(file)
    else:
        found = place.files(load.pattern)
    if not again:
        known = _known(session.transaction, load)
        found = [
            file
            for file in found
            if file.path not in known or known[file.path] != place.area.digest(file)
        ]
    limit = load.options.get("SIZE_LIMIT")
    if limit is None:
        return found
    taken, size = [], 0
    for file in found:
        taken.append(file)
        size += file.size
        if size >= int(limit):
            break
    return taken


def _known(transaction: Transaction, load: Load) -> dict[str, str]:
    rows = transaction.cursor.execute(
        'SELECT path, digest FROM hush.loads WHERE "table" = $t AND stage = $s AND loaded > $l '
        "AND status IN ('LOADED', 'PARTIALLY_LOADED')",
        {"t": load.table.id, "s": load.place.owner.id, "l": now() - _REMEMBERED},
    ).fetchall()
    return dict(rows)


def _load_file(session: Session, load: Load, file: StagedFile, version: int) -> Outcome:
    on_error = load.on_error
    outcome = Outcome(file)
    try:
        plan = FilePlan(session, load, file)
        if on_error.action == "SKIP_FILE":
            for batch, failures in plan.batches():
                _count(outcome, batch.parsed, failures)
            if on_error.skips(outcome.errors, outcome.parsed):
                return outcome
            outcome = Outcome(file)
        for batch, failures in plan.batches():
            if failures and on_error.action == "ABORT_STATEMENT":
                raise _error(load, file, failures[0])
            _count(outcome, batch.parsed, failures)
            good = without(batch.table, failures)
            plan.insert(good, version)
            outcome.loaded += good.num_rows
    except SqlError as error:
        # What could not be read before anything of the file was inserted.
        if on_error.action == "ABORT_STATEMENT" or outcome.loaded or error.code in {604, 630}:
            raise
        outcome.unreadable, outcome.errors = error.message, max(1, outcome.errors)
    return outcome


def _count(outcome: Outcome, parsed: int, failures: list[Failure]) -> None:
    outcome.parsed += parsed
    outcome.errors += len({failure.row for failure in failures})
    if failures and outcome.first is None:
        outcome.first = failures[0]


def _error(load: Load, file: StagedFile, failure: Failure) -> SqlError:
    return failure.error(load.place.shown(file), load.label(failure.column))


def _note(session: Session, load: Load, outcome: Outcome) -> None:
    """Remember what became of a file, in the transaction that loads it."""
    file, first = outcome.file, outcome.first
    key = {"t": load.table.id, "s": load.place.owner.id, "p": file.path}
    session.transaction.run(
        'DELETE FROM hush.loads WHERE "table" = $t AND stage = $s AND path = $p', key
    )
    session.transaction.run(
        "INSERT INTO hush.loads VALUES ($t, $s, $p, $digest, $shown, $size, $loaded, $query, $status, "
        "$parsed, $rows, $errors, $message, $line, $character, $column)",
        {
            **key,
            "digest": load.place.area.digest(file),
            "shown": load.place.shown(file),
            "size": file.size,
            "loaded": now(),
            "query": session.queries.current,
            "status": outcome.status,
            "parsed": outcome.parsed,
            "rows": outcome.loaded,
            "errors": outcome.errors,
            "message": first.message if first else outcome.unreadable,
            "line": first.line if first else None,
            "character": first.character if first else None,
            "column": load.label(first.column) if first else None,
        },
    )


def _remember_load(session: Session, load: Load) -> None:
    """Keep what was asked for VALIDATE."""
    loads = session.engine.loads
    loads[session.queries.current] = load
    while len(loads) > _KEPT_LOADS:
        loads.popitem(last=False)
    session.queries.last_load = session.queries.current
