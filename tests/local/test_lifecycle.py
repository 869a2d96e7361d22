"""Starting, finding and stopping the server; who may talk to it."""

import http.client
import json
import os
import signal
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.language.errors import LocalStackUsageError
from hushflake.local.server.process import data_folder, lifecycle

pytestmark = pytest.mark.real_start


def ask(endpoint: lifecycle.Endpoint, host: str | None = None, **headers: str) -> int:
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=10)
    try:
        connection.putrequest("GET", "/local/status", skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{endpoint.port}")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_threads_that_prepare_a_stack_at_once_agree_on_one_folder(tmp_path: Path) -> None:
    # Switching threads every few microseconds makes them meet between any two calls.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for turn in range(50):
            folder = tmp_path / str(turn)
            together = Barrier(6)

            def configure(number: int, folder: Path = folder, gate: Barrier = together) -> bool:
                gate.wait()
                return lifecycle.configure(folder, "local", {"scheduler": number})

            with ThreadPoolExecutor(6) as pool:
                assert all(pool.map(configure, range(1, 7)))
            home = lifecycle.home_of(folder, "local")
            assert [path.name for path in home.iterdir()] == ["folder-id"]
            assert data_folder.is_ours(home)
            settings = (data_folder.state_of(home) / "settings.json").read_text("utf-8")
            assert json.loads(settings)["scheduler"] in range(1, 7)
    finally:
        sys.setswitchinterval(interval)


def test_one_server_however_many_ask_for_it(tmp_path: Path) -> None:
    try:
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: lifecycle.ensure_running(tmp_path), range(6)))
        assert len({(endpoint.pid, endpoint.port) for endpoint in found}) == 1
    finally:
        assert lifecycle.stop(tmp_path)
    assert not lifecycle.stop(tmp_path)
    assert lifecycle.status(tmp_path).endpoint is None


def test_a_folder_that_another_is_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record comes after the id in the folder: in between it is not foreign."""
    keep = data_folder.replace_file

    def slowly(path: Path, content: bytes) -> None:
        time.sleep(0.5)
        keep(path, content)

    monkeypatch.setattr(data_folder, "replace_file", slowly)
    try:
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(lifecycle.ensure_running, tmp_path)
            home = lifecycle.home_of(tmp_path, "local")
            while not (home / "folder-id").exists():
                time.sleep(0.01)
            second = pool.submit(lifecycle.ensure_running, tmp_path)
            assert second.result().pid == first.result().pid
    finally:
        lifecycle.stop(tmp_path)


def test_stacks_are_apart(tmp_path: Path) -> None:
    try:
        for name in ("one", "two"):
            endpoint = lifecycle.ensure_running(tmp_path, name)
            with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
                connection.cursor().execute(f"CREATE DATABASE DB_{name}")
                rows = connection.cursor().execute("SHOW DATABASES LIKE 'DB_%'").fetchall()
                assert [row[1] for row in rows] == [f"DB_{name.upper()}"]
        assert lifecycle.stacks(tmp_path) == ["one", "two"]
    finally:
        for name in ("one", "two"):
            lifecycle.stop(tmp_path, name)
    assert lifecycle.reset(tmp_path, "one")
    assert lifecycle.stacks(tmp_path) == ["two"]


@pytest.mark.parametrize("name", ["", "Local", "../x", "a/b", "1a"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LocalStackUsageError, match="name starts with a letter"):
        lifecycle.ensure_running(tmp_path, name)


def test_the_token_is_for_its_owner_only(endpoint: lifecycle.Endpoint) -> None:
    token = endpoint.token_file
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700
    # Where a checkout could put one, nobody looks.
    assert not token.is_relative_to(endpoint.home.parent.parent)
    assert endpoint.token not in repr(endpoint)
    assert (endpoint.home.parent.parent / ".gitignore").read_text("utf-8").endswith("*\n")


def test_nobody_gets_in_without_the_token(endpoint: lifecycle.Endpoint) -> None:
    assert ask(endpoint, Authorization=f"Bearer {endpoint.token}") == 200
    assert ask(endpoint) == 401
    assert ask(endpoint, Authorization="Bearer wrong") == 401
    arguments = {**endpoint.connect_arguments(), "password": "wrong" * 3}
    with pytest.raises(snowflake.connector.Error, match="Incorrect username or password"):
        snowflake.connector.connect(**arguments)


def test_a_foreign_host_is_refused(endpoint: lifecycle.Endpoint) -> None:
    token = f"Bearer {endpoint.token}"
    assert ask(endpoint, host="evil.example", Authorization=token) == 403
    assert ask(endpoint, host=f"evil.example:{endpoint.port}", Authorization=token) == 403
    assert ask(endpoint, host=f"localhost:{endpoint.port}", Authorization=token) == 200


def test_duckdb_cannot_reach_out(sql: Any) -> None:
    with pytest.raises(snowflake.connector.Error):
        sql("SELECT * FROM read_csv('/etc/passwd')")
    with pytest.raises(snowflake.connector.Error):
        sql("SELECT * FROM '/etc/passwd'")
    for statement in ("INSTALL httpfs", "ATTACH 'x.db'", "PRAGMA version", "COPY x TO '/x'"):
        with pytest.raises(snowflake.connector.ProgrammingError):
            sql(statement)


def test_statements_are_logged_without_what_is_bound(
    endpoint: lifecycle.Endpoint, sql: Any
) -> None:
    hidden = "bound-" + "value" * 3
    sql("SELECT ? AS X", hidden)
    log = (endpoint.home / "log.jsonl").read_text("utf-8")
    assert "SELECT ? AS X" in log
    assert hidden not in log
    assert endpoint.token not in log
    record = json.loads(log.splitlines()[-1])
    assert record["status"] == "SUCCESS"


def test_a_killed_server_is_replaced(tmp_path: Path) -> None:
    try:
        first = lifecycle.ensure_running(tmp_path)
        os.kill(first.pid, signal.SIGKILL)
        os.waitpid(first.pid, 0)
        second = lifecycle.ensure_running(tmp_path)
        assert second.pid != first.pid
    finally:
        lifecycle.stop(tmp_path)


def test_a_server_of_other_code_is_replaced_unless_somebody_uses_it(tmp_path: Path) -> None:
    try:
        first = lifecycle.ensure_running(tmp_path)
        assert not first.outdated
        facts = first.token_file.with_name("server.json")
        facts.write_text(json.dumps({**json.loads(facts.read_text("utf-8")), "code": "older"}))
        with snowflake.connector.connect(**first.connect_arguments()):
            kept = lifecycle.ensure_running(tmp_path)
            assert (kept.pid, kept.outdated) == (first.pid, True)
        second = lifecycle.ensure_running(tmp_path)
        assert second.pid != first.pid
        assert not second.outdated
    finally:
        lifecycle.stop(tmp_path)


def test_settings_are_kept(tmp_path: Path) -> None:
    assert lifecycle.configure(tmp_path, "local", {"scheduler": 1.0})
    assert not lifecycle.configure(tmp_path, "local", {"scheduler": 1.0})
    assert lifecycle.configure(tmp_path, "local", {"scheduler": 2.0})
