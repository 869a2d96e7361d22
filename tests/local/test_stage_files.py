"""Files of stages: PUT, GET, LIST and REMOVE with the real connector, and what must not leave."""

import gzip
import http.client
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.engine.stage_files import MOST_BYTES, Area, Stages, checked_path
from hushflake.local.language.errors import SqlError
from hushflake.local.server.process import lifecycle
from hushflake.local.server.wire.logins import copies_files

from .conftest import Sql

ProgrammingError = snowflake.connector.ProgrammingError


def test_a_file_goes_up_and_comes_down(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE STAGE s")
    (tmp_path / "a.csv").write_text("1,2\n")
    put = sql(f"PUT file://{tmp_path}/a.csv @s")
    assert put == [("a.csv", "a.csv.gz", 4, put[0][3], "NONE", "GZIP", "UPLOADED", "")]
    assert sql(f"PUT file://{tmp_path}/a.csv @s")[0][6] == "SKIPPED"
    assert sql(f"PUT file://{tmp_path}/a.csv @s OVERWRITE = TRUE")[0][6] == "UPLOADED"
    (listed,) = sql("LIST @s")
    assert listed[0] == "s/a.csv.gz"
    assert listed[1] == put[0][3]
    down = tmp_path / "down"
    down.mkdir()
    assert sql(f"GET @s file://{down}/") == [("a.csv.gz", listed[1], "DOWNLOADED", "")]
    assert gzip.decompress((down / "a.csv.gz").read_bytes()) == b"1,2\n"


def test_options_of_put(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE TEMPORARY STAGE s")
    for name in ("a.csv", "b.csv", "c d.csv"):
        (tmp_path / name).write_text("x\n")
    put = sql(f"PUT file://{tmp_path}/*.csv @s/deep/er PARALLEL = 2 AUTO_COMPRESS = FALSE")
    assert [row[1] for row in put] == ["a.csv", "b.csv", "c d.csv"]
    assert [row[0] for row in sql("LS @s/deep")] == [
        "s/deep/er/a.csv", "s/deep/er/b.csv", "s/deep/er/c d.csv"
    ]  # fmt: skip
    assert len(sql("LS @s PATTERN = '.*/[ab][.]csv'")) == 2
    sql(f"PUT 'file://{tmp_path}/c d.csv' '@s/with space/' AUTO_COMPRESS=FALSE")
    assert [row[0] for row in sql("LIST '@s/with space'")] == ["s/with space/c d.csv"]
    packed = tmp_path / "p.csv.gz"
    packed.write_bytes(gzip.compress(b"x\n"))
    assert sql(f"PUT file://{packed} @s")[0][4:7] == ("GZIP", "GZIP", "UPLOADED")
    for wrong in (
        "PARALLEL = 0",
        "PARALLEL = 100",
        "OVERWRITE = 1",
        "NOPE = 1",
        "SOURCE_COMPRESSION = RAR",
    ):
        with pytest.raises(ProgrammingError, match="invalid"):
            sql(f"PUT file://{packed} @s {wrong}")


def test_every_kind_of_stage(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE TABLE t (a INT)")
    sql('CREATE STAGE "My Stage"')
    (database,) = sql("SELECT CURRENT_DATABASE()")[0]
    file = tmp_path / "f.txt"
    file.write_text("1\n")
    for place, listed in (
        ("@~/folder", "folder/f.txt.gz"),
        ("@%t", "f.txt.gz"),
        (f"@{database}.PUBLIC.%t/x", "x/f.txt.gz"),
        ('@"My Stage"/y', "My Stage/y/f.txt.gz"),
        ("'@\"My Stage\"/z z'", "My Stage/z z/f.txt.gz"),
        (f'@{database}.."My Stage"/q', "My Stage/q/f.txt.gz"),
    ):
        sql(f"PUT file://{file} {place}")
        assert [row[0] for row in sql(f"LIST {place}")] == [listed]
    assert sql("RM @~/folder") == [("folder/f.txt.gz", "removed")]
    assert sql("REMOVE @%t PATTERN = '.*nothing.*'") == []
    assert len(sql("REMOVE @%t")) == 2


def test_remove_takes_a_prefix(sql: Sql, tmp_path: Path) -> None:
    # https://docs.snowflake.com/en/sql-reference/sql/remove
    sql("CREATE STAGE s")
    (tmp_path / "f").write_text("1")
    for place in ("my", "my_new", "other"):
        sql(f"PUT file://{tmp_path}/f @s/{place}")
    assert [row[0] for row in sql("RM @s/my/")] == ["s/my/f.gz"]
    assert [row[0] for row in sql("RM @s/my")] == ["s/my_new/f.gz"]
    assert [row[0] for row in sql("LS @s")] == ["s/other/f.gz"]


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "a/./b", "a/\\n/b" + "\n", "x" * 300, "/".join("a" * 80), "\x00"]
)
def test_a_path_never_leaves_its_stage(path: str, tmp_path: Path) -> None:
    with pytest.raises(SqlError, match="Invalid path in a stage"):
        checked_path(path)
    with pytest.raises(SqlError, match="Invalid path in a stage"):
        Area(tmp_path / "s").writing(path)
    assert not list(tmp_path.iterdir())


def test_a_path_in_a_statement_never_leaves_its_stage(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE STAGE s")
    (tmp_path / "f").write_text("1")
    for text in (
        f"PUT file://{tmp_path}/f @s/../other",
        f"PUT file://{tmp_path}/f '@s/a/../../other'",
        "LIST @s/../",
        "REMOVE @~/../",
        f"GET @s/../ file://{tmp_path}/",
    ):
        with pytest.raises(ProgrammingError, match="Invalid path in a stage"):
            sql(text)


def test_links_and_pipes_in_a_stage_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not to be read")
    outside = tmp_path / "outside"
    outside.mkdir()
    area = Stages(tmp_path / "stages").of(7)
    area.make_folder("a")
    (area.root / "link").symlink_to(secret)
    (area.root / "out").symlink_to(outside)
    os.mkfifo(area.root / "pipe")
    (area.root / "file").write_text("1")
    assert [file.path for file in area.files()] == ["file"]
    for path in ("link", "out/x", "pipe", "a", "missing"):
        with pytest.raises(SqlError, match="was not found"):
            area.open(path)
    writing = area.writing("out/x")
    writing.write(b"1")
    with pytest.raises(SqlError, match="cannot be written"):
        writing.finish()
    assert not list(outside.iterdir())
    # A link in the place of the file is replaced, not followed.
    writing = area.writing("link")
    writing.write(b"new")
    writing.finish()
    assert secret.read_text() == "not to be read"
    with area.open("link") as file:
        assert file.read() == b"new"
    assert not area.remove("out/x")


def test_what_is_written_is_private_and_whole(tmp_path: Path) -> None:
    area = Stages(tmp_path / "stages").of(7)
    writing = area.writing("a/b")
    writing.write(b"half")
    assert area.files() == []
    writing.abandon()
    writing = area.writing("a/b")
    writing.write(b"whole")
    writing.finish()
    assert [(file.path, file.size) for file in area.files()] == [("a/b", 5)]
    for place in (tmp_path / "stages", area.root, area.root / "a"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((area.root / "a/b").stat().st_mode) == 0o600
    assert not list((tmp_path / "stages" / "incoming").iterdir())


def doors(endpoint: lifecycle.Endpoint, connection: Any, text: str) -> tuple[str, str]:
    """Ask as a client would, and return the URL and the token of the answer."""
    found = connection.cursor()
    # The answer itself is what a client must not show: read it from the protocol.
    arguments = endpoint.connect_arguments()
    opened = http.client.HTTPConnection(arguments["host"], arguments["port"])
    try:

        def post(path: str, body: dict[str, Any], token: str | None = None) -> Any:
            headers = {"Content-Type": "application/json"}
            if token:
                headers["Authorization"] = f'Snowflake Token="{token}"'
            opened.request("POST", path, json.dumps(body), headers)
            return json.loads(opened.getresponse().read())["data"]

        (database,) = found.execute("SELECT CURRENT_DATABASE()").fetchone()
        login = {"LOGIN_NAME": arguments["user"], "PASSWORD": arguments["password"]}
        token = post(f"/session/v1/login-request?databaseName={database}", {"data": login})["token"]
        data = post("/queries/v1/query-request?requestId=1", {"sqlText": text}, token)
        info = data["stageInfo"]
        return f"/{info['location']}", info["creds"]["GCS_ACCESS_TOKEN"]
    finally:
        opened.close()


def asked(
    endpoint: lifecycle.Endpoint, method: str, path: str, token: str, body: bytes = b"", **more: str
) -> int:
    arguments = endpoint.connect_arguments()
    opened = http.client.HTTPConnection(arguments["host"], arguments["port"])
    try:
        opened.request(method, path, body, {"Authorization": f"Bearer {token}", **more})
        return opened.getresponse().status
    finally:
        opened.close()


def test_a_door_opens_for_its_place_alone(
    endpoint: lifecycle.Endpoint, connection: Any, sql: Sql
) -> None:
    sql("CREATE STAGE s")
    place, token = doors(endpoint, connection, "PUT file:///x/y @s/in")
    assert asked(endpoint, "PUT", f"{place}f", token, b"12") == 200
    assert [row[:2] for row in sql("LIST @s")] == [("s/in/f", 2)]
    assert asked(endpoint, "HEAD", f"{place}f", token) == 200
    assert asked(endpoint, "HEAD", f"{place}g", token) == 404
    # Of a place to put files, nothing is read.
    assert asked(endpoint, "GET", f"{place}f", token) == 403
    for path in ("../f", "%2e%2e/f", "a/%2e%2e/%2e%2e/f", "a%00b", "a%0ab", "x" * 300):
        assert asked(endpoint, "PUT", f"{place}{path}", token, b"1") in {400, 403, 404}
    assert asked(endpoint, "PUT", f"{place}f", "wrong", b"1") == 403
    assert asked(endpoint, "PUT", "/stages/none/f", token, b"1") == 403
    claim = {"Content-Length": str(MOST_BYTES + 1)}
    assert asked(endpoint, "PUT", f"{place}f", token, b"", **claim) == 413
    # A file where a folder would have to be.
    assert asked(endpoint, "PUT", f"{place}f/g", token, b"1") == 403
    assert [row[:2] for row in sql("LIST @s")] == [("s/in/f", 2)]
    place, token = doors(endpoint, connection, "GET @s file:///x/")
    assert asked(endpoint, "GET", f"{place}in/f", token) == 200
    assert asked(endpoint, "PUT", f"{place}in/f", token, b"1") == 403


def test_privileges_of_a_stage(sql: Sql, tmp_path: Path) -> None:
    (database,) = sql("SELECT CURRENT_DATABASE()")[0]
    (tmp_path / "f").write_text("1")
    sql("CREATE STAGE s")
    sql("CREATE TABLE t (a INT)")
    sql("CREATE ROLE IF NOT EXISTS stage_reader")
    for what in (f"DATABASE {database}", f"SCHEMA {database}.PUBLIC"):
        sql(f"GRANT USAGE ON {what} TO ROLE stage_reader")
    sql(f"GRANT SELECT ON TABLE {database}.PUBLIC.t TO ROLE stage_reader")
    put, listed = f"PUT file://{tmp_path}/f @s", "LIST @s"
    sql("USE ROLE stage_reader")
    for text in (put, listed, "REMOVE @s", f"GET @s file://{tmp_path}/"):
        with pytest.raises(ProgrammingError, match="does not exist or not authorized"):
            sql(text)
    with pytest.raises(ProgrammingError, match="Insufficient privileges"):
        sql("LIST @%t")
    sql("LIST @~")
    sql("USE ROLE ACCOUNTADMIN")
    sql("GRANT READ ON STAGE s TO ROLE stage_reader")
    sql("USE ROLE stage_reader")
    assert sql(listed) == []
    with pytest.raises(ProgrammingError, match="Insufficient privileges"):
        sql(put)
    sql("USE ROLE ACCOUNTADMIN")
    sql("GRANT WRITE ON STAGE s TO ROLE stage_reader")
    sql("USE ROLE stage_reader")
    assert sql(put)[0][6] == "UPLOADED"
    sql("USE ROLE ACCOUNTADMIN")


def test_files_go_with_their_stage(sql: Sql, folder: Path, tmp_path: Path) -> None:
    def held() -> int:
        return len(list(folder.rglob("stages/*/*.gz")))

    before = held()
    (tmp_path / "f").write_text("1")
    sql("CREATE STAGE s")
    sql(f"PUT file://{tmp_path}/f @s")
    assert held() == before + 1
    sql("CREATE OR REPLACE STAGE s")
    assert sql("LIST @s") == []
    sql(f"PUT file://{tmp_path}/f @s")
    sql("DROP STAGE s")
    assert held() == before
    with pytest.raises(ProgrammingError, match="does not exist"):
        sql("LIST @s")


def test_files_of_a_temporary_stage_go_with_its_session(
    endpoint: lifecycle.Endpoint, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "once").write_text("1")
    with snowflake.connector.connect(**endpoint.connect_arguments()) as opened:
        cursor = opened.cursor()
        cursor.execute("CREATE OR REPLACE DATABASE T_TEMPORARY_STAGE")
        cursor.execute("CREATE TEMP STAGE s")
        cursor.execute(f"PUT file://{tmp_path}/once @s")
        assert list(folder.rglob("stages/*/once.gz"))
    assert not list(folder.rglob("stages/*/once.gz"))


def test_an_external_stage_fetches_nothing(sql: Sql, tmp_path: Path) -> None:
    sql("CREATE STAGE e URL = 's3://bucket/path/'")
    for text in ("LIST @e", f"PUT file://{tmp_path}/f @e", f"GET @e file://{tmp_path}/"):
        with pytest.raises(ProgrammingError, match="files of the external stage"):
            sql(text)


def test_which_clients_copy_files_themselves() -> None:
    def client(name: str, version: str) -> dict[str, str]:
        return {"CLIENT_APP_ID": name, "CLIENT_APP_VERSION": version}

    assert copies_files(client("PythonConnector", "4.8.1"), "")
    assert not copies_files(client("PythonConnector", "5.2.0"), "")
    assert not copies_files(client("JDBC", "4.0.0"), "")
    assert not copies_files({}, "")
    # Of Snowpark on connector 4, and on connector 5.
    assert copies_files(client("PythonSnowpark", "1.56.0"), "PythonConnector/4.8.1 (Linux)")
    assert not copies_files(client("PythonSnowpark", "2.0.0"), "PythonConnector/5.2.0 (Linux)")


def test_a_snapshot_holds_the_files_too(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("1")
    endpoint = lifecycle.ensure_running(tmp_path / "stack")
    try:

        def run(*texts: str) -> list[Any]:
            with snowflake.connector.connect(**endpoint.connect_arguments()) as opened:
                return [opened.cursor().execute(text).fetchall() for text in texts][-1]

        run("CREATE DATABASE d", "CREATE STAGE s", f"PUT file://{tmp_path}/f @s/kept")
        lifecycle.take_snapshot(endpoint)
        run("USE DATABASE d", "RM @s", f"PUT file://{tmp_path}/f @s/new")
        run("USE DATABASE d", "CREATE STAGE later", f"PUT file://{tmp_path}/f @later")
        lifecycle.restore_snapshot(endpoint)
        assert [row[0] for row in run("USE DATABASE d", "LIST @s")] == ["s/kept/f.gz"]
        assert run("USE DATABASE d", "CREATE STAGE other", "LIST @other") == []
    finally:
        lifecycle.stop(tmp_path / "stack")
