"""A data folder, a file, a client or a statement that is hostile to the local stack."""

import contextlib
import gzip
import http.client
import json
import logging
import os
import random
import resource
import shutil
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import snowflake.connector
from canaries import Canaries

from hushflake.cli.main import main
from hushflake.local.engine.opening import open_database
from hushflake.local.language.errors import LocalStackError, LocalStackUsageError
from hushflake.local.server.process import data_folder, lifecycle, process, serving

Endpoint = lifecycle.Endpoint


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("stack")
    try:
        yield lifecycle.ensure_running(folder)
    finally:
        lifecycle.stop(folder)


def connect(endpoint: Endpoint, **more: Any) -> Any:
    return snowflake.connector.connect(**{**endpoint.connect_arguments(), **more})


def server_log(endpoint: Endpoint) -> str:
    return (endpoint.home / "server.log").read_text("utf-8", "replace")


# --- the data folder ------------------------------------------------------------------------------


TRAP = """
CREATE SCHEMA hush; CREATE SCHEMA data; CREATE TABLE hush.state (key VARCHAR, value VARCHAR);
CREATE TABLE data.loot (text VARCHAR); CREATE TRIGGER t AFTER INSERT ON hush.state
FOR EACH STATEMENT INSERT INTO data.loot SELECT content FROM read_text('KEY')
"""


def ship(folder: Path, canaries: Canaries) -> Path:
    """Make a checkout that brings a data folder with a token, and a file that reads a key."""
    home = folder / ".hushflake" / "stacks" / "local"
    home.mkdir(parents=True)
    (home / "token").write_text("known-to-its-author")
    (home / "token").chmod(0o644)
    (home / "server.json").write_text(json.dumps({"port": canaries.port, "pid": os.getpid()}))
    loot(home / "stack.duckdb", canaries)
    return home


def loot(path: Path, canaries: Canaries, *more: str) -> None:
    with duckdb.connect(str(path)) as made:
        for sql in more or TRAP.replace("KEY", str(canaries.key_file)).split(";"):
            made.execute(sql)


@pytest.mark.parametrize(
    "words",
    [
        ("stack", "start"),
        ("stack", "start", "--vectors", "off"),
        ("stack", "logs"),
        ("stack", "run-due"),
        ("apply", "--stack", "local", "--yes"),
        ("plan",),
        ("status",),
    ],
)
def test_a_shipped_data_folder_is_not_used(
    canaries: Canaries, tmp_path: Path, words: tuple[str, ...]
) -> None:
    home = ship(tmp_path, canaries)
    before = (home / "stack.duckdb").read_bytes()
    ran = canaries.run(*words, folder=tmp_path, codes=(2,))
    assert "hushflake stack start --fresh" in ran.stderr
    assert "hushflake stack adopt" in ran.stderr
    assert (home / "stack.duckdb").read_bytes() == before


def test_a_fresh_start_moves_what_was_there_aside(canaries: Canaries, tmp_path: Path) -> None:
    home = ship(tmp_path, canaries)
    folder = home.parent.parent
    try:
        moved = lifecycle.fresh(folder)
        assert moved is not None
        assert (moved / "token").read_text() == "known-to-its-author"
        endpoint = lifecycle.ensure_running(folder)
        assert endpoint.token != "known-to-its-author"
        assert lifecycle.stacks(folder) == ["local"]
        with pytest.raises(snowflake.connector.Error, match="Incorrect username or password"):
            connect(endpoint, password="known-to-its-author")
        with connect(endpoint) as connection:
            assert connection.cursor().execute("SELECT 1").fetchone() == (1,)
    finally:
        lifecycle.stop(folder)
    assert canaries.touched() == []


def test_a_reset_keeps_what_hushflake_did_not_make(canaries: Canaries, tmp_path: Path) -> None:
    home = ship(tmp_path, canaries)
    moved = lifecycle.reset(home.parent.parent)
    assert moved is not None
    assert moved != home
    assert (moved / "stack.duckdb").exists()


def test_nothing_stored_in_a_file_runs_when_it_is_taken_over(
    canaries: Canaries, tmp_path: Path
) -> None:
    home = ship(tmp_path, canaries)
    folder = home.parent.parent
    lifecycle.adopt(folder)
    with pytest.raises(LocalStackError, match=r"the trigger 'hush\.t', which hushflake did not"):
        lifecycle.ensure_running(folder)
    with duckdb.connect(str(home / "stack.duckdb")) as made:
        assert made.execute("SELECT count(*) FROM data.loot").fetchone() == (0,)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("CREATE MACRO main.length(x) AS 42", "function 'main.length'"),
        ("CREATE MACRO main.duckdb_triggers() AS TABLE SELECT 1 AS x", "'main.duckdb_triggers'"),
        ("CREATE VIEW main.duckdb_tables AS SELECT 1 AS x", "view 'main.duckdb_tables'"),
        ("CREATE SCHEMA system", "schema 'system.system'"),
        ("CREATE TYPE main.mood AS ENUM ('a')", "type 'main.mood'"),
        ("CREATE TABLE main.t (x INT)", "table 'main.t'"),
        ("CREATE TABLE data.t1 (x INT DEFAULT (1 + 1))", "column 'data.t1.x'"),
        ("CREATE TABLE data.t1 (x INT, y INT GENERATED ALWAYS AS (x + 1))", "data.t1.y"),
        ("CREATE TABLE data.t1 (x INT CHECK (x > 0))", "constraint"),
        ("CREATE TABLE data.t1 (x INT); CREATE INDEX i ON data.t1 (x)", "index"),
        ("CREATE SEQUENCE main.s", "sequence 'main.s'"),
    ],
)
def test_a_file_with_what_we_did_not_make_is_refused(
    canaries: Canaries, tmp_path: Path, sql: str, named: str
) -> None:
    path = tmp_path / "stack.duckdb"
    loot(path, canaries, "CREATE SCHEMA data", *sql.split("; "))
    with pytest.raises(LocalStackError) as caught:
        open_database(path)
    assert named in str(caught.value)


def test_duckdb_is_closed_before_it_reads_a_file(canaries: Canaries, tmp_path: Path) -> None:
    database = open_database(tmp_path / "stack.duckdb")
    for sql in (
        f"SELECT * FROM read_text('{canaries.key_file}')",
        f"COPY (SELECT 1) TO '{canaries.files / 'written'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}' AS other",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            database.execute(sql)
    database.close()


def test_a_checkout_over_a_folder_of_ours_decides_nothing(
    canaries: Canaries, tmp_path: Path
) -> None:
    folder = tmp_path / ".hushflake"
    first = lifecycle.ensure_running(folder)
    try:
        (first.home / "token").write_text("known-to-its-author")
        (first.home / "server.json").write_text(json.dumps({"port": canaries.port, "pid": 1}))
        (first.home / "settings.json").write_text(json.dumps({"embedder": "minilm"}))
        again = lifecycle.ensure_running(folder)
        assert (again.port, again.pid, again.token) == (first.port, first.pid, first.token)
    finally:
        lifecycle.stop(folder)
    # Git writes a file anew: its inode is another one.
    other = tmp_path / "other.duckdb"
    loot(other, canaries)
    (first.home / "stack.duckdb").unlink()
    other.rename(first.home / "stack.duckdb")
    with pytest.raises(data_folder.ForeignFolderError):
        lifecycle.ensure_running(folder)
    assert canaries.touched() == []


def test_a_copied_folder_is_taken_over_only_by_its_user(tmp_path: Path) -> None:
    folder, copy = tmp_path / ".hushflake", tmp_path / "copy" / ".hushflake"
    try:
        with connect(lifecycle.ensure_running(folder)) as connection:
            connection.cursor().execute("CREATE DATABASE KEPT")
        lifecycle.stop(folder)
        shutil.copytree(folder, copy)
        with pytest.raises(LocalStackUsageError, match="stack adopt"):
            lifecycle.ensure_running(copy)
        lifecycle.adopt(copy)
        with connect(lifecycle.ensure_running(copy)) as connection:
            rows = connection.cursor().execute("SHOW DATABASES LIKE 'KEPT'").fetchall()
            assert len(rows) == 1
    finally:
        lifecycle.stop(folder)
        lifecycle.stop(copy)


def test_a_password_is_good_for_one_start(tmp_path: Path) -> None:
    try:
        first = lifecycle.ensure_running(tmp_path)
        lifecycle.stop(tmp_path)
        assert not first.token_file.exists()
        second = lifecycle.ensure_running(tmp_path)
        assert second.token != first.token
        with pytest.raises(snowflake.connector.Error):
            connect(second, password=first.token)
    finally:
        lifecycle.stop(tmp_path)


@pytest.mark.parametrize("part", ["", "stacks", "stacks/local"])
def test_a_linked_folder_is_refused(canaries: Canaries, tmp_path: Path, part: str) -> None:
    other = tmp_path / "other"
    (other / "stacks" / "local").mkdir(parents=True)
    link = tmp_path / "here" / ".hushflake" / part
    link.parent.mkdir(parents=True)
    link.symlink_to(other / part)
    with pytest.raises(LocalStackUsageError, match="is a symbolic link"):
        lifecycle.ensure_running(tmp_path / "here" / ".hushflake")
    assert sorted(path.name for path in other.rglob("*")) == ["local", "stacks"]


@pytest.mark.parametrize("name", ["stack.duckdb", "log.jsonl", "vectors", "folder-id"])
@pytest.mark.parametrize("how", ["link", "pipe"])
def test_a_linked_file_and_a_pipe_are_refused(
    canaries: Canaries, tmp_path: Path, name: str, how: str
) -> None:
    folder = tmp_path / ".hushflake"
    lifecycle.configure(folder, "local", {"scheduler": 0})
    path = lifecycle.home_of(folder, "local") / name
    path.unlink(missing_ok=True)
    if how == "link":
        path.symlink_to(canaries.key_file)
    else:
        os.mkfifo(path)
    for words in (("stack", "start"), ("stack", "logs"), ("stack", "adopt", "--yes")):
        ran = canaries.run(
            *words,
            folder=tmp_path,
            codes=(2,),
            environment={"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]},
        )
        assert "remove" in ran.stderr
    assert "private-key" in canaries.key_file.read_text()


@pytest.mark.parametrize("part", ["", "stacks", "stacks/local", "stacks/local/folder-id"])
def test_what_others_can_write_is_refused(tmp_path: Path, part: str) -> None:
    folder = tmp_path / ".hushflake"
    lifecycle.configure(folder, "local", {"scheduler": 0})
    (folder / part).chmod(0o777)
    with pytest.raises(LocalStackUsageError, match=r"chmod go-w"):
        lifecycle.ensure_running(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to another user")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ".hushflake"
    lifecycle.configure(folder, "local", {"scheduler": 0})
    os.chown(lifecycle.home_of(folder, "local"), 12345, 12345)
    with pytest.raises(LocalStackUsageError, match="another user"):
        lifecycle.ensure_running(folder)


def test_a_state_folder_that_others_can_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    lifecycle.configure(tmp_path / "a", "local", {"scheduler": 0})
    (tmp_path / "state" / "hushflake").chmod(0o777)
    with pytest.raises(LocalStackError, match=r"chmod go-w"):
        lifecycle.ensure_running(tmp_path / "a")


def test_a_deleted_folder_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / ".hushflake"
    try:
        first = lifecycle.ensure_running(folder)
        shutil.rmtree(folder)
        second = lifecycle.ensure_running(folder)
        assert second.pid != first.pid
        with connect(second) as connection:
            connection.cursor().execute("CREATE DATABASE D")
    finally:
        lifecycle.stop(folder)


def test_hostile_lines_of_a_log_reach_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lifecycle.configure(tmp_path / ".hushflake", "local", {"scheduler": 0})
    record = {"started": 0, "seconds": 1, "status": "SUCCESS", "text": "\x1b]0;x\x07\u202e"}
    lines = [json.dumps(record), "[1, 2]", "{", "null", json.dumps({**record, "started": "x"})]
    home = lifecycle.home_of(tmp_path / ".hushflake", "local")
    for name in ("log.jsonl", "server.log"):
        (home / name).write_text("\n".join([*lines, "\x1b[2J"]), "utf-8")
    assert main(["stack", "logs"]) == 0
    assert main(["stack", "logs", "--server"]) == 0
    shown = capsys.readouterr().out
    assert "\\x1b]0;x\\x07\\u202e" in shown
    assert "\x1b" not in shown


# --- before a login -------------------------------------------------------------------------------


def send(
    endpoint: Endpoint,
    body: bytes,
    path: str = "/session/v1/login-request",
    headers: dict[str, str] | None = None,
) -> int:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    try:
        connection.request("POST", path, body=body, headers=headers or {})
        answer = connection.getresponse()
        assert len(answer.read()) < 10_000
        return answer.status
    finally:
        connection.close()


def memory(endpoint: Endpoint) -> int:
    """Return the most memory that the server ever had, in bytes."""
    for line in Path(f"/proc/{endpoint.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise AssertionError


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_bomb_costs_little(endpoint: Endpoint) -> None:
    zipped = {"Content-Encoding": "gzip"}
    send(endpoint, b"{}")
    before = memory(endpoint)
    # A megabyte that becomes a gigabyte, and one that is small enough to be unpacked.
    assert send(endpoint, gzip.compress(bytes(1 << 30), 9), headers=zipped) == 413
    assert send(endpoint, gzip.compress(bytes(60 << 20), 9), headers=zipped) == 413
    for _ in range(3):
        assert send(endpoint, b" " * (1 << 20)) == 413
    assert memory(endpoint) - before < 16 << 20


def test_a_body_without_end_is_not_read(endpoint: Endpoint) -> None:
    with socket.create_connection((endpoint.host, endpoint.port), timeout=30) as peer:
        peer.sendall(
            f"POST /session/v1/login-request HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
            "Content-Length: 300000000\r\n\r\n".encode()
        )
        sent = 0
        with contextlib.suppress(OSError):
            for _ in range(4000):
                peer.sendall(bytes(65_536))
                sent += 65_536
        assert sent < 50_000_000


BODIES = (
    *(b"", b"[]", b"null", b"1", b'"x"', b"{", b"\xff\xfe", b"NaN", b"[" * 20_000, b'{"a":' * 5000),
    *(b'{"data": []}', b'{"data": 1}', b'{"data": null}', b'{"data": {"PASSWORD": {}}}'),
    *(b'{"data": {"PASSWORD": "\\ud800"}}', b'{"data": {"TOKEN": [1, 2]}}'),
    *(b'{"data": {"SESSION_PARAMETERS": 1}}', b'{"data": {"SESSION_PARAMETERS": [1]}}'),
)


def test_bodies_that_are_none_are_no_defect(endpoint: Endpoint) -> None:
    answers = [send(endpoint, body) for body in BODIES]
    assert set(answers) <= {200, 400}
    assert answers.count(400) > 8
    for body in (b"x", b"\x1f\x8b", gzip.compress(b"{}")[:-6], gzip.compress(b"{") + b"x"):
        assert send(endpoint, body, headers={"Content-Encoding": "gzip"}) == 400
    for path in ("/queries/v1/query-request", "/queries/v1/abort-request", "/x", "/local/clock"):
        assert send(endpoint, b"[" * 50_000, path) in {200, 401}
    assert "Traceback" not in server_log(endpoint)
    assert "defect" not in server_log(endpoint)


@pytest.mark.parametrize(
    "body",
    [
        b'{"sqlText": "SELECT \'\\ud800\'"}',
        b'{"sqlText": "SELECT \'\xed\xa0\x80\'"}',
        b'{"sqlText": "SELECT ?", "bindings": {"1": {"type": "TEXT", "value": "\\udfff"}}}',
        b'{"sqlText": 5}',
        b'{"sqlText": "SELECT 1", "bindings": [1]}',
    ],
)
def test_statements_that_are_none_are_no_defect(endpoint: Endpoint, body: bytes) -> None:
    signed_in = {"Authorization": f'Snowflake Token="{login(endpoint)}"'}
    assert send(endpoint, body, request_path(), headers=signed_in) == 400
    whole = b'{"sqlText": "SELECT \'\\ud83d\\ude00\'"}'
    assert send(endpoint, whole, request_path(), headers=signed_in) == 200
    assert "Traceback" not in server_log(endpoint)


def test_headers_are_bounded(endpoint: Endpoint) -> None:
    many = {f"X-{number}": "y" for number in range(150)}
    assert send(endpoint, b"{}", headers=many) == 431
    assert send(endpoint, b"{}", headers={"X": "y" * 20_000}) in {400, 431}
    with socket.create_connection((endpoint.host, endpoint.port), timeout=30) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n")
        sent = 0
        with contextlib.suppress(OSError):
            for _ in range(2000):
                peer.sendall(b"X: " + b"y" * 4096 + b"\r\n")
                sent += 4096
                time.sleep(0.001)
        assert sent < 2_000_000


def test_a_fuzz_of_the_protocol(endpoint: Endpoint) -> None:
    """The same bodies in every run, with and without a session."""
    chance = random.Random(20_261)
    with connect(endpoint) as connection:
        session = login(endpoint)
        before = server_log(endpoint)
        for number in range(300):
            body = json.dumps(mutated(chance, SHAPES[number % len(SHAPES)])).encode()
            if chance.random() < 0.2:
                place = chance.randrange(len(body))
                body = body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
            path = PATHS[number % len(SHAPES)] + f"?requestId={number}"
            headers = {"Authorization": f'Snowflake Token="{session}"'} if number % 3 else {}
            if chance.random() < 0.3:
                body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
            assert send(endpoint, body, path, headers) in {200, 400, 401, 413}, body
        assert connection.cursor().execute("SELECT 1").fetchone() == (1,)
    assert "Traceback" not in server_log(endpoint)[len(before) :]


SHAPES: tuple[dict[str, Any], ...] = (
    {"data": {"PASSWORD": "x", "LOGIN_NAME": "y", "SESSION_PARAMETERS": {"QUERY_TAG": "z"}}},
    {
        "sqlText": "SELECT ?",
        "bindings": {"1": {"type": "FIXED", "value": "7"}},
        "parameters": {"MULTI_STATEMENT_COUNT": 1},
    },
    {
        "sqlText": "SELECT ?",
        "bindings": {"1": {"type": "TIMESTAMP_NTZ", "value": "1700000000000000000"}},
        "describeOnly": True,
    },
    {"requestId": "x", "sqlText": "SELECT 1"},
)
PATHS = (
    "/session/v1/login-request",
    "/queries/v1/query-request",
    "/queries/v1/query-request",
    "/queries/v1/abort-request",
)


def mutated(chance: random.Random, value: Any) -> Any:
    """Return a value with some of its parts replaced by others, or as it is."""
    if chance.random() < 0.15:
        return chance.choice(
            [None, True, -1, 2**70, 1e308, "", "x" * 5000, "\x00\u202e", [], [[]], {}, {"": {}}]
        )
    if isinstance(value, dict):
        return {key: mutated(chance, item) for key, item in value.items() if chance.random() < 0.95}
    return value


def login(endpoint: Endpoint) -> str:
    """Return the token of a new session, as a client without the connector gets it."""
    return login_to(endpoint, "")


def request_path(request: str | None = None) -> str:
    return f"/queries/v1/query-request?requestId={request or uuid.uuid4()}"


def post(endpoint: Endpoint, path: str, body: dict[str, Any], session: str = "") -> dict[str, Any]:
    return ask(endpoint, "POST", path, session, json.dumps(body))


def ask(
    endpoint: Endpoint, method: str, path: str, session: str, body: str | None = None
) -> dict[str, Any]:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=60)
    try:
        headers = {"Authorization": f'Snowflake Token="{session}"'} if session else {}
        connection.request(method, path, body=body, headers=headers)
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits another process on Linux only")
def test_half_open_connections_lock_nobody_out(tmp_path: Path) -> None:
    endpoint = lifecycle.ensure_running(tmp_path)
    peers = []
    try:
        resource.prlimit(endpoint.pid, resource.RLIMIT_NOFILE, (256, 256))
        with connect(endpoint) as kept:
            for number in range(300):
                peer = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
                # Some say nothing, some begin.
                if number % 2:
                    peer.sendall(b"POST /session/v1/login-request HTTP/1.1\r\nHost: x\r\n")
                peers.append(peer)
            begin = time.monotonic()
            with connect(endpoint) as connection:
                assert connection.cursor().execute("SELECT 1").fetchone() == (1,)
            assert kept.cursor().execute("SELECT 2").fetchone() == (2,)
            assert time.monotonic() - begin < 8
            # And those that wait go by themselves.
            closed = 0
            for peer in peers:
                peer.settimeout(20)
                try:
                    closed += peer.recv(1) == b""
                except ConnectionError:
                    closed += 1
            assert closed == len(peers)
    finally:
        for peer in peers:
            peer.close()
        lifecycle.stop(tmp_path)


def test_logs_rotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server.log").write_bytes(b"x" * (process.LOG_BYTES + 1))
    with process.open_log(tmp_path) as log:
        log.write(b"printed\n")
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    serving._log_to(tmp_path)
    for _ in range(4000):
        logging.root.warning("y" * 1000)
    logging.root.handlers[0].close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"server.log", "server.log.1"}
    assert max(sizes.values()) <= process.LOG_BYTES


# --- results --------------------------------------------------------------------------------------


def test_a_result_belongs_to_its_user(endpoint: Endpoint) -> None:
    """Another session of the user may read it, as documented for RESULT_SCAN; nobody else may."""
    mine, other = login(endpoint), login(endpoint)
    answer = post(endpoint, request_path(), {"sqlText": "SELECT 'secret'"}, mine)
    query = answer["data"]["queryId"]
    for session in (mine, other):
        rows = ask(endpoint, "GET", f"/queries/{query}/result", session)["data"]["rowset"]
        assert rows == [["secret"]]
        told = ask(endpoint, "GET", f"/monitoring/queries/{query}", session)
        assert [told["id"] for told in told["data"]["queries"]] == [query]
    for path in (f"/queries/{query}/result", f"/monitoring/queries/{query}"):
        refused = ask(endpoint, "GET", path, "")
        assert refused["code"] == "390111"
        assert "secret" not in json.dumps(refused)
    with connect(endpoint) as connection:
        scan = f"SELECT * FROM TABLE(RESULT_SCAN('{query}'))"
        assert connection.cursor().execute(scan).fetchall() == [("secret",)]


def test_a_result_belongs_to_the_roles_that_made_it(endpoint: Endpoint) -> None:
    """The one user's roles stand for people: a session with a lesser one gets nothing."""
    mine, lesser, greater = login(endpoint), login(endpoint), login(endpoint)

    def run(sql: str, session: str) -> dict[str, Any]:
        return post(endpoint, request_path(), {"sqlText": sql}, session)

    for sql in (
        "CREATE OR REPLACE ROLE LESSER",
        "GRANT ROLE LESSER TO USER LOCAL_USER",
        "GRANT ROLE LESSER TO ROLE SYSADMIN",
    ):
        assert run(sql, mine)["success"]
    assert run("USE SECONDARY ROLES NONE", lesser)["success"]
    assert run("USE ROLE LESSER", lesser)["success"]
    query = run("SELECT 'secret'", mine)["data"]["queryId"]
    for path in (f"/queries/{query}/result", f"/monitoring/queries/{query}"):
        refused = ask(endpoint, "GET", path, lesser)
        assert "secret" not in json.dumps(refused)
        assert "000709" in json.dumps(refused)
    scanned = run(f"SELECT * FROM TABLE(RESULT_SCAN('{query}'))", lesser)
    assert (scanned["success"], scanned["code"]) == (False, "000709")
    aborted = post(endpoint, f"/queries/{query}/abort-request", {}, lesser)
    assert not aborted["success"]
    # What the lesser role made, a role that inherits it may read; and its own session always.
    query = run("SELECT 'plain'", lesser)["data"]["queryId"]
    for session in (lesser, greater):
        rows = ask(endpoint, "GET", f"/queries/{query}/result", session)["data"]["rowset"]
        assert rows == [["plain"]]


def test_a_part_of_a_result_is_for_whoever_has_its_key(endpoint: Endpoint) -> None:
    session = login(endpoint)
    sql = "SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 3000)) ORDER BY 1"
    data = post(endpoint, request_path(), {"sqlText": sql}, session)["data"]
    (part,) = data["chunks"]
    path = part["url"].removeprefix(f"http://127.0.0.1:{endpoint.port}")
    (key,) = data["chunkHeaders"].values()
    rows = json.loads(b"[" + part_of(endpoint, path, key)[1] + b"]")
    assert [row for (row,) in data["rowset"] + rows] == [str(number) for number in range(3000)]
    other = post(endpoint, request_path(), {"sqlText": sql}, session)["data"]
    for wrong in ("", key[:-1], "x" * 5000, *other["chunkHeaders"].values()):
        assert part_of(endpoint, path, wrong)[0] == 404
    query = data["queryId"]
    for address in (
        f"/results/{query}/1.json", f"/results/{query}/0.csv", f"/results/{query}/-1.json",
        f"/results/{query}/{'9' * 400}.json", f"/results/{uuid.uuid4()}/0.json",
    ):  # fmt: skip
        status, answer = part_of(endpoint, address, key)
        assert (status, b"no such" in answer) == (404, True) or b'"success":false' in answer


def part_of(endpoint: Endpoint, path: str, key: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=30)
    try:
        connection.request("GET", path, headers={"X-Result-Key": key})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_statements_of_other_sessions_are_not_the_last_one(endpoint: Endpoint) -> None:
    with connect(endpoint) as one, connect(endpoint) as two:
        ran = one.cursor().execute("SELECT 'mine'").sfqid
        two.cursor().execute("SELECT 'theirs'")
        assert one.cursor().execute("SELECT LAST_QUERY_ID()").fetchone() == (ran,)
        one.cursor().execute("CREATE DATABASE IF NOT EXISTS SEEN")
        history = "SELECT QUERY_TEXT FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION())"
        texts = [text for (text,) in one.cursor().execute(history)]
        assert "SELECT 'mine'" in texts
        assert "SELECT 'theirs'" not in texts


# --- time limits and cancelling -------------------------------------------------------------------

ROWS = "TABLE(GENERATOR(ROWCOUNT => 2000000))"
LONG = f"SELECT SUM(RANDOM()) FROM {ROWS} A, {ROWS} B"
ENDLESS = {
    "a query": LONG,
    "a loop": "EXECUTE IMMEDIATE 'BEGIN LOOP NULL; END LOOP; END'",
    "a loop of nothing": "EXECUTE IMMEDIATE 'BEGIN WHILE (1 = 1) DO NULL; END WHILE; END'",
    "a FOR loop": "EXECUTE IMMEDIATE 'BEGIN FOR I IN 1 TO 100000000 DO SELECT :I; END FOR; END'",
    "an empty loop": "EXECUTE IMMEDIATE 'BEGIN LOOP END LOOP; END'",
    "a REPEAT": "EXECUTE IMMEDIATE 'BEGIN REPEAT CONTINUE; UNTIL (1 = 2) END REPEAT; END'",
    "a handler": "EXECUTE IMMEDIATE 'BEGIN LOOP BEGIN SELECT 1/0; "
    "EXCEPTION WHEN OTHER THEN NULL; END; END LOOP; END'",
    "a procedure": "CALL P()",
    "a task": "EXECUTE TASK J",
    "a wait": "SELECT SYSTEM$WAIT(600)",
    "a call of a wait": "CALL SYSTEM$WAIT(10, 'MINUTES')",
    "DML": f"INSERT INTO N {LONG}",
    "DDL": f"CREATE TABLE O AS {LONG}",
    "SET": f"SET A = ({LONG})",
}


@pytest.fixture(scope="module")
def prepared(endpoint: Endpoint) -> Endpoint:
    with connect(endpoint) as connection:
        cursor = connection.cursor()
        for sql in (
            "CREATE DATABASE LIMITS",
            "CREATE TABLE N (X FLOAT)",
            "CREATE PROCEDURE P() RETURNS INT LANGUAGE SQL AS 'BEGIN LOOP NULL; END LOOP; END'",
            f"CREATE TASK J USER_TASK_TIMEOUT_MS = 1000 AS INSERT INTO N {LONG}",
        ):
            cursor.execute(sql)
    return endpoint


@pytest.mark.parametrize("what", [name for name in ENDLESS if name != "a task"])
def test_a_statement_ends_at_its_limit(prepared: Endpoint, what: str) -> None:
    with connect(prepared, database="LIMITS", schema="PUBLIC") as connection:
        cursor = connection.cursor()
        cursor.execute("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
        begin = time.monotonic()
        with pytest.raises(snowflake.connector.Error) as caught:
            cursor.execute(ENDLESS[what])
        assert 0.9 < time.monotonic() - begin < 15
        assert "000630" in str(caught.value)
        assert "timeout of 1 second(s) and was canceled" in str(caught.value)
        # The session goes on, and nothing is left half done.
        assert cursor.execute("SELECT COUNT(*) FROM N").fetchone() == (0,)
        assert cursor.execute("SHOW TABLES LIKE 'O'").fetchall() == []


def test_a_warehouse_and_a_task_have_limits_too(prepared: Endpoint) -> None:
    with connect(prepared, database="LIMITS", schema="PUBLIC") as connection:
        cursor = connection.cursor()
        cursor.execute("EXECUTE TASK J")
        history = "SELECT STATE, ERROR_CODE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY())"
        assert cursor.execute(history).fetchone() == ("FAILED", "000630")
        cursor.execute("CREATE OR REPLACE WAREHOUSE SHORT STATEMENT_TIMEOUT_IN_SECONDS = 1")
        cursor.execute("USE WAREHOUSE SHORT")
        with pytest.raises(snowflake.connector.Error, match="000630"):
            cursor.execute(LONG)


@pytest.mark.parametrize("what", list(ENDLESS))
def test_an_abort_is_never_lost(prepared: Endpoint, what: str) -> None:
    session = login_to(prepared, "LIMITS")
    request = str(uuid.uuid4())
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(
        target=lambda: answers.append(
            post(prepared, request_path(request), {"sqlText": ENDLESS[what]}, session)
        )
    )
    thread.start()
    time.sleep(0.4)
    # Another's request is not ours to end.
    post(prepared, "/queries/v1/abort-request", {"requestId": request}, login(prepared))
    time.sleep(0.2)
    assert thread.is_alive() or what == "a task"
    post(prepared, "/queries/v1/abort-request", {"requestId": request}, session)
    thread.join(15)
    assert not thread.is_alive()
    if what != "a task":
        assert (answers[0]["code"], answers[0]["message"]) == ("000604", "SQL execution canceled")


def login_to(endpoint: Endpoint, database: str) -> str:
    path = f"/session/v1/login-request?databaseName={database}&schemaName=PUBLIC"
    return str(post(endpoint, path, {"data": {"PASSWORD": endpoint.token}})["data"]["token"])


def test_the_newer_connector_aborts_by_the_query(prepared: Endpoint) -> None:
    with connect(prepared) as connection:
        cursor = connection.cursor()
        query = cursor.execute_async(ENDLESS["a loop"])["queryId"]
        assert cursor.abort_query(query) is True
        until(lambda: connection.get_query_status(query).name == "FAILED_WITH_ERROR")
        assert cursor.abort_query(query) is False
        assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_a_statement_is_cancelled_by_its_id(prepared: Endpoint) -> None:
    with connect(prepared) as one, connect(prepared) as two:
        query = one.cursor().execute_async(LONG)["queryId"]
        wanted = f"SELECT SYSTEM$CANCEL_QUERY('{query}')"
        (text,) = two.cursor().execute(wanted).fetchone()
        assert "terminated" in text
        until(lambda: one.get_query_status(query).name == "FAILED_WITH_ERROR")
        (text,) = two.cursor().execute(wanted).fetchone()
        assert "not" in text


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_transaction_survives_a_cancelled_statement(prepared: Endpoint) -> None:
    with connect(prepared, database="LIMITS", schema="PUBLIC") as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE OR REPLACE TABLE K (X FLOAT)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO K VALUES (1)")
        cursor.execute("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1")
        with pytest.raises(snowflake.connector.Error, match="000630"):
            cursor.execute(f"INSERT INTO K {LONG}")
        cursor.execute("COMMIT")
        assert cursor.execute("SELECT X FROM K").fetchall() == [(1.0,)]


@pytest.mark.parametrize("what", ["a query", "a loop", "DML"])
def test_a_stop_does_not_wait_for_statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".hushflake"
    endpoint = lifecycle.ensure_running(folder)
    with connect(endpoint) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE D")
        cursor.execute("CREATE TABLE N (X FLOAT)")
        cursor.execute("INSERT INTO N VALUES (1)")
    session = login_to(endpoint, "D")
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(
        target=lambda: answers.append(
            post(endpoint, request_path(), {"sqlText": ENDLESS[what]}, session)
        )
    )
    thread.start()
    time.sleep(0.5)
    begin = time.monotonic()
    assert main(["stack", "stop"]) == 0
    assert time.monotonic() - begin < 10
    thread.join(10)
    assert [answer["code"] for answer in answers] == ["000604"]
    try:
        with connect(lifecycle.ensure_running(folder), database="D") as connection:
            assert connection.cursor().execute("SELECT COUNT(*) FROM N").fetchone() == (1,)
    finally:
        lifecycle.stop(folder)
