"""Programs that some tests need: told when missing, insisted on where CI installs them."""

import atexit
import contextlib
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest
from nursery import Nursery

# The connector asks the cloud's metadata address at login unless told not to: tests stay at home.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
# pytest-xdist gives its workers COLUMNS=80, which would count on every terminal that a test opens.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
# A run in the background of a shell begins with SIGINT ignored, one under nohup with SIGHUP. The
# programs that tests start and interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)  # outlived here, as before; the default for them
# Hundreds of processes import the same modules: compiled once, also where the shell says otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# What local stacks keep for their user: not in the home of whoever runs the tests.
os.environ["XDG_STATE_HOME"] = _state = tempfile.mkdtemp(prefix="hushflake-state-")
atexit.register(shutil.rmtree, _state, ignore_errors=True)


def _before_fork() -> None:
    """Leave nothing to a child that it would close: the connector's own threads are not there.

    A connection that a test forgot, and that the child's garbage collection finds, waits for them
    forever.
    """
    gc.collect()
    gc.freeze()


os.register_at_fork(before=_before_fork, after_in_parent=gc.unfreeze)

PROGRAMS = {"git": ("git",), "npm": ("npm",),
            "browser": ("chromium", "chromium-browser", "google-chrome")}  # fmt: skip
INSIST = os.environ.get("HUSHFLAKE_REQUIRE_PROGRAMS") == "1"
MISSING = {
    marker: names
    for marker, names in PROGRAMS.items()
    if not any(shutil.which(name) for name in names)
}


@pytest.fixture(scope="session", autouse=True)
def no_server_outlives_its_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """End the local stacks below this run's own folder that a test left running."""
    yield
    base = str(tmp_path_factory.getbasetemp().resolve())
    listed = subprocess.run(
        ["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if " hushflake.local.server.process.main " in command and f" {base}/" in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def _forked_servers(request: pytest.FixtureRequest, nursery: Nursery) -> Iterator[None]:
    """Fork the servers of local stacks, but where a file is about their start."""
    if request.node.get_closest_marker("real_start"):
        yield
        return
    from hushflake.local.server.process import process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "spawn", nursery.wrap(process.spawn))
        yield


SLOW_SECONDS = 1800  # a slow test may take longer than the others may (`timeout`, pyproject.toml)


# The files whose tests take the most time in all, the longest first.
LONG = (
    "sync/test_cycle.py", "hostile/test_local_stack.py", "hostile/test_terminal.py",
    "deploy/test_faults.py", "deploy/test_lifecycle.py", "hostile/test_static.py",
    "knowledge/test_sql_command.py",
    "hostile/test_hosts.py", "deploy/test_apply.py", "hostile/test_schema.py",
    "hostile/test_mcp.py", "local/test_nearest.py", "knowledge/test_load.py",
    "schema/test_slots.py", "serve/test_attacks.py", "knowledge/test_search.py",
    "deploy/test_pains.py", "cli/test_extras.py", "deploy/test_column_migration.py",
    "deploy/test_replaced_grants.py", "deploy/test_migration_under_writers.py",
    "deploy/test_session.py", "deploy/test_foreign_keys.py", "deploy/test_every_kind.py",
    "local/test_texts.py", "codemods/test_bytes.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Files that take long begin first, so that no process ends minutes after the others.
    order = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get("/".join(item.path.parts[-2:]), len(LONG)))
    for item in items:
        if " at 0x" in item.nodeid:
            # An address differs in each process, and xdist then refuses to run anything.
            raise pytest.UsageError(f"{item.nodeid}: an object stands in the name; give it an id")
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))
        for marker, names in MISSING.items():
            if item.get_closest_marker(marker):
                reason = f"needs {names[0]}, which is not installed"
                item.add_marker(pytest.mark.skip(reason=reason))
                item.user_properties.append(("missing-program", names[0]))


@pytest.fixture(autouse=True)
def _no_safe_path() -> Iterator[None]:
    """What a pool of ours leaves in the environment is not for the programs of other tests."""
    yield
    if os.environ.get("PYTHONSAFEPATH") == "hushflake":
        del os.environ["PYTHONSAFEPATH"]


def pytest_sessionstart(session: pytest.Session) -> None:
    if INSIST and MISSING:
        names = ", ".join(names[0] for names in MISSING.values())
        pytest.exit(f"HUSHFLAKE_REQUIRE_PROGRAMS=1, and missing: {names}", returncode=3)


def pytest_report_header() -> list[str]:
    return [
        f"skipped: tests marked `{marker}`, because {names[0]} is not installed "
        f"(Debian: apt-get install {names[0]})"
        for marker, names in MISSING.items()
    ]


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield
    for marker, names in MISSING.items():
        count = sum(
            ("missing-program", names[0]) in report.user_properties
            for report in terminalreporter.getreports("skipped")
            if isinstance(report, pytest.TestReport)
        )
        if count:
            terminalreporter.write_line(
                f"{count} tests marked `{marker}` skipped: {names[0]} is not installed"
            )
    broken = [
        report.nodeid
        for outcome in ("failed", "error")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport)
    ]
    if broken:
        files = len({name.partition("::")[0] for name in broken})
        terminalreporter.write_line(
            f"{len(broken)} failed in {files} files. To run one again: "
            f".venv/bin/pytest '{broken[0]}'"
        )
