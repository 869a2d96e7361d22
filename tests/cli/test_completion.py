"""A real bash completes commands, options and the names of stacks, entities and rules."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.lint_plugin.registry import known_codes

BIN = str(Path(sys.executable).parent)
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "entities").mkdir()
    (tmp_path / "stacks").mkdir()
    (tmp_path / "hushflake.yaml").write_text("project: clinic\n", encoding="utf-8")
    for name in ("DOCTORS", "DEPARTMENTS"):
        path = tmp_path / "entities" / f"{name.lower()}.yaml"
        path.write_text(f"# {name}\nentity: {name}\nfields: {{}}\n", encoding="utf-8")
    (tmp_path / "entities" / "evil.yaml").write_text("entity: $(touch${IFS}x)\n", encoding="utf-8")
    (tmp_path / "stacks" / "staging.yaml").write_text("database: S\n", encoding="utf-8")
    (tmp_path / "stacks" / "a\x1b[2J.yaml").write_text("database: S\n", encoding="utf-8")
    return tmp_path


def completed(words: list[str], folder: Path) -> list[str]:
    script = (
        'eval "$(hushflake completion bash)"\n'
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n'
        '_hushflake_completion hushflake\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", "hushflake", *words],
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split("\n")[:-1]


@needs_bash
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["compl"], ["completion"]),
        (["plan", "--stack", ""], ["local", "staging"]),
        (["plan", "--stack", "s"], ["staging"]),
        (["search", "--entity", "d"], ["DEPARTMENTS", "DOCTORS"]),
        (["related", "do"], ["DOCTORS"]),
        (["rule", "HSF30"], [code for code in known_codes() if code.startswith("HSF30")]),
    ],
)
def test_bash(words: list[str], expected: list[str], project: Path) -> None:
    assert completed(words, project) == expected


@needs_bash
def test_a_project_elsewhere(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    words = ["plan", "--project", str(project), "--stack", ""]
    assert completed(words, elsewhere) == ["local", "staging"]
    assert completed(["plan", "--stack", ""], elsewhere) == ["local"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_calls_back(shell: str) -> None:
    done = subprocess.run(
        [f"{BIN}/hushflake", "completion", shell], capture_output=True, text=True, check=True
    )
    assert f"_HUSHFLAKE_COMPLETE={shell}_complete" in done.stdout
