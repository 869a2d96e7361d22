"""schemachange: versioned, repeatable and always scripts, run twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import snowflake.connector

# schemachange hands no host on: connections of this process go to the stack.
PROGRAM = """
import functools, json, os, sys
import snowflake.connector
known = json.loads(os.environ["STACK_CONNECTION"])
there = {name: known[name] for name in ("host", "port", "protocol")}
snowflake.connector.connect = functools.partial(snowflake.connector.connect, **there)
from schemachange.cli import main
sys.argv[0] = "schemachange"
main()
"""
SCRIPTS = {
    "V1.0.0__tables.sql": "create table {{ schema }}.people (id int, name varchar(20));\n"
    "create table {{ schema }}.visits (person int, at timestamp_ntz);\n",
    "V1.1.0__rows.sql": "insert into {{ schema }}.people values (1, 'Ada'), (2, 'it''s; Grace');\n",
    "R__view.sql": "create or replace view {{ schema }}.names "
    "as select name from {{ schema }}.people;\n",
    "A__count.sql": "create or replace table {{ schema }}.counted as "
    "select count(*) as n from {{ schema }}.people;\n",
    "V1.2.0__body.sql": "execute immediate $$\nbegin\n  update {{ schema }}.people set name = 'x' "
    "where id = 2;\nend;\n$$;\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("scripts")
    for name, text in SCRIPTS.items():
        (path / name).write_text(text)
    return path


@pytest.fixture(scope="module")
def connection():
    known = json.loads(os.environ["STACK_CONNECTION"])
    with snowflake.connector.connect(**known) as opened:
        opened.cursor().execute("create schema if not exists app")
        yield opened


@pytest.fixture
def rows(connection):
    return lambda text: connection.cursor().execute(text).fetchall()


def schemachange(command, folder, *more):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, command, "--root-folder", str(folder),
         "--connections-file-path", f"{os.environ['SNOWFLAKE_HOME']}/connections.toml",
         "--connection-name", "stack", "--vars", '{"schema": "APP"}', *more],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-1500:]
    return done.stdout


def deploy(folder, *more):
    return schemachange(
        "deploy", folder, "--change-history-table", "CLIENTS.METADATA.CHANGES",
        "--create-change-history-table", *more,
    )  # fmt: skip


def check_dry_run(folder, rows):
    rows("create schema if not exists metadata")
    deploy(folder, "--dry-run")
    assert rows("show tables like 'PEOPLE' in schema app") == []


def check_deploy(folder, rows):
    deploy(folder)
    assert rows("select name from app.names order by 1") == [("Ada",), ("x",)]
    assert rows("select n from app.counted") == [(2,)]


def check_history(rows):
    found = rows("select script_type, count(*) from metadata.changes group by 1 order by 1")
    assert found == [("A", 1), ("R", 1), ("V", 3)]


def check_deploy_again_runs_the_always_script_alone(folder, rows):
    deploy(folder)
    found = rows("select script_type, count(*) from metadata.changes group by 1 order by 1")
    assert found == [("A", 2), ("R", 1), ("V", 3)]


def check_a_changed_repeatable_script_runs_again(folder, rows):
    path = Path(folder, "R__view.sql")
    path.write_text(path.read_text().replace("select name", "select upper(name) as name"))
    deploy(folder)
    assert rows("select name from app.names order by 1") == [("ADA",), ("X",)]


def check_a_failing_script_is_told(folder):
    Path(folder, "V2.0.0__wrong.sql").write_text("select * from missing;\n")
    with pytest.raises(AssertionError, match="does not exist or not authorized"):
        deploy(folder)
