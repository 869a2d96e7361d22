"""The plugin under the real flake8."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = "import os\n\nURL = os.getenv('URL')\nos.environ['URL'] = 'x'\n"


def flake8(folder: Path, *args: str, stdin: str | None = None) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", *args],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def codes(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines]


def test_the_rules_run_under_flake8(project: Path) -> None:
    [found] = flake8(project)
    assert found == (
        "./app.py:3:7: HSF101 os.getenv('URL') reads the environment directly; "
        "use get_config_value('URL') from hushflake.config"
    )


def test_rules_that_are_off_by_default_can_be_selected(project: Path) -> None:
    assert codes(flake8(project, "--extend-select", "HSF104")) == ["HSF101", "HSF104"]


def test_options_override_the_settings_of_the_repository(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.hushflake]\nkeep = ['URL']\n", encoding="utf-8")
    assert flake8(project) == []
    (project / "setup.cfg").write_text("[flake8]\nhushflake-keep = OTHER\n", encoding="utf-8")
    assert codes(flake8(project)) == ["HSF101"]
    (project / "setup.cfg").write_text(
        "[flake8]\nhushflake-keep =\n    OTHER,\n    URL\n", encoding="utf-8"
    )
    assert flake8(project) == []


def test_the_repository_switches_rules_on_and_off(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.hushflake]\nextend-select = ['HSF104']\nignore = ['HSF101']\n", encoding="utf-8"
    )
    assert codes(flake8(project)) == ["HSF104"]
    assert codes(flake8(project, "--select", "HSF101")) == ["HSF101"]


def test_a_mistake_in_the_settings_is_one_line(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.hushflake]\nkep = ['URL']\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "flake8"], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "did you mean 'keep'?" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_exclude_accessor_and_secret_names_as_options(project: Path) -> None:
    assert flake8(project, "--hushflake-exclude", "app.py") == []
    assert flake8(project, "--hushflake-accessor", "app") == []
    found = flake8(project, "--hushflake-accessor", "core.settings")
    assert "from core.settings" in found[0]


def test_noqa_on_any_line_of_the_statement(project: Path) -> None:
    for where in range(3):
        lines = ["x = dict(", "    a=os.getenv('A'),", ")"]
        lines[where] += "  # noqa: HSF101"
        (project / "app.py").write_text("\n".join(["import os", "", *lines, ""]), encoding="utf-8")
        assert flake8(project) == [], where
    assert codes(flake8(project, "--disable-noqa")) == ["HSF101"]


def test_per_file_ignores_complexity_and_jobs_work_beside_it(project: Path) -> None:
    assert flake8(project, "--per-file-ignores", "app.py:HSF101") == []
    for number in range(8):
        (project / f"m{number}.py").write_text(SOURCE, encoding="utf-8")
    found = flake8(project, "-j", "2", "--max-complexity", "1")
    assert codes(found) == ["HSF101"] * 9


def test_standard_input(project: Path) -> None:
    found = flake8(project, "--stdin-display-name", "editor.py", "-", stdin=SOURCE)
    assert found[0].startswith("editor.py:3:7: HSF101")
