"""The action and the jobs that plan, apply and watch a stack, run against a local stack."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ci_files import ROOT, needs_bash, validate
from fake_code_host import JOB, CodeHost

from hushflake.deploy.session import Session
from hushflake.local.server.process import lifecycle
from hushflake.local.server.process.process import Endpoint

ACTION, GITLAB = (
    ROOT / ".github" / "actions" / "deploy" / "action.yml",
    ROOT / ".gitlab" / "deploy.yml",
)
PAGE = ROOT / "docs" / "ci.md"
Run = Callable[..., "subprocess.CompletedProcess[str]"]
PROJECT = {
    "hushflake.yaml": "project: ci\n",
    "stacks/prod.yaml": "database: CI\nedition: enterprise\naccount_admin: true\n",
    "objects/all.yaml": "- {kind: database, name: CI}\n- {kind: role, name: READER}\n",
}


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("account")
    yield lifecycle.ensure_running(folder, "local")
    lifecycle.stop(folder, "local")


@pytest.fixture
def host(endpoint: Endpoint) -> Iterator[CodeHost]:
    """Its identity tokens are good for the stack, which stands for the account."""
    with CodeHost(endpoint.token) as host:
        host.tokens = {"job-token": None, "lab-token": "bot"}
        yield host


@pytest.fixture
def place(tmp_path: Path, endpoint: Endpoint) -> Iterator[Path]:
    folder = tmp_path / "project"
    for name, text in PROJECT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    yield folder
    with Session(endpoint.connect_arguments()) as session:
        for what in ("DATABASE CI", "ROLE READER", "DATABASE HUSHFLAKE"):
            session.execute(f"DROP {what.replace(' ', ' IF EXISTS ')}")


@pytest.fixture
def environment(tmp_path: Path, endpoint: Endpoint, host: CodeHost) -> dict[str, str]:
    """What both services set, and where the account is."""
    program = tmp_path / "hushflake" / "bin" / "hushflake"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m hushflake.cli.start "$@"\n')
    program.chmod(0o755)
    (program.parent / "python").symlink_to(sys.executable)
    return {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
        "SNOWFLAKE_HOST": endpoint.host,
        "SNOWFLAKE_PORT": str(endpoint.port),
        "SNOWFLAKE_PROTOCOL": "http",
        # The connector shows an identity token to Snowflake's hosts alone, unless told otherwise.
        "SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES": endpoint.host,
    }


@pytest.fixture
def step(tmp_path: Path, environment: dict[str, str], host: CodeHost, place: Path) -> Run:
    """Run the action's step as GitHub does, in a job of a pull request."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 5}}))
    [step] = [step for step in action()["runs"]["steps"] if step["name"] == "Run"]

    def run(command: str, fork: bool = False, **inputs: str) -> "subprocess.CompletedProcess[str]":
        defaults = {name: each.get("default", "") for name, each in action()["inputs"].items()}
        given = {**defaults, "command": command, "stack": "prod", "account": "LOCAL", **inputs}
        variables = {f"HUSHFLAKE_INPUT_{name.upper()}": value for name, value in given.items()}
        for name in ("output", "summary"):
            (tmp_path / name).write_text("")
        job = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": host.url,
            "GITHUB_REPOSITORY": "org/repo",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_TOKEN": "job-token",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "RUNNER_TEMP": str(tmp_path),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{host.url}/identity?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "" if fork else "request-token",
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=place,
            env={**environment, **job, **variables},
            capture_output=True,
            text=True,
        )

    return run


def outputs(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_they_are_valid(tmp_path: Path) -> None:
    validate("vendor.github-actions", ACTION)
    validate("vendor.gitlab-ci", GITLAB)
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]
    for title, schema in (
        (".github/workflows/stack.yml", "github-workflows"),
        (".gitlab-ci.yml", "gitlab-ci"),
    ):
        text = PAGE.read_text(encoding="utf-8")
        match = re.search(rf'```yaml title="{re.escape(title)}"\n(.*?)```', text, re.DOTALL)
        assert match is not None
        path = tmp_path / "example.yml"
        path.write_text(match[1], encoding="utf-8")
        validate(f"vendor.{schema}", path)


@needs_bash
@pytest.mark.slow
def test_a_stack_lives_by_the_action(
    step: Run, tmp_path: Path, host: CodeHost, endpoint: Endpoint, place: Path
) -> None:
    """Planned with a comment, applied, planned to nothing, watched: without any stored secret."""
    done = step("plan", comment="true")
    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path)["changes"] == "true"
    plan = json.loads(Path(outputs(tmp_path)["plan-file"]).read_text())
    assert "create role READER" in [op["id"] for op in plan["operations"]]
    [comment] = host.comments
    assert comment["author"] == JOB
    assert "<summary>+ role READER</summary>" in comment["body"]
    assert (tmp_path / "summary").read_text() in comment["body"] + "\n"

    assert step("apply").returncode == 0
    done = step("plan", comment="true")
    assert done.returncode == 0, done.stderr
    assert outputs(tmp_path)["changes"] == "false"
    [comment] = host.comments  # the same one
    assert "Nothing to do" in comment["body"]

    assert step("drift").returncode == 0
    assert outputs(tmp_path)["changes"] == "false"
    with Session(endpoint.connect_arguments()) as session:
        session.execute("DROP ROLE READER")
    assert step("drift").returncode == 1
    assert outputs(tmp_path)["changes"] == "true"
    assert "READER" in (tmp_path / "summary").read_text()


@needs_bash
@pytest.mark.slow
def test_a_rule_of_the_project_fails_the_step_and_stands_in_the_comment(
    step: Run, host: CodeHost, place: Path
) -> None:
    (place / "checks").mkdir()
    rule = "- {name: no roles, refuse: {kind: role}, owner: security}\n"
    (place / "checks" / "all.yaml").write_text(rule)
    assert step("plan", comment="true").returncode == 1
    assert "no roles" in host.comments[0]["body"]
    assert step("apply").returncode != 0


@needs_bash
@pytest.mark.slow
def test_without_the_permissions(step: Run, host: CodeHost) -> None:
    done = step("plan", fork=True)
    assert done.returncode == 3
    assert "id-token: write" in done.stderr
    host.read_only.add("job-token")
    done = step("plan", comment="true")
    assert done.returncode == 3
    assert "pull-requests: write" in done.stderr
    host.secret = "of another account"
    done = step("plan")
    assert done.returncode == 3
    assert "cannot connect" in done.stderr


@needs_bash
@pytest.mark.slow
@pytest.mark.parametrize(
    "inputs",
    [
        {"command": "destroy"},
        {"command": "plan; touch ran"},
        {"command": "plan", "comment": "yes"},
        {"command": "plan", "options": "plan.json"},
        {"command": "plan", "options": "$(touch ran)"},
        {"command": "plan", "stack": "$(touch ran)"},
        {"command": "plan", "project": "`touch ran`"},
        {"command": "plan", "account": "x; touch ran"},
        {"command": "apply", "options": "--yes\n--no-such-option"},
    ],
    ids=str,
)
def test_inputs_are_no_code(inputs: dict[str, str], step: Run, place: Path) -> None:
    assert step(**inputs).returncode in (2, 3)
    assert not (place / "ran").exists()


@needs_bash
@pytest.mark.slow
def test_the_jobs_of_gitlab(
    environment: dict[str, str], host: CodeHost, endpoint: Endpoint, place: Path
) -> None:
    jobs = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    variables = jobs[".hushflake"]["variables"]
    account = {"SNOWFLAKE_ACCOUNT": "LOCAL"}
    [audience] = jobs[".hushflake"]["id_tokens"].values()

    def run(name: str, **more: str) -> int:
        assert jobs[name]["extends"] == ".hushflake"
        text = "\n".join(jobs[name]["script"])
        program = '"/tmp/hushflake-$CI_JOB_ID/bin/hushflake"'
        assert program in text
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", text.replace(program, "hushflake")],
            cwd=place,
            env={
                **environment,
                **account,
                **{key: variables[key] for key in variables if key != "HUSHFLAKE_SOURCE"},
                "SNOWFLAKE_TOKEN": host.identity(audience["aud"]),
                "GITLAB_CI": "true",
                "CI_API_V4_URL": f"{host.url}/api/v4",
                "CI_PROJECT_ID": "7",
                "GITLAB_TOKEN": "lab-token",
                **more,
            },
            capture_output=True,
            text=True,
        )
        return done.returncode

    assert run("hushflake-plan") == 2  # no merge request
    assert run("hushflake-plan", CI_MERGE_REQUEST_IID="5") == 0
    assert [comment["author"] for comment in host.comments] == ["bot"]
    assert run("hushflake-apply") == 0
    assert run("hushflake-plan", CI_MERGE_REQUEST_IID="5") == 0
    assert len(host.comments) == 1
    assert run("hushflake-drift") == 0
