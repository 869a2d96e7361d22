"""The conformance list over HTTP: every statement, on both lines of the connector."""

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from hushflake.local.server.process import lifecycle

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT / "deploy" / "conformance" / "cases"
FILES = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(CASES.glob("*.yaml"))
}
OLDER = "4.8.1"


def run_list(
    python: str, endpoint: lifecycle.Endpoint, files: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run case files in a process of `python`: its environment decides the connector."""
    job = json.dumps({"connection": endpoint.connect_arguments(), "files": files})
    done = subprocess.run(
        [python, "-W", "ignore", str(CASES.parent / "running.py")],
        input=job, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    return outcomes


def differences(outcomes: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{outcome['id']}: {outcome['sql']}\n    {outcome['difference']}"
        for outcome in outcomes
        if not outcome["ok"]
    )


def test_the_list_is_long_and_every_statement_names_its_page() -> None:
    cases = [(name, content, case) for name, content in FILES.items() for case in content["cases"]]
    assert len(cases) >= 1200
    for name, content, case in cases:
        page = case.get("page", content["page"])
        assert page.startswith("https://docs.snowflake.com/"), f"{name}: {case['sql']}"
        assert case.get("mark", content["mark"]) in {"documented", "inferred", "seen live"}
        expectations = {"rows", "has", "error", "size", "count", "names", "has_columns"}
        assert expectations & case.keys(), f"{name}: {case['sql']} expects nothing"


@pytest.mark.parametrize("name", FILES)
def test_conformance(endpoint: lifecycle.Endpoint, name: str) -> None:
    outcomes = run_list(sys.executable, endpoint, {name: FILES[name]})
    assert not differences(outcomes), differences(outcomes)


def test_a_wrong_expectation_is_seen(endpoint: lifecycle.Endpoint) -> None:
    wrong = {
        "page": "https://docs.snowflake.com/",
        "cases": [
            {"sql": "SELECT 1", "rows": [[2]]},
            {"sql": "SELECT 1", "error": 2003},
            {"sql": "SELECT NOPE", "rows": []},
            {"sql": "SHOW DATABASES", "has": [{"name": "NOT THERE"}]},
            {"sql": "SELECT 1", "names": ["B"]},
        ],
    }
    outcomes = run_list(sys.executable, endpoint, {"wrong": wrong})
    assert [outcome["ok"] for outcome in outcomes] == [False] * 5


@pytest.fixture(scope="session")
def older_python() -> str:
    """An environment with the older line of the connector, made once under build/."""
    home = ROOT / "build" / f"connector-{OLDER}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", f"snowflake-connector-python=={OLDER}"],
            check=True,
        )
        (home / "complete").touch()
    return str(python)


@pytest.mark.slow
def test_conformance_with_the_older_connector(
    endpoint: lifecycle.Endpoint, older_python: str
) -> None:
    outcomes = run_list(older_python, endpoint, FILES)
    assert not differences(outcomes), differences(outcomes)


@pytest.mark.slow
def test_the_older_connectors_own_limit_cancels(
    endpoint: lifecycle.Endpoint, older_python: str
) -> None:
    """`execute(…, timeout=…)`: the newer line has no such argument."""
    code = """
import json, sys, time, snowflake.connector
with snowflake.connector.connect(**json.load(sys.stdin)) as connection:
    begin = time.monotonic()
    try:
        connection.cursor().execute("EXECUTE IMMEDIATE 'BEGIN LOOP NULL; END LOOP; END'", timeout=2)
    except snowflake.connector.errors.ProgrammingError as error:
        print(error.errno, time.monotonic() - begin < 30)
    print(connection.cursor().execute("SELECT 1").fetchall())
"""
    done = subprocess.run(
        [older_python, "-W", "ignore", "-c", code],
        input=json.dumps(endpoint.connect_arguments()), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["604 True", "[(1,)]"], done.stderr
