"""One account, dbt and hushflake: each looks after its own, and neither undoes what the other did.

The dbt project is the one of the client suite, run by the real dbt in an environment of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hushflake.deploy.session import Session
from hushflake.local.server.process import lifecycle
from hushflake.schema.project import find_project

from . import environment
from .running import DATABASE, HERE, WAREHOUSE

FILES = {
    "hushflake.yaml": "project: knowledge\ndbt: target/manifest.json\n",
    "stacks/local.yaml": "connection: local\ndatabase: KNOWLEDGE\nedition: enterprise\n"
    "account_admin: true\n",
    "objects/all.yaml": """
- {kind: schema, name: S}
- {kind: role, name: ANALYST}
- {kind: view, name: S.REVENUE, query: SELECT * FROM CLIENTS.SHOP.REVENUE_BY_DAY}
- {kind: grant, to: ANALYST, privileges: [SELECT], on: {view: S.REVENUE}}
""",
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository with both projects: dbt's at the root, as `dbt init` makes it, and ours."""
    folder = tmp_path_factory.mktemp("both")
    shutil.copytree(HERE / "own" / "dbt-project" / "project", folder, dirs_exist_ok=True)
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    yield folder
    lifecycle.stop(find_project(folder).local_data, "local")


@pytest.fixture(scope="module")
def endpoint(place: Path) -> lifecycle.Endpoint:
    found = lifecycle.ensure_running(find_project(place).make_local_data(), "local")
    with Session(found.connect_arguments()) as session:
        session.execute(f"CREATE WAREHOUSE {WAREHOUSE}")
        session.execute(f"CREATE DATABASE {DATABASE}")
    target = {
        **{key: value for key, value in found.connect_arguments().items() if key != "paramstyle"},
        "type": "snowflake",
        "database": DATABASE,
        "warehouse": WAREHOUSE,
        "schema": "SHOP",
        "threads": 2,
    }
    target.pop("enable_server_session_keep_alive_auto_detection")
    profile = {"shop": {"target": "dev", "outputs": {"dev": target}}}
    (place / "profiles.yml").write_text(yaml.safe_dump(profile))
    return found


def dbt(place: Path, *words: str) -> None:
    python = environment.interpreter("dbt")
    done = subprocess.run(
        [str(python.with_name("dbt")), *words, "--project-dir", ".", "--profiles-dir", "."],
        cwd=place,
        env={
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(place),
            "LANG": "C.UTF-8",
            "DO_NOT_TRACK": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true",
        },
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def hushflake(place: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hushflake.cli.start", *words],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_each_looks_after_its_own(place: Path, endpoint: lifecycle.Endpoint) -> None:
    dbt(place, "seed")
    dbt(place, "run")
    assert "CLIENTS.SHOP" not in hushflake(place, "schema", "validate")
    hushflake(place, "apply", "--yes")
    plan = json.loads(hushflake(place, "plan", "--format", "json"))
    assert plan["operations"] == []
    with Session(endpoint.connect_arguments()) as session:
        before = session.query("SELECT COUNT(*) AS N FROM KNOWLEDGE.S.REVENUE")[0]["N"]
        assert before > 0
        # dbt makes its models anew: our view reads on, and nothing of it is a change of ours.
        dbt(place, "run", "--full-refresh")
        assert session.query("SELECT COUNT(*) AS N FROM KNOWLEDGE.S.REVENUE")[0]["N"] == before
        assert json.loads(hushflake(place, "plan", "--format", "json"))["operations"] == []
        assert json.loads(hushflake(place, "drift", "--format", "json"))["operations"] == []
        # And the other way round: what we destroy is ours alone.
        hushflake(place, "destroy", "--yes")
        models = session.query(f"SHOW TABLES IN SCHEMA {DATABASE}.SHOP")
        assert "REVENUE_BY_DAY" in {row["name"] for row in models}
    dbt(place, "run")
