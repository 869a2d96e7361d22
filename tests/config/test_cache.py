"""The snapshot: loaded once, refreshed in the background, kept while the source is away."""

import json
import logging
import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.audit import verify
from hushflake.config.reading import process

PROD = "acme/shop/prod"
FAST: dict[str, Any] = {"connect_timeout": 0.3, "read_timeout": 0.3, "total_timeout": 0.6}


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False


def events(kind: str) -> list[dict[str, Any]]:
    active = process.current()
    assert active is not None
    return [event for event in active.counters.events if event["event"] == f"config.{kind}"]


def save(esc: FakeEsc, **variables: str) -> None:
    esc.save(PROD, json.dumps({"values": {"environmentVariables": variables}}))


def test_many_threads_load_once(prod: FakeEsc) -> None:
    prod.fault(method="POST", hang=0.1)
    hc.configure(esc=PROD)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: hc.get_config_value("ONLY_ESC"), range(64)))
    assert found == ["from-esc"] * 64
    assert prod.calls("POST", "/open") == 1


def test_concurrent_refreshes_share_one_answer(prod: FakeEsc) -> None:
    hc.configure(esc=PROD)
    hc.preload()
    prod.fault(method="POST", hang=0.2)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: hc.refresh(), range(8)))
    assert prod.calls("POST", "/open") == 2


def test_a_refresh_is_seen_whole_or_not_at_all(prod: FakeEsc) -> None:
    save(prod, A="0", B="0")
    hc.configure(esc=PROD)
    hc.preload()
    seen: set[tuple[str | None, str | None]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            active = process.current()
            assert active is not None
            table = active.table
            assert table is not None
            seen.add((table["A"].value, table["B"].value))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 6):
        save(prod, A=str(number), B=str(number))
        hc.refresh()
        assert hc.get_config_value("A") == str(number)
    stop.set()
    reader.join()
    assert all(a == b for a, b in seen)


def test_the_background_refresh_brings_new_values(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, refresh_seconds=0.2, miss_seconds=0.2)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    save(prod, ONLY_ESC="rotated")
    assert until(lambda: hc.get_config_value("ONLY_ESC") == "rotated")
    assert [event["key"] for event in events("rotation")] == ["ONLY_ESC"]
    assert "rotated" not in str(events("rotation"))


def test_what_was_missing_is_looked_for_sooner(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, refresh_seconds=600, miss_seconds=0.2)
    assert hc.get_config_value("NEW") is None
    save(prod, NEW="now there")
    assert until(lambda: hc.get_config_value("NEW") == "now there")


def test_a_missing_key_is_not_looked_for_after_each_change_of_others(prod: FakeEsc) -> None:
    # Dynamic credentials are new at each opening.
    save(prod, LOGIN="0")
    hc.configure(esc=PROD, refresh_seconds=600, miss_seconds=0.1)
    runtime = process.current()
    assert runtime is not None
    assert hc.get_config_value("OPTIONAL") is None
    save(prod, LOGIN="1")
    assert until(lambda: hc.get_config_value("LOGIN") == "1")
    opened = prod.calls("POST", "/open")
    assert hc.get_config_value("OPTIONAL") is None
    assert runtime.due_in() > 60
    time.sleep(0.3)
    assert prod.calls("POST", "/open") == opened == 2


def test_a_subinterpreter_reads_without_a_thread(prod: FakeEsc) -> None:
    program = (
        "import hushflake.config as hc\n"
        f"hc.configure(esc={PROD!r}, audit_dir='trail')\n"
        "assert hc.get_config_value('ONLY_ESC') == 'from-esc'\n"
    )
    whole = (
        "try:\n    import _interpreters as sub\n"
        "except ImportError:\n    import _xxsubinterpreters as sub\n"
        "import sys\n"
        "told = sub.run_string(sub.create(), sys.argv[1])\n"
        "assert told is None, told\n"
    )
    command = [sys.executable, "-c", whole]
    modules = "import hashlib, http.client, json, logging, random, ssl"
    if subprocess.run([*command, modules], capture_output=True).returncode < 0:
        pytest.skip("modules of this Python crash in a subinterpreter, as those of 3.12.1 do")
    done = subprocess.run([*command, program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_values_are_kept_for_a_while_when_the_source_is_away(
    prod: FakeEsc, caplog: pytest.LogCaptureFixture
) -> None:
    hc.configure(esc=PROD, max_stale_seconds=0.4, **FAST)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    prod.fault(status=503, times=1000)
    with pytest.raises(hc.ConfigSourceError, match="serving values from before"):
        hc.refresh()
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    assert hc.describe()["sources"][1]["state"] == "stale"
    assert events("stale")
    assert "serving values that are" in caplog.text
    time.sleep(0.4)
    with pytest.raises(hc.ConfigSourceError):
        hc.refresh()
    with pytest.raises(hc.ConfigSourceError, match="ONLY_ESC: cannot be looked up"):
        hc.get_config_value("ONLY_ESC")
    prod.faults.clear()
    hc.refresh()
    assert hc.get_config_value("ONLY_ESC") == "from-esc"


def test_a_failed_start_heals_by_itself(prod: FakeEsc) -> None:
    prod.fault(status=503, times=4)
    hc.configure(esc=PROD, miss_seconds=0.2, **FAST)
    with pytest.raises(hc.ConfigSourceError):
        hc.get_config_value("ONLY_ESC")
    prod.faults.clear()

    def healed() -> bool:
        try:
            return hc.get_config_value("ONLY_ESC") == "from-esc"
        except hc.ConfigSourceError:
            return False

    assert until(healed)


def test_a_source_that_raises_anything_does_not_end_the_thread(
    prod: FakeEsc, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hc.configure(esc=PROD, refresh_seconds=0.1, miss_seconds=0.1)
    hc.get_config_value("ONLY_ESC")
    active = process.current()
    assert active is not None
    calls = []

    def broken() -> None:
        calls.append(1)
        raise RuntimeError("canary")

    monkeypatch.setattr(active.sources[1], "load", broken)
    with caplog.at_level(logging.WARNING):
        assert until(lambda: len(calls) > 2)
    assert "canary" not in caplog.text
    assert "RuntimeError" in caplog.text


def child(queue: "multiprocessing.Queue[Any]") -> None:
    before = hc.audit_snapshot()
    value = hc.get_config_value("ONLY_ESC")
    names = sorted(thread.name for thread in threading.enumerate())
    queue.put((before, value, hc.audit_snapshot()[0]["count"], names))


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_goes_on_by_itself(prod: FakeEsc) -> None:
    hc.configure(esc=PROD)
    for _ in range(3):
        hc.get_config_value("ONLY_ESC")
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[Any] = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    before, value, count, names = queue.get(timeout=10)
    process.join(10)
    assert process.exitcode == 0
    assert (before, value, count) == ([], "from-esc", 1)
    assert "hushflake-config" in names
    assert prod.calls("POST", "/open") == 1
    assert hc.audit_snapshot()[0]["count"] == 3


def test_forking_while_other_threads_read_does_not_hang(prod: FakeEsc) -> None:
    program = Path(__file__).with_name("forking.py")
    subprocess.run([sys.executable, str(program), PROD, "50"], check=True, timeout=60)


def test_configuring_again_replaces_everything(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, refresh_seconds=0.1, miss_seconds=0.1)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    hc.configure(overrides={"ONLY_ESC": "other"})
    assert hc.get_config_value("ONLY_ESC") == "other"
    hc.unconfigure()
    assert hc.get_config_value("ONLY_ESC") is None
    names = {thread.name for thread in threading.enumerate()}
    assert until(lambda: "hushflake-config" not in names)


def test_an_empty_environment_and_strange_properties(prod: FakeEsc) -> None:
    prod.save(PROD, "")
    hc.configure(esc=PROD)
    assert hc.get_config_value("ANY") is None
    prod.fault(method="GET", status=200, body=b'{"properties": [1]}')
    with pytest.raises(hc.ConfigSourceError):
        hc.refresh()


def test_a_read_at_exit_is_answered_and_written(prod: FakeEsc, tmp_path: Path) -> None:
    program = (
        "import atexit, hushflake.config as hc\n"
        "atexit.register(lambda: print(hc.get_config_value('API_TOKEN')))\n"
        f"hc.configure(esc={PROD!r}, audit_dir='trail')\n"
        "atexit.register(lambda: print(hc.get_config_value('ONLY_ESC')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("from-esc\nesc-token-value\n", "")
    trail = next((tmp_path / "trail").glob("audit-*")).read_text()
    assert '"key":"ONLY_ESC"' in trail


def test_a_killed_process_loses_one_window_at_most(prod: FakeEsc, tmp_path: Path) -> None:
    program = (
        "import hushflake.config as hc, os, signal\n"
        f"hc.configure(esc={PROD!r}, audit_dir='trail')\n"
        "hc.get_config_value('ONLY_ESC'); hc.flush_audit()\n"
        "hc.get_config_value('BOTH'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program])
    assert done.returncode == -signal.SIGKILL
    path = next((tmp_path / "trail").glob("audit-*"))
    verdict = verify.verify(path, None)
    assert verdict.problem == ""
    assert any("no closing record" in note for note in verdict.notes)
    assert '"key":"ONLY_ESC"' in path.read_text()
