"""Run a suite in the environment of its client, against a stack of its own."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import snowflake.connector

from hushflake.local.server.process import lifecycle

from . import environment
from .result import Result, judge
from .suite import Suite

HERE = Path(__file__).parent
# Our own checks are no tests of this repository: they need the client's environment.
OWN = ["-o", "python_files=check_*.py", "-o", "python_functions=check_*", "."]
RESULTS = environment.ROOT / "build" / "clients"
DATABASE, WAREHOUSE = "CLIENTS", "CLIENTS_WH"
SECONDS = 1700


def run(suite: Suite) -> Result:
    """Run a suite and return what came out.

    Written below `build/clients`: the result, what pytest printed, and the stack's log.
    """
    python = environment.interpreter(suite.environment)
    RESULTS.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f"hushflake-client-{suite.name}-"))
    try:
        endpoint = lifecycle.ensure_running(place / "stack")
        try:
            _prepare(endpoint)
            result = _run(suite, python, place, endpoint)
        finally:
            lifecycle.stop(place / "stack")
            for log in endpoint.home.glob("log*.jsonl"):
                shutil.copy(log, RESULTS / f"{suite.name}-{log.name}")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    result.write(RESULTS)
    return result


def _prepare(endpoint: lifecycle.Endpoint) -> None:
    with snowflake.connector.connect(**endpoint.connect_arguments()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"CREATE WAREHOUSE {WAREHOUSE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")


def _run(suite: Suite, python: Path, place: Path, endpoint: lifecycle.Endpoint) -> Result:
    source = HERE / "own" / suite.name
    if suite.release:
        source = environment.release_tests(suite.environment, suite.release)
    shutil.copytree(source, place / "tests")
    environ = _environ(suite, python, place, endpoint)
    plugins = [part for name in ("record_outcomes", *suite.plugins) for part in ("-p", name)]
    command = [
        str(python), "-m", "pytest", "-q", "-ra", "-o", "addopts=", "--tb=short",
        "-p", "no:cacheprovider", *plugins, *(suite.arguments or OWN),
    ]  # fmt: skip
    printed = RESULTS / f"{suite.name}.log"
    begun = time.monotonic()
    with printed.open("w") as log:
        subprocess.run(
            command,
            cwd=place / "tests",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
        )
    recorded = Path(environ["RECORD_TO"])
    if not recorded.exists():
        raise RuntimeError(f"{suite.name}: pytest ended early: see {printed}")
    return judge(suite, json.loads(recorded.read_text()), time.monotonic() - begun)


def _environ(
    suite: Suite, python: Path, place: Path, endpoint: lifecycle.Endpoint
) -> dict[str, str]:
    """Return the environment of a run: nothing of the machine but its programs."""
    home = place / "home"
    home.mkdir()
    values = {
        **endpoint.connect_arguments(),
        "database": DATABASE,
        "warehouse": WAREHOUSE,
        "place": str(place),
    }
    kept = ("account", "user", "password", "host", "port", "protocol", "database", "warehouse")
    connection = {name: values[name] for name in kept}
    _write_connection(home, connection)
    return {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "SNOWFLAKE_HOME": str(home / "snowflake"),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(HERE / "plugins"),
        "PYTHONHASHSEED": "0",
        # The connector asks the cloud's metadata address at login unless told not to.
        "AWS_EC2_METADATA_DISABLED": "true",
        "SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true",
        "DO_NOT_TRACK": "1",
        "RECORD_TO": str(place / "outcomes.json"),
        "STACK_CONNECTION": json.dumps(connection),
        **{name: value.format(**values) for name, value in suite.environ.items()},
    }


def _write_connection(home: Path, connection: dict[str, object]) -> None:
    """Write the connection "stack" where the connector and its tools look for it."""
    folder = home / "snowflake"
    folder.mkdir()
    lines = [f"{name} = {json.dumps(value)}" for name, value in connection.items()]
    for name, text in (
        ("connections.toml", "\n".join(["[stack]", *lines, 'schema = "PUBLIC"', ""])),
        ("config.toml", 'default_connection_name = "stack"\n'),
    ):
        path = folder / name
        path.write_text(text)
        path.chmod(0o600)
