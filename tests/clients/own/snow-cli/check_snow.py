"""The Snowflake CLI: SQL, objects and stages, each command as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def snow(*arguments, fails=False, **keywords):
    done = subprocess.run(
        [str(Path(sys.executable).with_name("snow")), *arguments],
        capture_output=True, text=True, **keywords,
    )  # fmt: skip
    assert (done.returncode != 0) is fails, (done.stdout + done.stderr)[-1500:]
    return done.stdout + (done.stderr if fails else "")


def rows(*arguments, **keywords):
    return json.loads(snow(*arguments, "--format", "json", **keywords))


@pytest.fixture(scope="module", autouse=True)
def objects():
    snow(
        "sql",
        "-q",
        "create table things (id int, name varchar); create view seen as select * from things",
    )
    snow("sql", "-q", "insert into things values (1, 'a'), (2, 'b')")


def check_connection_test():
    (row,) = [rows("connection", "test")]
    assert row["Status"] == "OK"


def check_connection_list():
    assert [one["connection_name"] for one in rows("connection", "list")] == ["stack"]


def check_sql_query():
    assert rows("sql", "-q", "select 1 as a, 'x' as b") == [{"A": 1, "B": "x"}]


def check_sql_several_statements():
    assert rows("sql", "-q", "select 1 as a; select 2 as a") == [[{"A": 1}], [{"A": 2}]]


def check_sql_file(tmp_path):
    path = tmp_path / "script.sql"
    path.write_text("-- a comment; with a semicolon\nselect count(*) as n from things;\n")
    assert rows("sql", "-f", str(path)) == [{"N": 2}]


def check_sql_standard_input():
    assert rows("sql", "-i", input="select 3 as a") == [{"A": 3}]


def check_sql_variables():
    assert rows("sql", "-q", "select '<% word %>' as a", "-D", "word=y") == [{"A": "y"}]


def check_sql_csv():
    assert snow("sql", "-q", "select 1 as a", "--format", "csv").splitlines() == ["A", "1"]


def check_sql_error():
    assert "does not exist or not authorized" in snow("sql", "-q", "select * from gone", fails=True)


def check_sql_temporary_objects():
    assert rows(
        "sql", "-q", "create temporary table passing (a int); select count(*) as n from passing"
    )[1] == [{"N": 0}]


@pytest.mark.parametrize(
    "kind",
    ["table", "view", "database", "schema", "warehouse", "role", "stage", "procedure", "function",
     "task", "stream", "user", "integration", "secret", "network-rule"],
)  # fmt: skip
def check_object_list(kind):
    assert isinstance(rows("object", "list", kind), list)


def check_object_list_like():
    assert [one["name"] for one in rows("object", "list", "table", "--like", "THING%")] == [
        "THINGS"
    ]


def check_object_list_in():
    assert rows("object", "list", "table", "--in", "schema", "INFORMATION_SCHEMA") == []


@pytest.mark.parametrize(("kind", "name"), [("table", "THINGS"), ("view", "SEEN")])
def check_object_describe(kind, name):
    assert [one["name"] for one in rows("object", "describe", kind, name)] == ["ID", "NAME"]


def check_object_drop():
    snow("sql", "-q", "create table going (a int)")
    assert "successfully dropped" in snow("object", "drop", "table", "GOING")


def check_stage_create_and_list():
    snow("stage", "create", "files")
    assert "FILES" in [one["name"] for one in rows("stage", "list")]


def check_stage_copy_there_and_back(tmp_path):
    (tmp_path / "rows.csv").write_text("1,a\n2,b\n")
    snow("stage", "create", "moved")
    copied = rows("stage", "copy", str(tmp_path / "rows.csv"), "@moved/in")
    assert copied[0]["status"] == "UPLOADED"
    assert [one["name"] for one in rows("stage", "list-files", "@moved")] == ["moved/in/rows.csv"]
    (tmp_path / "back").mkdir()
    snow("stage", "copy", "@moved/in", str(tmp_path / "back"))
    assert (tmp_path / "back" / "rows.csv").read_text() == "1,a\n2,b\n"


def check_stage_remove(tmp_path):
    (tmp_path / "old.csv").write_text("1\n")
    snow("stage", "create", "emptied")
    snow("stage", "copy", str(tmp_path / "old.csv"), "@emptied")
    snow("stage", "remove", "emptied", "old.csv")
    assert rows("stage", "list-files", "@emptied") == []


def check_stage_execute(tmp_path):
    (tmp_path / "run.sql").write_text("insert into things values (3, 'c');\n")
    snow("stage", "create", "scripts")
    snow("stage", "copy", str(tmp_path / "run.sql"), "@scripts")
    snow("stage", "execute", "@scripts/run.sql")
    assert rows("sql", "-q", "select name from things where id = 3") == [{"NAME": "c"}]


def check_logs_of_a_query_id():
    assert rows("sql", "-q", "select last_query_id() is null as a") != []
