"""A credential that stands where a key belongs is shown by no output, and is a finding."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.cli.main import main

GITHUB = "gh" + "p_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
SLACK = "xo" + "xb-" + "123987456012-" + "k3Jd9fLq2Mk3Jd9fLq2M"
AWS = "AK" + "IA" + "Q3EGRIZ7TKWPNVDA"
RANDOM = "k3Jd9fLq2Ma" + "Z7xYw0PbV5tRsUeHgNcQi"
ADDRESS = "postgres://app:" + "hunter2" + "@db/app"
SECRETS = (GITHUB, SLACK, AWS, RANDOM, ADDRESS, GITHUB[4:24], "hunter2")

SOURCE = f"""import os

from decouple import config
from hushflake.config import get_config_value, has_config_value

a = os.getenv("{GITHUB}")
b = os.environ["{SLACK}"]
c = "{AWS}" in os.environ
d = os.environ.get("{RANDOM}", "x")
e = os.getenv(f"{GITHUB}")
f = os.getenv("{GITHUB[:9]}" + "{GITHUB[9:]}")
g = os.getenv("{GITHUB[:9]}" "{GITHUB[9:]}")
h = os.getenv("{ADDRESS}")
os.environ["{SLACK}"] = value
del os.environ["{AWS}"]
os.environ.setdefault("{RANDOM}", value)
NAME = "{GITHUB}"
i = os.getenv(NAME)
j = get_config_value("{GITHUB}")
k = has_config_value("{RANDOM}")
m = config("{GITHUB}")
n = {{"{GITHUB} password": "hunter" + "2"}}
print(os.getenv("{GITHUB} token"))


def test(monkeypatch):
    monkeypatch.setenv("{GITHUB}", "x")
    monkeypatch.setenv("{RANDOM} password", "hunter" "2")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\nextend-select = ['ALL']\n")
    (tmp_path / "app.py").write_text(SOURCE)
    (tmp_path / "compose.yml").write_text(
        f"services: {{a: {{environment: ['{RANDOM}=1', 'LEVEL=1']}}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_clean(text: str) -> None:
    found = [secret for secret in SECRETS if secret in text]
    assert not found, text


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--notes", "--show-source"],
        ["check", "--statistics"],
        ["check", "--format", "json"],
        ["check", "--format", "sarif", "--show-source"],
        ["check", "--format", "github"],
        ["check", "--format", "gitlab"],
        ["check", "--format", "junit"],
        ["check", "--baseline", "known.json", "--update-baseline"],
        ["codemod"],
        ["codemod", "--diff"],
        ["codemod", "--stats"],
        ["codemod", "--format", "json"],
        ["inventory"],
        ["inventory", "--format", "json"],
        ["inventory", "--format", "html"],
        ["inventory", "--format", "esc"],
        ["inventory", "--format", "services"],
    ],
    ids=" ".join,
)
def test_no_output_shows_one(
    folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) in (0, 1)
    printed = capsys.readouterr()
    assert_clean(printed.out + printed.err)
    assert printed.out
    known = folder / "known.json"
    assert_clean(known.read_text() if known.exists() else "")


def test_flake8_shows_none(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "HSF", "app.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "HSF101" in done.stdout
    assert_clean(done.stdout + done.stderr)


def test_each_is_a_finding_that_no_codemod_fixes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", "--format", "json", "--select", "HSF1,HSF307"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    lines = [SOURCE[: SOURCE.index(f"\n{name} = ")].count("\n") + 2 for name in "abcdfghjk"]
    assert {f["line"] for f in findings if f["code"] == "HSF307"} >= set(lines)
    assert not [
        f for f in findings if f["fixable"] and f["line"] in lines and f["line"] != lines[4]
    ]


def test_the_codemod_leaves_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codemod", "--format", "json"]) == 0
    edits = json.loads(capsys.readouterr().out)["edits"]
    left = [edit for edit in edits if edit["reason"] == "credential-key"]
    # One that is written in two halves is computed, and has no name.
    assert {edit["key"] for edit in left} == {None, "***"}
    assert len(left) >= 5


def test_inventory_lists_no_such_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [key["key"] for key in document["keys"]] == ["LEVEL"]
    assert "credential-key" in {read["reason"] for read in document["dynamic"]}
