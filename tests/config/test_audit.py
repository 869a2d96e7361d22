"""The audit trail: exact counts, single events, a chain that shows any change, never a value."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

import hushflake.config as hc
from hushflake.config.audit import chain, chain_file, verify
from hushflake.config.audit.verify_folder import verify_folder
from hushflake.config.errors import ConfigError
from hushflake.config.reading import counters as counting
from hushflake.config.reading import process
from hushflake.config.reading.counters import Counters

PROD = "acme/shop/prod"
KEY = "audit-key-" + "k" * 24
OPTIONS: dict[str, Any] = {"esc": PROD, "audit_dir": "trail"}


def written(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob("audit-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def reads(folder: Path) -> dict[tuple[str, str, str, str], int]:
    totals: dict[tuple[str, str, str, str], int] = {}
    for record in written(folder):
        if record["event"] == "config.read":
            name = tuple(
                record[part] for part in ("key", "source", "outcome", "code.function.name")
            )
            totals[name] = totals.get(name, 0) + record["count"]
    return totals


def test_counts_are_exact_by_key_caller_source_and_outcome(prod: FakeEsc, tmp_path: Path) -> None:
    def one() -> None:
        hc.get_config_value("ONLY_ESC")

    def other() -> None:
        hc.get_config_value("ONLY_ESC")
        hc.has_config_value("NOPE")
        hc.get_config_value("NOPE", "default")

    hc.configure(**OPTIONS)
    for round_ in range(3):
        for _ in range(50):
            one()
            other()
        if round_:
            hc.flush_audit()
    hc.unconfigure()
    here = "test_counts_are_exact_by_key_caller_source_and_outcome.<locals>"
    assert reads(tmp_path / "trail") == {
        ("ONLY_ESC", "esc", "hit", f"{here}.one"): 150,
        ("ONLY_ESC", "esc", "hit", f"{here}.other"): 150,
        ("NOPE", "none", "missing", f"{here}.other"): 150,
        ("NOPE", "none", "default", f"{here}.other"): 150,
    }


@pytest.mark.parametrize("options", [{}, {"esc": PROD}, {"esc": PROD, "audit": "sites"}], ids=str)
def test_no_count_is_lost_between_threads(prod: FakeEsc, options: dict[str, Any]) -> None:
    hc.configure(mode="production" if options else "development", **options)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def read() -> None:
        for _ in range(5000):
            hc.get_config_value("PATH")
            hc.get_config_value("NOPE")

    threads = [threading.Thread(target=read) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        hc.preload()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    counted = {(record["key"], record["count"]) for record in hc.audit_snapshot()}
    assert counted == {("PATH", 20000), ("NOPE", 20000)}


def lines_of(key: str) -> list[tuple[int, int]]:
    found = [record for record in hc.audit_snapshot() if record["key"] == key]
    return sorted((record["code.line.number"], record["count"]) for record in found)


@pytest.mark.parametrize(("mode", "kinds"), [("functions", 1), ("sites", 2)])
def test_lines(prod: FakeEsc, mode: str, kinds: int) -> None:
    hc.configure(esc=PROD, audit=mode)
    begin = sys._getframe().f_lineno
    for _ in range(3):
        hc.get_config_value("ONLY_ESC")
        hc.get_config_value("ONLY_ESC")
    expected = {1: [(begin + 2, 6)], 2: [(begin + 2, 3), (begin + 3, 3)]}
    assert lines_of("ONLY_ESC") == expected[kinds]


def test_off_counts_nothing(prod: FakeEsc, tmp_path: Path) -> None:
    hc.configure(audit="off", **OPTIONS)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    assert hc.get_config_value("NOPE") is None
    assert hc.audit_snapshot() == []
    hc.unconfigure()
    assert not (tmp_path / "trail").exists()


def test_single_events(prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORBIDDEN", "x")
    hc.configure(environment="deny", **OPTIONS)
    for _ in range(2):
        hc.get_config_value("ONLY_ESC")
        hc.get_config_value("NOPE")
        hc.get_config_value("NOPE", "d")
        with pytest.raises(hc.PolicyError):
            hc.get_config_value("FORBIDDEN")
    with hc.config_overrides({"ONLY_ESC": "other"}):
        hc.get_config_value("ONLY_ESC")
    prod.save(PROD, "values: {environmentVariables: {ONLY_ESC: rotated}}")
    hc.refresh()
    hc.export_to_environment(["ONLY_ESC"])
    del os.environ["ONLY_ESC"]
    hc.unconfigure()
    kinds: dict[str, int] = {}
    for record in written(tmp_path / "trail"):
        kinds[record["event"]] = kinds.get(record["event"], 0) + 1
    del kinds["config.read"]
    assert kinds == {
        "audit.open": 1,
        "config.first_read": 3,
        "config.missing": 1,
        "config.default_used": 1,
        "config.denied": 1,
        "config.override": 1,
        "config.source_change": 2,
        "config.refresh": 1,
        "config.rotation": 1,
        "config.export": 1,
        "audit.close": 1,
    }


def test_a_record_says_who_where_and_from_which_session(prod: FakeEsc, tmp_path: Path) -> None:
    hc.configure(service="shop", **OPTIONS)
    hc.get_config_value("API_TOKEN")
    hc.unconfigure()
    opening, first, *_ = written(tmp_path / "trail")
    assert opening["service.name"] == "shop"
    assert opening["deployment.environment.name"] == "production"
    assert opening["pid"] == os.getpid()
    assert first["code.function.name"].endswith("from_which_session")
    assert first["code.file.path"] == __file__
    assert first["code.line.number"] > 100
    assert first["esc.environment"] == PROD
    assert first["esc.session"] == "session-1"
    text = (next((tmp_path / "trail").glob("audit-*"))).read_text()
    assert "esc-token-value" not in text


def trail(esc: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keyed: bool) -> Path:
    if keyed:
        monkeypatch.setenv("HUSHFLAKE_AUDIT_KEY", KEY)
    hc.configure(**OPTIONS)
    for number in range(5):
        hc.get_config_value(f"NOPE_{number}")
    hc.unconfigure()
    return next((tmp_path / "trail").glob("audit-*"))


def test_files_are_private_and_one_a_process(prod: FakeEsc, tmp_path: Path) -> None:
    program = (
        "import os, hushflake.config as hc\n"
        "hc.configure(audit_dir='trail'); hc.get_config_value('A')\n"
        "pid = os.fork()\n"
        "if pid: os.waitpid(pid, 0)\n"
        "hc.get_config_value('B')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
    files = sorted((tmp_path / "trail").glob("audit-*"))
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "trail").stat().st_mode & 0o777 == 0o700
    pids = set()
    for path in files:
        assert verify.verify(path, None).problem == ""
        records = [json.loads(line) for line in path.read_text().splitlines()]
        pids.add(records[0]["pid"])
        assert [record["event"] for record in records][-1] == "audit.close"
    assert len(pids) == 2
    # What the parent read is in the parent's file alone.
    assert sorted(reads(tmp_path / "trail").items()) == [
        (("A", "none", "missing", "<module>"), 1),
        (("B", "none", "missing", "<module>"), 2),
    ]


@pytest.mark.parametrize("keyed", [True, False])
def test_an_untouched_file_is_good(
    prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keyed: bool
) -> None:
    path = trail(prod, tmp_path, monkeypatch, keyed=keyed)
    verdict = verify.verify(path, KEY.encode() if keyed else None)
    assert (verdict.problem, verdict.records) == ("", 12)
    assert bool(verdict.notes) != keyed
    assert KEY not in path.read_text()


def changed(lines: list[bytes], at: int) -> list[bytes]:
    record = json.loads(lines[at])
    record["key"] = "OTHER"
    return [*lines[:at], chain.canonical(record) + b"\n", *lines[at + 1 :]]


def forged(lines: list[bytes], at: int) -> list[bytes]:
    """What somebody without the key can do: recompute plain marks."""
    record = json.loads(lines[at])
    record["key"] = "OTHER"
    record["mark"] = chain.marked(record, None)
    return [*lines[:at], chain.canonical(record) + b"\n", *lines[at + 1 :]]


@pytest.mark.parametrize(
    ("tamper", "bad", "reason"),
    [
        (lambda lines: changed(lines, 4), 4, "was changed"),
        (lambda lines: forged(lines, 4), 4, "was changed"),
        (lambda lines: lines[:3] + lines[4:], 3, "records before it are missing"),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 3, "missing"),
        (lambda lines: lines[1:], 0, "missing"),
        (lambda lines: [*lines, lines[-1]], 12, "follows the closing record"),
        (lambda lines: [*lines[:5], lines[5][:20]], 5, "not a complete record"),
        (lambda lines: [*lines[:5], b"\xff\n", *lines[6:]], 5, "not a complete record"),
        (lambda lines: [*lines[:5], b"[]\n", *lines[6:]], 5, "not a complete record"),
        (lambda lines: [], 0, "is empty"),
        (lambda lines: [*lines[:5], lines[5][:-1] + b"\r\n", *lines[6:]], 5, "as it was written"),
        (lambda lines: [*lines[:5], lines[5].replace(b":", b": ", 1), *lines[6:]], 5, "written"),
        (lambda lines: [*lines[:5], b'{"seq":9,' + lines[5][1:], *lines[6:]], 5, "written"),
    ],
)
def test_any_change_is_named_by_its_record(
    prod: FakeEsc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tamper: Any,
    bad: int,
    reason: str,
) -> None:
    path = trail(prod, tmp_path, monkeypatch, keyed=True)
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True))))
    verdict = verify.verify(path, KEY.encode())
    assert f"{path}:{bad + 1}: record {bad}: " in verdict.problem
    assert reason in verdict.problem


def test_a_cut_tail_shows_against_a_mark_that_was_kept(
    prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = trail(prod, tmp_path, monkeypatch, keyed=True)
    kept = verify.verify(path, KEY.encode()).head
    assert verify.verify(path, KEY.encode(), kept).problem == ""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    cut = verify.verify(path, KEY.encode())
    assert cut.problem == ""
    assert "no closing record" in cut.notes[0]
    assert "the end was cut off" in verify.verify(path, KEY.encode(), kept).problem


def test_the_wrong_key_and_a_weaker_chain_are_problems(
    prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = trail(prod, tmp_path, monkeypatch, keyed=True)
    assert "another HMAC key" in verify.verify(path, b"other").problem
    assert "needs the HMAC key" in verify.verify(path, None).problem
    monkeypatch.delenv("HUSHFLAKE_AUDIT_KEY")
    path.unlink()
    path = trail(prod, tmp_path, monkeypatch, keyed=False)
    assert "unkeyed chain" in verify.verify(path, KEY.encode()).problem


def test_the_key_may_come_from_esc(prod: FakeEsc, tmp_path: Path) -> None:
    prod.save(PROD, f"values: {{environmentVariables: {{TRAIL_KEY: {{fn::secret: {KEY}}}}}}}")
    hc.configure(audit_key="TRAIL_KEY", **OPTIONS)
    hc.get_config_value("NOPE")
    hc.unconfigure()
    path = next((tmp_path / "trail").glob("audit-*"))
    assert verify.verify(path, KEY.encode()).problem == ""
    # The trail's own look at its key is no read of the application.
    assert {name[0] for name in reads(tmp_path / "trail")} == {"NOPE"}


def cut(folder: Path) -> None:
    file = next(folder.glob("audit-*"))
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-2]))


def renamed(folder: Path) -> None:
    first, second = sorted(folder.glob("audit-*"))
    second.write_bytes(first.read_bytes())


def shortened(folder: Path) -> None:
    ledger = folder / "ledger.jsonl"
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:-2]))


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (lambda folder: next(folder.glob("audit-*")).unlink(), "which was deleted"),
        (lambda folder: [file.unlink() for file in folder.glob("audit-*")], "which was deleted"),
        (lambda folder: [file.unlink() for file in folder.iterdir()], "holds no audit file"),
        (lambda folder: (folder / "ledger.jsonl").unlink(), "ledger of these files is missing"),
        (cut, "its end was cut off"),
        (shortened, "does not list"),
        (renamed, "its end was cut off"),
    ],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_a_missing_file_shows(
    prod: FakeEsc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tamper: Any,
    reason: str,
    keyed: bool,
) -> None:
    for _ in range(2):
        folder = trail(prod, tmp_path, monkeypatch, keyed=keyed).parent
    key = KEY.encode() if keyed else None
    good = verify_folder(folder, key, verify.files([folder]))
    assert (good.problem, good.records) == ("", 4)
    assert verify_folder(folder, key, verify.files([folder]), good.head).problem == ""
    tamper(folder)
    verdict = verify_folder(folder, key, verify.files([folder]))
    assert reason in verdict.problem
    if keyed and (folder / "ledger.jsonl").exists():
        wrong = verify_folder(folder, None, verify.files([folder]))
        assert "needs the HMAC key" in wrong.problem


def test_a_mark_that_was_kept_shows_that_all_was_begun_anew(
    prod: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trail(prod, tmp_path, monkeypatch, keyed=False).parent
    kept = verify_folder(folder, None, verify.files([folder])).head
    for file in folder.iterdir():
        file.unlink()
    trail(prod, tmp_path, monkeypatch, keyed=False)
    assert verify_folder(folder, None, verify.files([folder])).problem == ""
    assert "none of its files" in verify_folder(folder, None, verify.files([folder]), kept).problem


def rotated(tmp_path: Path, *, flushes: int = 30) -> Path:
    """A trail of a process with a child, in files of 4 kB."""
    program = (
        "import os, sys, hushflake.config as hc\n"
        "hc.configure(audit_dir='trail', audit_max_bytes=4096)\n"
        "def read():\n"
        "    for number in range(int(sys.argv[1])):\n"
        "        hc.get_config_value(f'KEY_{number}')\n"
        "        hc.flush_audit()\n"
        "read()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    read()\n"
        "    hc.unconfigure()\n"
        "    os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(flushes)], check=True, cwd=tmp_path)
    return tmp_path / "trail"


def problems(folder: Path) -> list[str]:
    found = verify.files([folder])
    verdicts = [verify_folder(folder, None, found), *(verify.verify(path, None) for path in found)]
    return [verdict.problem for verdict in verdicts if verdict.problem]


def chained(folder: Path) -> list[list[Path]]:
    """The files of each process, in order."""
    first = {path: json.loads(path.read_text().splitlines()[0]) for path in folder.glob("audit-*")}
    chains = [[path] for path, opening in first.items() if "continues" not in opening]
    for one in chains:
        while following := [
            path for path, opening in first.items() if opening.get("continues") == one[-1].name
        ]:
            one += following
    return chains


def test_a_chain_goes_on_over_files_of_a_size(tmp_path: Path) -> None:
    folder = rotated(tmp_path)
    one, other = chained(folder)
    assert min(len(one), len(other)) >= 3
    assert len(one) + len(other) == len(list(folder.glob("audit-*")))
    assert all(path.stat().st_size < 3 * 4096 for path in [*one, *other])
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in [*one, *other])
    assert problems(folder) == []
    assert sum(reads(folder).values()) == 60
    # The mark of any record, kept elsewhere, is found in whichever file holds it.
    kept = json.loads(one[1].read_text().splitlines()[2])["mark"]
    assert verify_folder(folder, None, verify.files([folder]), kept).problem == ""
    # A file alone is good, and what it goes on from is told.
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / one[1].name).write_bytes(one[1].read_bytes())
    verdict = verify.verify(alone / one[1].name, None)
    assert verdict.problem == ""
    assert any(f"goes on from {one[0].name}" in note for note in verdict.notes)
    assert any(f"goes on in {one[2].name}" in note for note in verdict.notes)


def reforged(path: Path) -> None:
    """What somebody can do where there is no key: a whole file of other reads."""
    previous, lines = chain.BEGIN, b""
    for line in path.read_text().splitlines():
        record = json.loads(line) | {"prev": previous, "time": 1.5}
        record["mark"] = previous = chain.marked(record, None)
        lines += chain.canonical(record) + b"\n"
    path.write_bytes(lines)


@pytest.mark.parametrize(
    ("tamper", "complaint"),
    [
        (lambda one: one[1].unlink(), "which was deleted"),
        (lambda one: one[-1].unlink(), "which was deleted"),
        (
            lambda one: one[0].write_bytes(
                b"".join(one[0].read_bytes().splitlines(keepends=True)[:-1])
            ),
            "which does not end with it",
        ),
        (lambda one: one[1].write_bytes(one[2].read_bytes()), "which does not end with it"),
        (lambda one: reforged(one[0]), "does not go on from the end of"),
    ],
)
def test_a_break_between_two_files_shows(tmp_path: Path, tamper: Any, complaint: str) -> None:
    folder = rotated(tmp_path)
    tamper(chained(folder)[0])
    assert complaint in " ".join(problems(folder))


def test_a_folder_that_fills_up_while_files_change_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hc.configure(audit_dir=tmp_path / "trail", audit_max_bytes=4096, flush_seconds=600)
    failing = False
    whole = os.open

    def opened(path: Any, flags: int, *rest: Any, **how: Any) -> int:
        if failing and flags & os.O_CREAT and "audit-" in str(path):
            raise OSError(28, "No space left on device")
        return whole(path, flags, *rest, **how)

    monkeypatch.setattr(os, "open", opened)
    for number in range(40):
        failing = number % 3 == 2
        hc.get_config_value(f"KEY_{number}")
        with contextlib.suppress(OSError):
            hc.flush_audit()
    failing = False
    hc.unconfigure()
    assert sum(reads(tmp_path / "trail").values()) == 40
    assert problems(tmp_path / "trail") == []
    assert len(list((tmp_path / "trail").glob("audit-*"))) > 2


MANY = """
import multiprocessing, sys
import hushflake.config as hc

if __name__ != "__main__" or sys.argv[1] == "fork":
    hc.configure(audit_dir="trail")

def read(number):
    for _ in range(10):
        hc.get_config_value("A")

def nested(number):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(read, [number])
        pool.close()
        pool.join()

if __name__ == "__main__":
    from concurrent.futures import ProcessPoolExecutor
    context = multiprocessing.get_context(sys.argv[1])
    work = nested if "nested" in sys.argv else read
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(work, range(8)))
"""


@pytest.mark.parametrize("how", [["fork"], ["forkserver"], ["spawn"], ["fork", "nested"]])
def test_no_read_of_a_worker_process_is_lost(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / "many.py").write_text(MANY)
    command = [sys.executable, "-W", "ignore", "many.py", *how]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=60)
    assert sum(reads(tmp_path / "trail").values()) == 80
    assert verify_folder(tmp_path / "trail", None, verify.files([tmp_path / "trail"])).problem == ""


RESTORING = """
import os, signal, time
import hushflake.config as hc

# As uvicorn does: a handler that only notes the signal; what was there before is put back, and the
# signal raised again, once everything is done.
noted = []
before = signal.signal(signal.SIGTERM, lambda number, frame: noted.append(number))
hc.configure(audit_dir="trail", flush_seconds=600)
hc.configure(audit_dir="trail", flush_seconds=600)
hc.get_config_value("A")
print("up", flush=True)
while not noted:
    time.sleep(0.01)
for _ in range(4):
    hc.get_config_value("LATE")
    time.sleep(0.1)
time.sleep(0.2)
signal.signal(signal.SIGTERM, before)
signal.raise_signal(noted[0])
"""


def test_a_program_that_ends_by_a_signal_it_handled_writes_its_trail(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RESTORING], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.wait(10) == -signal.SIGTERM
    found = reads(tmp_path / "trail")
    assert {key: sum(n for k, n in found.items() if key in k) for key in ("A", "LATE")} == {
        "A": 1,
        "LATE": 4,
    }


@pytest.mark.parametrize("own", [False, True])
def test_a_program_that_is_terminated_writes_its_trail(tmp_path: Path, own: bool) -> None:
    program = (
        "import signal, sys, time, hushflake.config as hc\n"
        + ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n" if own else "")
        + "hc.configure(audit_dir='trail'); hc.get_config_value('A')\n"
        "print('up', flush=True); time.sleep(30)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.terminate()
        assert process.wait(10) == (7 if own else -signal.SIGTERM)
    assert sum(reads(tmp_path / "trail").values()) == 1


def test_the_trail_is_flushed_at_intervals(prod: FakeEsc, tmp_path: Path) -> None:
    hc.configure(flush_seconds=0.1, **OPTIONS)
    hc.get_config_value("NOPE")
    end = time.monotonic() + 5
    while not reads(tmp_path / "trail"):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_trail_that_cannot_be_written_loses_nothing_and_stops_nobody(
    prod: FakeEsc, tmp_path: Path
) -> None:
    (tmp_path / "trail").write_text("a file in the way")
    hc.configure(**OPTIONS)
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    with pytest.raises(ConfigError, match="needs a folder here"):
        hc.flush_audit()
    (tmp_path / "trail").unlink()
    assert hc.get_config_value("ONLY_ESC") == "from-esc"
    hc.unconfigure()
    assert sum(reads(tmp_path / "trail").values()) == 2
    assert verify.verify(next((tmp_path / "trail").glob("audit-*")), None).problem == ""


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = chain_file.ChainFile(str(tmp_path), b"key", {}, 10**6)
    file.write([{"event": "one"}])
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 40:
            return real(descriptor, data[:40])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            file.write([{"event": "two"}, {"event": "three"}])
    file.write([{"event": "two"}])
    assert file.path is not None
    path = file.path
    file.close()
    assert (verify.verify(path, b"key").problem, verify.verify(path, b"key").records) == ("", 4)


def test_without_an_audit_reads_take_the_fast_way_and_nothing_is_told(prod: FakeEsc) -> None:
    hc.configure(esc=PROD, audit="off")
    for _ in range(3):
        assert hc.get_config_value("ONLY_ESC") == "from-esc"
    active = process.current()
    assert active is not None
    cell = active.loaded_table()["ONLY_ESC"]
    assert (cell.value, len(cell.counts)) == ("from-esc", 1)
    assert hc.audit_snapshot() == []
    assert list(active.counters.events) == []


def test_memory_is_bounded_and_what_does_not_fit_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "EVENT_LIMIT", 10)
    counters = Counters(limit=20)
    frame = sys._getframe()
    for number in range(30):
        counters.count(counters.bucket(f"KEY_{number}", "esc", "hit"), frame)
        counters.count(counters.bucket(f"KEY_{number}", "esc", "hit"), frame)
    totals = {bucket.key: count for bucket, _, _, count in counters.totals()}
    assert sum(totals.values()) == 60
    assert len(totals) <= 21
    assert totals["(other keys)"] == 20
    taken, dropped = counters.take_events()
    assert (len(taken), dropped) == (10, 10)


def test_ten_thousand_call_sites_fit_in_twenty_megabytes(prod: FakeEsc) -> None:
    hc.configure(esc=PROD)
    hc.preload()
    source = "def read_{0}(get):\n    return get('ONLY_ESC')\n"
    scope: dict[str, Any] = {}
    exec("".join(source.format(number) for number in range(10_000)), scope)
    functions = [scope[f"read_{number}"] for number in range(10_000)]
    tracemalloc.start()
    try:
        for function in functions:
            function(hc.get_config_value)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(hc.audit_snapshot()) == 10_000
    assert used < 20 * 2**20


def test_opentelemetry_gets_the_same_records(prod: FakeEsc) -> None:
    from opentelemetry import _logs
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

    exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    _logs.set_logger_provider(provider)
    hc.configure(esc=PROD, otel=True, service="shop")
    for _ in range(3):
        hc.get_config_value("API_TOKEN")
    hc.unconfigure()
    found = {item.log_record.event_name: item.log_record for item in exporter.get_finished_logs()}
    assert {"config.first_read", "config.read"} <= set(found)
    attributes = dict(found["config.read"].attributes or {})
    assert attributes["count"] == 3
    assert attributes["key"] == "API_TOKEN"
    assert attributes["service.name"] == "shop"
    assert {"code.function.name", "code.file.path", "code.line.number"} <= set(attributes)
    assert "esc-token-value" not in str(exporter.get_finished_logs())
