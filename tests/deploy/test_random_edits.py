"""Any definition can follow any other: apply A, apply B, nothing is left to do, no row is lost."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from desk import Desk
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from hushflake.deploy.session import Session

# Every value can be cast to every other type, so a migration keeps it.
TYPES = ("string(8)", "string(16)", "number(10,0)", "number(20,0)", "number(12,2)")
VALUE = 7
NAMES = ("A", "B", "C", "D")

columns = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TYPES), min_size=1)
tables = st.dictionaries(
    st.sampled_from(("T", "U", "V")),
    st.fixed_dictionaries(
        {
            "columns": columns,
            "comment": st.sampled_from(("", "Plain", 'It\'s \\ "odd"')),
            "tracked": st.booleans(),
            "clustered": st.booleans(),
            "keyed": st.booleans(),
            "days": st.sampled_from((0, 1, 3)),
            "view": st.booleans(),
            "stream": st.booleans(),
            "task": st.sampled_from(("", "started", "suspended")),
            "grant": st.sampled_from(((), ("SELECT",), ("INSERT", "SELECT"))),
        }
    ),
    min_size=1,
)


def definitions(desk: Desk, wanted: Mapping[str, Any]) -> str:
    """The YAML of what was drawn."""
    lines = [
        f"- {{kind: database, name: {desk.name}}}",
        "- {kind: schema, name: S}",
        f"- {{kind: warehouse, name: {desk.name}_WH, size: xsmall}}",
        f"- {{kind: role, name: {desk.name}_R}}",
    ]
    for name, table in wanted.items():
        first = next(iter(table["columns"]))
        lines += ["- kind: table", f"  name: S.{name}", f"  data_retention_days: {table['days']}"]
        lines += ["  columns:", "    - {name: ID, type: integer}"] + [
            f'    - {{name: {column}, type: "{kind}"}}' for column, kind in table["columns"].items()
        ]
        if table["comment"]:
            quoted = table["comment"].replace("'", "''")
            lines.append(f"  comment: '{quoted}'")
        if table["tracked"] or table["stream"]:
            lines.append("  change_tracking: true")
        if table["keyed"]:
            lines.append("  primary_key: [ID]")
        if table["clustered"]:
            lines.append(f"  cluster_by: [{first}]")
        if table["view"]:
            lines.append(
                f"- {{kind: view, name: S.{name}_V, query: SELECT {first} FROM DB.S.{name}}}"
            )
            over = f"SELECT COUNT(*) AS N FROM DB.S.{name}_V"
            lines.append(f"- {{kind: view, name: S.{name}_OVER, query: {over}}}")
        if table["stream"]:
            lines.append(f"- {{kind: stream, name: S.{name}_STREAM, on: {{table: S.{name}}}}}")
        if table["task"]:
            lines.append(
                f"- {{kind: task, name: S.{name}_TASK, warehouse: {desk.name}_WH, "
                f"schedule: 60 MINUTES, state: {table['task']}, "
                f"definition: SELECT {first} FROM DB.S.{name}}}"
            )
        if table["grant"]:
            lines.append(
                f"- {{kind: grant, to: {desk.name}_R, privileges: [{', '.join(table['grant'])}], "
                f"on: {{table: S.{name}}}}}"
            )
    return "\n".join(lines) + "\n"


def fill(desk: Desk, wanted: Mapping[str, Any]) -> None:
    for name, table in wanted.items():
        names = ", ".join(["ID", *table["columns"]])
        values = ", ".join([f"'{VALUE}'"] * (1 + len(table["columns"])))
        desk.execute(f"INSERT INTO DB.S.{name} ({names}) VALUES ({values})")


def holds_what_stayed(desk: Desk, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for name in before.keys() & after.keys():
        stayed = ["ID", *sorted(before[name]["columns"].keys() & after[name]["columns"].keys())]
        rows = desk.query(f"SELECT * FROM DB.S.{name}")
        assert len(rows) == 1
        assert [float(rows[0][column]) for column in stayed] == [VALUE] * len(stayed)


def one_example(server: Session, number: int, before: Any, after: Any) -> None:
    with TemporaryDirectory() as folder:
        desk = Desk(f"RANDOM{number}", Path(folder), server)
        try:
            desk.deploy(definitions(desk, before))
            fill(desk, before)
            desk.deploy(definitions(desk, after))
            holds_what_stayed(desk, before, after)
        finally:
            desk.execute(
                f"DROP DATABASE IF EXISTS {desk.name}",
                f"DROP WAREHOUSE IF EXISTS {desk.name}_WH",
                f"DROP ROLE IF EXISTS {desk.name}_R",
            )


_numbers: list[int] = []
COMMON = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def random_edits(server: Session, before: Any, after: Any) -> None:
    _numbers.append(0)
    one_example(server, len(_numbers), before, after)


@settings(COMMON, max_examples=3)
@given(before=tables, after=tables)
def test_a_few_random_edits(server: Session, before: Any, after: Any) -> None:
    random_edits(server, before, after)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(8))
def test_many_random_edits(server: Session, number: int) -> None:
    """Examples of a fixed seed, few enough for one test to end in a minute or two."""

    @seed(number)
    @settings(COMMON, derandomize=False, max_examples=10)
    @given(before=tables, after=tables)
    def some(before: Any, after: Any) -> None:
        random_edits(server, before, after)

    some()
