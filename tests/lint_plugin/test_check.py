"""`hushflake check` as a user runs it: the real program in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    (tmp_path / "app.py").write_text("import os\n\nURL = os.getenv('URL')\n", encoding="utf-8")
    (tmp_path / "clean.py").write_text("print('hello')\n", encoding="utf-8")
    return tmp_path


def check(
    folder: Path, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.main", "check", *args],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_a_finding_is_one_line_and_exit_code_1(project: Path) -> None:
    done = check(project)
    assert done.stdout.splitlines() == [
        (
            "app.py:3:7: HSF101 os.getenv('URL') reads the environment directly; "
            "use get_config_value('URL') from hushflake.config"
        ),
        "Found 1 in 1 file, 1 fixable with hushflake codemod --write",
    ]
    assert done.returncode == 1
    assert done.stderr == ""


def test_nothing_found_is_exit_code_0(project: Path) -> None:
    done = check(project, "clean.py")
    assert (done.returncode, done.stdout) == (0, "Found nothing in 1 file\n")


def test_json(project: Path) -> None:
    document = json.loads(check(project, "--format", "json").stdout)
    assert document["format"] == "hushflake.check/1"
    [finding] = document["findings"]
    assert finding["path"] == "app.py"
    assert (finding["line"], finding["column"], finding["code"]) == (3, 7, "HSF101")
    assert finding["fixable"] is True


def test_select_and_ignore(project: Path) -> None:
    assert check(project, "--select", "HSF102").returncode == 0
    assert check(project, "--ignore", "HSF1").returncode == 0
    assert check(project, "--ignore", "HSF1", "--extend-select", "HSF101").returncode == 1


def test_an_unknown_code_is_the_users_mistake(project: Path) -> None:
    done = check(project, "--select", "HSF9")
    assert done.returncode == 2
    assert "unknown rule 'HSF9'" in done.stderr


def test_a_missing_path_is_the_users_mistake(project: Path) -> None:
    done = check(project, "nowhere.py")
    assert done.returncode == 2
    assert "nowhere.py" in done.stderr


def test_source_on_standard_input(project: Path) -> None:
    done = check(
        project, "-", "--stdin-filename", "editor.py", stdin=b"import os\nos.getenv('A')\n"
    )
    assert done.stdout.startswith("editor.py:2:1: HSF101 ")
    assert done.returncode == 1


def test_names_from_standard_input_end_with_nul(project: Path) -> None:
    odd = project / "a name\nwith a newline.py"
    odd.write_text("import os\nos.getenv('A')\n", encoding="utf-8")
    done = check(project, "--files-from", "-", stdin=f"clean.py\0{odd.name}\0".encode())
    assert done.returncode == 1
    assert "Found 1 in 1 file" in done.stdout


def test_source_that_does_not_parse_is_told_and_no_failure(project: Path) -> None:
    (project / "app.py").write_text("import os\nos.getenv('A'\n", encoding="utf-8")
    done = check(project)
    assert done.returncode == 0
    assert "app.py:2:10: not checked: '(' was never closed" in done.stderr
    assert check(project, "--strict").returncode == 3


def test_a_file_that_cannot_be_read_is_a_failure(project: Path) -> None:
    (project / "pipe.py").unlink(missing_ok=True)
    os.mkfifo(project / "pipe.py")
    # Opened for reading and writing, so that nobody waits for the other end.
    keep = os.open(project / "pipe.py", os.O_RDWR)
    try:
        done = check(project, "pipe.py")
    finally:
        os.close(keep)
    assert done.returncode == 3
    assert "not a regular file" in done.stderr


def test_many_files_are_checked_in_parallel_with_the_same_result(project: Path) -> None:
    for number in range(200):
        (project / f"m{number:03}.py").write_text(
            f"import os\nos.environ['K{number}']\n", encoding="utf-8"
        )
    one, two = check(project, "--jobs", "1"), check(project, "--jobs", "2")
    assert one.stdout == two.stdout
    assert "Found 201 in 201 files" in one.stdout
