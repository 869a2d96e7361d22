"""What a COPY INTO a table was asked to do, and how a file's records become rows of the table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from ...engine import limits
from ...engine.catalogue import Object
from ...engine.failures import from_duckdb
from ...engine.stage_files import StagedFile
from ...language.errors import SqlError, compilation, unsupported
from ...language.names import quote
from ...sessions.session import Session
from ..context import Context, TableColumn
from ..dialect import write
from ..fitting import fit
from ..inserting import insert_sql
from ..parameters import used_parameters
from ..query import translate_tree
from ..stored import columns_of
from .batches import Batch, Wanted, file_columns, read_batches
from .columns import bind_columns, document_sql, relation_sql, sources
from .copy_options import OnError
from .failures import Failure
from .formats import Format
from .location import Place
from .querying import metadata
from .values import failure_of, value_sql, wrong_sql

_ROWS = "hush_rows"
_SEMI = {"VARIANT", "OBJECT", "ARRAY"}
_MOST_SEARCHED = 1000


@dataclass(frozen=True)
class Load:
    """A COPY INTO a table.

    Attributes:
        table: The target.
        columns: Names of the columns that are filled, in order.
        place: Where the files are.
        form: How they are read.
        options: The copy options.
        select: The transformation, when there is one.
        files: Names that FILES lists.
        pattern: Of PATTERN.
    """

    table: Object
    columns: tuple[str, ...]
    place: Place
    form: Format
    options: dict[str, Any] = field(default_factory=dict)
    select: exp.Select | None = None
    files: tuple[str, ...] | None = None
    pattern: str | None = None

    @property
    def on_error(self) -> OnError:
        """What an error means."""
        return OnError.of(str(self.options.get("ON_ERROR", "ABORT_STATEMENT")))

    @property
    def truncates(self) -> bool:
        """Whether texts are cut to the length of their column."""
        enforces = bool(self.options.get("ENFORCE_LENGTH", True))
        return bool(self.options.get("TRUNCATECOLUMNS", not enforces))

    @property
    def matching(self) -> str:
        """The value of MATCH_BY_COLUMN_NAME."""
        return str(self.options.get("MATCH_BY_COLUMN_NAME", "NONE"))

    def label(self, column: int) -> str | None:
        """Return a column, by its number, as error messages name it."""
        if not 1 <= column <= len(self.columns):
            return None
        return f'"{self.table.name}"["{self.columns[column - 1]}":{column}]'


class FilePlan:
    """How the records of one file become rows.

    Args:
        session: Who loads.
        load: What was asked.
        file: The file.

    Raises:
        SqlError: The file cannot be loaded so: its header, or what is asked of it.
    """

    def __init__(self, session: Session, load: Load, file: StagedFile) -> None:
        self.session, self.load, self.file = session, load, file
        self._targets = {column.name: column for column in columns_of(load.table)}
        self._context = Context(session)
        self.columns = load.columns
        self.wanted = Wanted()
        # For each filled column: DuckDB's SQL of what is read, and whether it is text of the file.
        self._read: list[tuple[str, bool]] = []
        self._query: str | None = None
        if load.select is not None:
            self._transformation(load.select)
        elif load.matching != "NONE":
            self._matched()
        elif load.form.type == "CSV":
            exact = bool(load.form["ERROR_ON_COLUMN_COUNT_MISMATCH"])
            self.wanted = Wanted(len(self.columns), exact=exact)
            self._read = [(f"c{number}", True) for number in range(1, len(self.columns) + 1)]
        else:
            self._document()

    def batches(self) -> Iterator[tuple[Batch, list[Failure]]]:
        """Yield the file's records with everything that is wrong with them."""
        for batch in read_batches(self.load.place.area, self.file, self.load.form, self.wanted):
            limits.check()
            failures = [*batch.failures, *self._wrong(batch)]
            yield batch, sorted(failures, key=lambda failure: failure.row)

    def insert(self, table: pa.Table, version: int) -> None:
        """Insert rows of a batch that have nothing wrong."""
        if not table.num_rows:
            return
        query = self._query or self._plain_query()
        sql = insert_sql(
            self.load.table, self._targets, list(self.columns), query, version, self._context
        )
        self.session.transaction.run_with(
            (_ROWS, table), sql, used_parameters(sql, self._context) or None
        )

    def rows(self, table: pa.Table) -> list[tuple[Any, ...]]:
        """Return rows of a batch as they would be inserted."""
        with self._aside(table) as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(self._plain_query()).fetchall()
            return found

    # --- what is read -----------------------------------------------------------------------------

    def _document(self) -> None:
        kinds = [self._targets[name].type.base for name in self.columns]
        if len(kinds) != 1 or kinds[0] not in _SEMI:
            raise SqlError(
                f"SQL compilation error:\n{self.load.form.type} file format can produce one and only "
                "one column of type variant, object, or array. Load data into separate columns using "
                "the MATCH_BY_COLUMN_NAME copy option or copy with transformation.",
                2019,
                "0A000",
            )
        text = "c1"
        if self.load.form.type == "PARQUET":
            names = file_columns(self.load.place.area, self.file, self.load.form)
            keeps = bool(self.load.form["USE_VECTORIZED_SCANNER"])
            text = f"CAST({document_sql(names, keeps_nulls=keeps)} AS VARCHAR)"
        self._read = [(text, True)]

    def _matched(self) -> None:
        form, folded = self.load.form, self.load.matching == "CASE_INSENSITIVE"
        if form.type == "JSON":
            keys = tuple(name.upper() if folded else name for name in self.columns)
            texts = tuple(self._targets[name].type.base not in _SEMI for name in self.columns)
            self.wanted = Wanted(len(keys), keys=keys, folded=folded, texts=texts)
            self._read = [(f"c{number}", True) for number in range(1, len(keys) + 1)]
            return
        if form.type == "CSV" and not form["PARSE_HEADER"]:
            raise compilation(
                "MATCH_BY_COLUMN_NAME needs PARSE_HEADER = TRUE in the file format of CSV",
                1008,
                "22023",
            )
        names = file_columns(self.load.place.area, self.file, form)
        shown = [name.upper() if folded else name for name in names]
        found = [
            (name, shown.index(name.upper() if folded else name) + 1)
            for name in self.columns
            if (name.upper() if folded else name) in shown
        ]
        if form.type == "CSV":
            if form["ERROR_ON_COLUMN_COUNT_MISMATCH"] and len(names) != len(self.columns):
                raise SqlError(
                    f"Number of columns in file ({len(names)}) does not match that of the "
                    f"corresponding table ({len(self.columns)}), use file format option "
                    "error_on_column_count_mismatch=false to ignore this error",
                    100_080,
                    "22000",
                )
            self.wanted = Wanted(len(names), exact=bool(form["ERROR_ON_COLUMN_COUNT_MISMATCH"]))
        self.columns = tuple(name for name, _ in found)
        self._read = [(f"c{place}", form.type == "CSV") for _, place in found]
        if not found:
            raise compilation(
                f"no column of the file {self.file.path!r} has the name of a column of the table",
                1008,
                "22023",
            )

    def _transformation(self, select: exp.Select) -> None:
        select = select.copy()
        ((_, source),) = sources(select)
        names: list[str] = []
        types: list[Any] = []
        form = self.load.form
        if form.type == "PARQUET":
            batches = read_batches(self.load.place.area, self.file, form, Wanted())
            first = next(batches, None)
            names, types = (first.names, first.types) if first else ([], [])
        relation = self._context.relation("")
        count = bind_columns(select, source, relation, form.type, names, types)
        self.wanted = Wanted(count)
        self._context.relations[relation] = relation_sql(
            _ROWS, form.type, count, names, self._metadata()
        )
        if len(select.expressions) != len(self.columns):
            raise compilation(
                f"Insert value list does not match column list expecting {len(self.columns)} but got "
                f"{len(select.expressions)}",
                2057,
                "21S01",
            )
        self._query = write(translate_tree(select, self._context))

    def _metadata(self) -> str:
        path, key, modified, now = metadata(self.load.place, self.file)
        values = {
            "METADATA$FILENAME": (path, "VARCHAR"),
            "METADATA$FILE_CONTENT_KEY": (key, "VARCHAR"),
            "METADATA$FILE_LAST_MODIFIED": (modified, "TIMESTAMP"),
            "METADATA$START_SCAN_TIME": (now.isoformat(sep=" "), "TIMESTAMP WITH TIME ZONE"),
        }
        made = ['row AS "METADATA$FILE_ROW_NUMBER"']
        for name, (value, kind) in values.items():
            text = "'" + str(value).replace("'", "''") + "'"
            made.append(f"CAST({text} AS {kind}) AS {quote(name)}")
        return ", ".join(made)

    # --- what is made of it -----------------------------------------------------------------------

    def _target(self, index: int) -> TableColumn:
        return self._targets[self.columns[index]]

    def _plain_query(self) -> str:
        values = []
        for index, (read, is_text) in enumerate(self._read):
            kind = self._target(index).type
            if is_text:
                values.append(value_sql(read, kind, self.load.form, truncates=self.load.truncates))
            else:
                values.append(f"TRY({fit(read, kind)})")
        return f"SELECT {', '.join(values)} FROM {_ROWS}"

    def _wrong(self, batch: Batch) -> list[Failure]:
        if not batch.table.num_rows:
            return []
        if self._query is not None:
            return self._searched(batch) if self._fails(batch.table) else []
        codes = []
        for index, (read, is_text) in enumerate(self._read):
            target = self._target(index)
            kind, nullable = target.type, target.nullable
            if is_text:
                codes.append(
                    wrong_sql(
                        read, kind, self.load.form, truncates=self.load.truncates, nullable=nullable
                    )
                )
            else:
                null = "" if nullable else f"WHEN {read} IS NULL THEN 3 "
                codes.append(
                    f"CASE {null}WHEN {read} IS NOT NULL AND TRY({fit(read, kind)}) IS NULL THEN 1 "
                    "ELSE 0 END"
                )
        listed = ", ".join(codes)
        texts = ", ".join(f"left(CAST({read} AS VARCHAR), 100)" for read, _ in self._read)
        with self._aside(batch.table) as cursor:
            found = cursor.execute(
                f"SELECT row, codes, texts FROM (SELECT row, [{listed}] AS codes, [{texts}] AS texts "
                f"FROM {_ROWS}) WHERE list_max(codes) > 0 ORDER BY row"
            ).fetchall()
        failures = []
        numbers = batch.table.column("row")
        first = numbers[0].as_py()
        places = None if numbers[-1].as_py() - first + 1 == len(numbers) else numbers.to_pylist()
        for row, wrong, shown in found:
            index = row - first if places is None else places.index(row)
            line = batch.lines[index] if batch.lines else row
            column, code = next((place, code) for place, code in enumerate(wrong) if code)
            kind = self._target(column).type
            failures.append(failure_of(code, shown[column], kind, row, line, column + 1))
        return failures

    def _aside(self, table: pa.Table) -> "_Aside":
        return _Aside(self.session, table)

    def _fails(self, table: pa.Table) -> SqlError | None:
        """Return the error that a transformation of some rows ends with, None when it has none."""
        values = ", ".join(
            fit(f"q.c{index}", self._target(index).type, nullable=self._target(index).nullable)
            for index in range(len(self.columns))
        )
        names = ", ".join(f"c{index}" for index in range(len(self.columns)))
        sql = f"SELECT {values} FROM ({self._query}) AS q({names})"
        try:
            with self._aside(table) as cursor:
                cursor.execute(sql, used_parameters(sql, self._context) or None)
                while cursor.fetchmany(10_000):
                    limits.check()
        except duckdb.Error as error:
            limits.check()
            return from_duckdb(error)
        return None

    def _searched(self, batch: Batch) -> list[Failure]:
        """Return the rows for which a transformation fails, found by halving."""
        failures: list[Failure] = []
        waiting = [batch.table]
        while waiting:
            table = waiting.pop()
            error = self._fails(table)
            if error is None:
                continue
            if table.num_rows > 1:
                half = table.num_rows // 2
                waiting += [table.slice(half), table.slice(0, half)]
                continue
            row = table.column("row")[0].as_py()
            place = pc.index(batch.table.column("row"), row).as_py()
            line = batch.lines[place] if batch.lines else row
            message = error.message.removeprefix("SQL compilation error:\n")
            failures.append(Failure(message, error.code, row, line, category="conversion"))
            if self.load.on_error.action == "ABORT_STATEMENT":
                return failures
            if len(failures) > _MOST_SEARCHED:
                raise unsupported(
                    f"more than {_MOST_SEARCHED} rows of {len(batch.table)} for which the SELECT fails"
                )
        return failures


class _Aside:
    """A connection beside the session's on which rows of a batch can be read."""

    def __init__(self, session: Session, table: pa.Table) -> None:
        self._cursor = session.engine.database.cursor()
        self._tracked = limits.tracking(self._cursor)
        self._table = table

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        self._tracked.__enter__()
        self._cursor.register(_ROWS, self._table)
        return self._cursor

    def __exit__(self, *facts: Any) -> None:
        self._tracked.__exit__(*facts)
        self._cursor.close()


def without(table: pa.Table, failures: list[Failure]) -> pa.Table:
    """Return the rows of a batch that have nothing wrong."""
    if not failures:
        return table
    wrong = pa.array([failure.row for failure in failures], pa.int64())
    return table.filter(pc.invert(pc.is_in(table.column("row"), value_set=wrong)))
