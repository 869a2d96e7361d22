"""A column is replaced while others write to it, and while things break: no value is lost silently.

Each statement of a writer either succeeded, and what it wrote is there in the end, or it failed and
the writer knows. A fault at any statement leaves every value in the account, and the next apply
converges.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from desk import Desk
from faults import Mode, Proxy, impatient, is_older_connector

from hushflake.deploy import session as module
from hushflake.deploy.deployment import Deployer
from hushflake.deploy.errors import DeployError, StatementError
from hushflake.deploy.session import Session

if is_older_connector():
    pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

TABLE = """
- {{kind: schema, name: S}}
- kind: table
  name: S.T
  columns: [{{name: ID, type: int}}, {{name: A, {a}}}, {{name: B, type: int}}]
  change_tracking: true
- {{kind: stream, name: S.CHANGED, on: {{table: S.T}}}}
- {{kind: view, name: S.V, query: "SELECT ID, A FROM DB.S.T"}}
"""
# What the column was and is to be, and a value of it for a number.
MIGRATIONS: dict[str, tuple[str, str, Callable[[int], str]]] = {
    "more digits": ("type: 'number(10,2)'", "type: 'number(14,4)'", lambda n: f"{n}.25"),
    "number as text": ("type: 'number(10,2)'", "type: string(20)", lambda n: f"{n}.50"),
    "another default": (
        "type: string(20), default: \"'x'\"",
        "type: string(20), default: \"'y'\"",
        # Different only in case: a collation would call some of them equal.
        lambda n: f"'{'v' if n % 2 else 'V'}{n}'",
    ),
    "required": (
        "type: string(20), default: \"'x'\", nullable: false",
        "type: string(20), nullable: false, default: \"'y'\"",
        lambda n: f"'v{n}'",
    ),
    "variant": ("type: array", "type: variant", lambda n: f"ARRAY_CONSTRUCT({n})"),
}


@dataclass
class Writer:
    """Writes to the table and knows what must be there.

    Attributes:
        wrote: ID -> the SQL of the value that its last successful statement gave it.
        failures: Messages of the statements that failed.
    """

    session: Session
    table: str
    value: Callable[[int], str]
    may_be_null: bool = True
    wrote: dict[int, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    count: Iterator[int] = field(default_factory=itertools.count)

    def write(self) -> None:
        """Insert a row, change the one before it, and forget the value of the one before that."""
        number = next(self.count)
        value = self.value(number)
        self._do(f"INSERT INTO {self.table} (ID, A) SELECT {number}, {value}", number, value)
        if number:
            value = self.value(number + 1000)
            self._change(number - 1, value)
        if number > 1 and self.may_be_null:
            self._change(number - 2, "NULL")

    def _change(self, row: int, value: str) -> None:
        if row in self.wrote:
            self._do(f"UPDATE {self.table} SET A = {value} WHERE ID = {row}", row, value)

    def _do(self, sql: str, row: int, value: str) -> None:
        try:
            self.session.execute(sql)
        except StatementError as error:
            self.failures.append(str(error))
        else:
            self.wrote[row] = value

    def check(self, desk: Desk, type_: str) -> None:
        """Every row holds what was written to it last, as the new type tells it."""
        found = desk.query("SELECT ID, TO_VARCHAR(A) AS A FROM DB.S.T ORDER BY ID")
        asked = " UNION ALL ".join(
            f"SELECT {row} AS ID, TO_VARCHAR(CAST({value} AS {type_})) AS A"
            for row, value in sorted(self.wrote.items())
        )
        assert found == desk.query(f"SELECT * FROM ({asked}) ORDER BY ID")


def sql_type(declared: str) -> str:
    return (
        declared.partition("type: ")[2].partition(", ")[0].strip("'").replace("string", "varchar")
    )


def prepared(desk: Desk, before: str, after: str) -> None:
    desk.deploy(TABLE.format(a=before))
    desk.declare(TABLE.format(a=after))


def migrate(desk: Desk, name: str) -> tuple[Writer, list[str]]:
    """Apply a migration while a writer writes before each of its statements; they are returned."""
    before, after, value = MIGRATIONS[name]
    prepared(desk, before, after)
    (operation,) = desk.plan().plan.operations
    assert operation.severity == "rebuild"
    sent: list[str] = []
    with desk.session.fork() as others, desk.session.fork() as own:
        writer = Writer(others, f"{desk.name}.S.T", value, may_be_null="nullable" not in before)

        def at(sql: str) -> None:
            if f" {desk.name}.S.T " in sql:
                sent.append(sql)
                writer.write()
                writer.write()

        own.trace = at
        planner = desk.planner
        report = Deployer(planner, own, jobs=1).carry_out(
            planner.plan(own), planner.plan, lambda _: None
        )
        assert report.run.complete, report.run
        writer.write()
    assert desk.pending() == []
    return writer, sent


@pytest.mark.parametrize("name", MIGRATIONS)
def test_a_writer_between_any_two_statements_loses_nothing(desk: Desk, name: str) -> None:
    writer, sent = migrate(desk, name)
    assert len(sent) in (6, 7)
    assert 0 < len(writer.failures) < 4 * len(sent)
    assert all("invalid identifier 'A'" in message for message in writer.failures)
    writer.check(desk, sql_type(MIGRATIONS[name][1]))
    assert desk.query("SELECT COUNT(*) AS N FROM DB.S.CHANGED")[0]["N"] >= len(writer.wrote)
    assert desk.query("SELECT COUNT(*) AS N FROM DB.S.V")[0]["N"] == len(writer.wrote)


def test_without_the_second_filling_the_loss_would_be_seen(desk: Desk) -> None:
    """The test above can fail."""
    override = desk.folder / "templates/sql/table/finish_migration.sql.j2"
    override.parent.mkdir(parents=True)
    override.write_text(
        "ALTER TABLE {{ name }} DROP COLUMN {{ kept }}\n{{ next_statement }}\n"
        "ALTER TABLE {{ name }} RENAME COLUMN {{ new }} TO {{ column }}\n"
    )
    writer, _ = migrate(desk, "more digits")
    with pytest.raises(AssertionError):
        writer.check(desk, sql_type(MIGRATIONS["more digits"][1]))


def test_a_writer_that_never_rests_loses_nothing(desk: Desk) -> None:
    before, after, value = MIGRATIONS["more digits"]
    prepared(desk, before, after)
    done = threading.Event()
    with desk.session.fork() as session:
        writer = Writer(session, f"{desk.name}.S.T", value)

        def work() -> None:
            while not done.is_set() or len(writer.wrote) < 20:
                writer.write()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            assert desk.apply().run.complete
        finally:
            done.set()
            thread.join()
    assert desk.pending() == []
    writer.check(desk, sql_type(after))


def test_a_transaction_that_is_open_is_waited_for(desk: Desk) -> None:
    """Of what it wrote to the old column nothing is seen until it ends."""
    before, after, _ = MIGRATIONS["more digits"]
    prepared(desk, before, after)
    begun, applied = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.session.fork() as other, other.transaction():
            other.execute(f"INSERT INTO {desk.name}.S.T (ID, A) VALUES (1, 1.5)")
            begun.set()
            applied.wait(1.0)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    try:
        assert desk.apply().run.complete
    finally:
        applied.set()
        thread.join()
    assert desk.values("SELECT A::FLOAT FROM DB.S.T") == [1.5]


@pytest.fixture
def cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, Proxy]]:
    """A session through a proxy that counts the statements of the migration."""
    arguments = dict(desk.session.arguments)
    proxy = Proxy(int(arguments["port"]), wanted=lambda sql: f" {desk.name}.S.T " in sql)
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    with Session(impatient({**arguments, "port": proxy.listening})) as session:
        yield session, proxy
    proxy.close()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["before", "after"])
@pytest.mark.parametrize("name", ["more digits", "required"])
def test_a_connection_that_is_cut_at_any_statement(
    desk: Desk, cut: tuple[Session, Proxy], name: str, mode: Mode
) -> None:
    """Between the cut and the next apply a writer goes on: what it wrote is there, too."""
    before, after, value = MIGRATIONS[name]
    session, proxy = cut
    at = 0
    while True:
        prepared(desk, before, after)  # from the second time on a migration back
        desk.execute("DELETE FROM DB.S.T")
        writer = Writer(desk.session, f"{desk.name}.S.T", value, may_be_null=False)
        for _ in range(3):
            writer.write()
        proxy.arm(at, mode)
        _apply(desk, session)
        was_cut = proxy.is_down
        proxy.heal()
        if not was_cut:
            break
        _end_lease(desk)
        for _ in range(2):
            writer.write()
        assert _values_are_somewhere(desk, len(writer.wrote))
        _apply(desk, session, must=True)
        assert desk.pending() == [], desk.sql()
        writer.check(desk, sql_type(after))
        at += 1
    assert at == len(proxy.seen) >= 6


def _apply(desk: Desk, session: Session, *, must: bool = False) -> None:
    planner = desk.planner
    try:
        planned = planner.plan(session)
        assert {op.severity for op in planned.plan.operations} <= {"safe", "rebuild"}
        report = Deployer(planner, session, jobs=1).carry_out(planned, planner.plan, lambda _: None)
        assert report.run.complete or not must, report.run
    except DeployError:
        if must:
            raise


def _values_are_somewhere(desk: Desk, rows: int) -> bool:
    """Whether some column of the table still has every value."""
    names = [row["column_name"] for row in desk.query("SHOW COLUMNS IN TABLE DB.S.T")]
    counts = desk.query("SELECT " + ", ".join(f"COUNT({name})" for name in names) + " FROM DB.S.T")
    return any(
        count == rows
        for name, count in zip(names, counts[0].values(), strict=True)
        if str(name).startswith("A")
    )


def _end_lease(desk: Desk) -> None:
    desk.session.execute(
        "UPDATE HUSHFLAKE.JOURNAL.LOCK SET EXPIRES_AT = DATEADD(second, -1, CURRENT_TIMESTAMP()) "
        "WHERE HOLDER IS NOT NULL"
    )
