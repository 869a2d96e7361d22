"""The GitHub action and the GitLab job: valid by the published schemas, and their scripts run."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from ci_files import ROOT, needs_bash, validate

ACTION, GITLAB = ROOT / "action.yml", ROOT / ".gitlab" / "hushflake.yml"
PAGE = ROOT / "docs" / "editors-and-hooks.md"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_action_is_one(tmp_path: Path) -> None:
    validate("vendor.github-actions", ACTION)
    broken = tmp_path / "action.yml"
    broken.write_text(ACTION.read_text(encoding="utf-8").replace("shell: bash", "shel: bash"))
    with pytest.raises(AssertionError):
        validate("vendor.github-actions", broken)


def test_the_job_is_one() -> None:
    validate("vendor.gitlab-ci", GITLAB)


@pytest.mark.parametrize(
    ("title", "schema"),
    [(".github/workflows/hushflake.yml", "github-workflows"), (".gitlab-ci.yml", "gitlab-ci")],
)
def test_what_the_page_shows_is_valid(title: str, schema: str, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    match = re.search(rf'```yaml title="{re.escape(title)}"\n(.*?)```', text, re.DOTALL)
    assert match is not None
    path = tmp_path / "example.yml"
    path.write_text(match[1], encoding="utf-8")
    validate(f"vendor.{schema}", path)


def test_nothing_is_put_into_a_script() -> None:
    """A `${{ }}` in a script is code that whoever chose the value wrote."""
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert step.get("shell", "bash") == "bash"


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return found


def script(name: str) -> str:
    [step] = [step for step in action()["runs"]["steps"] if step["name"] == name]
    return str(step["run"])


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    folder = tmp_path / "checked"
    folder.mkdir()
    (folder / "app.py").write_text("import os\nURL = os.getenv('URL')\n", encoding="utf-8")
    (folder / "clean.py").write_text("x = 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def step(tmp_path: Path, checked: Path) -> Run:
    """Run the step that checks as GitHub does, with inputs."""
    program = tmp_path / "hushflake" / "bin" / "hushflake"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m hushflake.cli.start "$@"\n')
    program.chmod(0o755)

    def run(**inputs: str) -> "subprocess.CompletedProcess[str]":
        defaults = {name: each["default"] for name, each in action()["inputs"].items()}
        given = {**defaults, **inputs}
        variables = {f"HUSHFLAKE_{name.upper()}": value for name, value in given.items()}
        (tmp_path / "output").write_text("")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script("Check")],
            cwd=checked,
            env={
                "PATH": os.environ["PATH"],
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                **variables,
            },
            capture_output=True,
            text=True,
        )

    return run


@needs_bash
def test_findings_fail_the_step(step: Run, tmp_path: Path) -> None:
    done = step()
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=app.py,line=2,")
    assert (tmp_path / "output").read_text() == ""
    assert step(paths="clean.py").returncode == 0
    assert step(options="--select=HSF3\n\n--strict").returncode == 0


@needs_bash
@pytest.mark.parametrize("name", ["sarif", "upload"])
def test_a_log_is_written(name: str, step: Run, tmp_path: Path) -> None:
    done = step(**{name: "true"})
    assert done.returncode == 1
    log = tmp_path / "hushflake.sarif"
    assert (tmp_path / "output").read_text() == f"sarif-file={log}\n"
    [run] = json.loads(log.read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["HSF101"]


@needs_bash
@pytest.mark.parametrize(
    "inputs",
    [
        {"sarif": "yes"},
        {"upload": "true; touch ran"},
        {"options": "app.py"},
        {"options": "--select HSF3"},
        {"options": "-h"},
        {"options": "--no-such-option"},
        {"paths": "--ignore=ALL"},
        {"paths": "$(touch ran)"},
        {"paths": "`touch ran`"},
        {"paths": '"; touch ran; "'},
        {"options": "--select=$(touch ran)"},
    ],
    ids=str,
)
def test_inputs_are_no_code(inputs: dict[str, str], step: Run, checked: Path) -> None:
    assert step(**inputs).returncode == 2
    assert not (checked / "ran").exists()


@needs_bash
def test_the_script_of_the_job(checked: Path, tmp_path: Path) -> None:
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["hushflake"]
    lines = "\n".join(line for line in job["script"] if "venv" not in line and " pip " not in line)
    called = lines.replace('"/tmp/hushflake-$CI_JOB_ID/bin/hushflake"', "hushflake")
    assert called.count("hushflake check") == 3
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", called],
        cwd=checked,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HUSHFLAKE_PATH": job["variables"]["HUSHFLAKE_PATH"],
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "app.py:2:7: HSF101" in done.stdout
    reports = job["artifacts"]["reports"]
    [entry] = json.loads((checked / reports["codequality"]).read_text())
    assert entry["location"]["path"] == "app.py"
    assert ET.parse(checked / reports["junit"]).getroot().get("failures") == "1"


@needs_bash
@pytest.mark.slow
def test_the_action_installs_itself(checked: Path, tmp_path: Path) -> None:
    """From a copy as git has it, below a working folder whose modules must not be imported."""
    source = tmp_path / "action"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(source)], check=True)
    for name in ("venv", "pip", "ensurepip", "json"):
        (checked / f"{name}.py").write_text("open('ran', 'w')\n", encoding="utf-8")
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script("Install hushflake")],
        cwd=checked,
        env={
            **os.environ,
            "RUNNER_TEMP": str(tmp_path),
            "HUSHFLAKE_SOURCE": str(source),
            "HUSHFLAKE_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (checked / "ran").exists()
    assert (tmp_path / "hushflake" / "bin" / "hushflake").is_file()
