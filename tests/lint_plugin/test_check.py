"""`hushflake check` as a user runs it: the real program in a process of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from terminals import on_a_terminal

from hushflake.cli import check_line
from hushflake.cli.commands.check import check as click_command

Check = Callable[..., Any]


def test_a_finding_is_one_line_and_exit_code_1(project: Path, check: Check) -> None:
    done = check()
    assert done.stdout.splitlines() == [
        (
            "app.py:3:7: HSF101 os.getenv('URL') reads the environment directly; "
            "use get_config_value('URL') from hushflake.config"
        ),
        "Found 1 error in 1 file, 1 fixable with hushflake codemod --write",
    ]
    assert done.returncode == 1
    assert done.stderr == ""


def test_nothing_found_is_exit_code_0(project: Path, check: Check) -> None:
    done = check("clean.py")
    assert (done.returncode, done.stdout) == (0, "Found nothing in 1 file\n")


def test_json(project: Path, check: Check) -> None:
    document = json.loads(check("--format", "json").stdout)
    assert document["format"] == "hushflake.check/1"
    [finding] = document["findings"]
    assert finding["path"] == "app.py"
    assert (finding["line"], finding["column"], finding["code"]) == (3, 7, "HSF101")
    assert finding["fixable"] is True


def test_select_and_ignore(project: Path, check: Check) -> None:
    assert check("--select", "HSF102").returncode == 0
    assert check("--ignore", "HSF1").returncode == 0
    assert check("--ignore", "HSF1", "--extend-select", "HSF101").returncode == 1


def test_an_unknown_code_is_the_users_mistake(project: Path, check: Check) -> None:
    done = check("--select", "HSF9")
    assert done.returncode == 2
    assert "unknown rule 'HSF9'" in done.stderr


def test_a_missing_path_is_the_users_mistake(project: Path, check: Check) -> None:
    done = check("nowhere.py")
    assert done.returncode == 2
    assert "nowhere.py" in done.stderr


def test_source_on_standard_input(project: Path, check: Check) -> None:
    done = check("-", "--stdin-filename", "editor.py", stdin=b"import os\nos.getenv('A')\n")
    assert done.stdout.startswith("editor.py:2:1: HSF101 ")
    assert done.returncode == 1


def test_names_from_standard_input_end_with_nul(project: Path, check: Check) -> None:
    odd = project / "a name\nwith a newline.py"
    odd.write_text("import os\nos.getenv('A')\n", encoding="utf-8")
    done = check("--files-from", "-", stdin=f"clean.py\0{odd.name}\0".encode())
    assert done.returncode == 1
    assert "Found 1 error in 1 file" in done.stdout


def test_source_that_does_not_parse_is_told_and_no_failure(project: Path, check: Check) -> None:
    (project / "app.py").write_text("import os\nos.getenv('A'\n", encoding="utf-8")
    done = check()
    assert done.returncode == 0
    assert "app.py:2:10: not checked: '(' was never closed" in done.stderr
    assert check("--strict").returncode == 3


def test_a_file_that_cannot_be_read_is_a_failure(project: Path, check: Check) -> None:
    (project / "pipe.py").unlink(missing_ok=True)
    os.mkfifo(project / "pipe.py")
    # Opened for reading and writing, so that nobody waits for the other end.
    keep = os.open(project / "pipe.py", os.O_RDWR)
    try:
        done = check("pipe.py")
    finally:
        os.close(keep)
    assert done.returncode == 3
    assert "not a regular file" in done.stderr


def test_the_result_of_several_processes_is_the_same(project: Path, check: Check) -> None:
    for number in range(200):
        (project / f"m{number:03}.py").write_text(
            f"import os\nos.environ['K{number}']\n", encoding="utf-8"
        )
    one, two = check("--jobs", "1"), check("--jobs", "2")
    assert one.stdout == two.stdout
    assert "Found 201 errors in 201 files" in one.stdout


SECRET = "hunter" + "2-of-ours"


def test_show_source_masks_what_a_secret_rule_flags(project: Path, check: Check) -> None:
    (project / "app.py").write_text(
        f"import os\nX = os.getenv('DB_PASSWORD', '{SECRET}') + os.getenv('B')\n", encoding="utf-8"
    )
    # Not even where the rule that flags it was not asked for.
    for selected in ("HSF1", "HSF3"):
        done = check("app.py", "--show-source", "--select", selected)
        assert SECRET not in done.stdout
        assert "    X = os.getenv('DB_PASSWORD', '***') + os.getenv('B')" in done.stdout
    done = check("app.py", "--show-source", "--select", "HSF101")
    lines = done.stdout.splitlines()
    for at, part in ((2, "os.getenv('DB_PASSWORD'"), (5, "os.getenv('B')")):
        assert lines[at - 1][lines[at].index("^") :].startswith(part)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit"])
def test_no_output_holds_a_value(project: Path, check: Check, form: str) -> None:
    token = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
    (project / "app.py").write_text(
        f"password = '{SECRET}'\n# {token}\nurl = 'postgresql://app:{SECRET}@db/x'\n"
        f"key = '''-----BEGIN RSA PRIVATE{' '}KEY-----\n{SECRET.replace('-', '')}MIIEpAIBAAKC\n"
        "-----END RSA PRIVATE KEY-----'''\n",
        encoding="utf-8",
    )
    done = check("app.py", "--format", form, "--show-source")
    assert done.returncode == 1
    for code in ("HSF301", "HSF302", "HSF303", "HSF304"):
        assert code in done.stdout
    for value in (SECRET, token, "MIIEpAIBAAKC"):
        assert value not in done.stdout + done.stderr


def test_statistics(project: Path, check: Check) -> None:
    (project / "b.py").write_text("import os\nos.getenv('A')\nos.environ['B']\n", encoding="utf-8")
    done = check("--statistics")
    assert done.stdout.splitlines()[0].startswith("2  HSF101  `os.getenv` reads")
    assert done.stdout.splitlines()[1].startswith("1  HSF102  ")


def test_made_up_credentials_in_tests_weigh_less(project: Path, check: Check) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_login.py").write_text(f"password = '{SECRET}'\n", encoding="utf-8")
    done = check("tests")
    assert done.returncode == 0
    assert done.stdout == "Found 1 note (in a test file) in 1 file; --notes shows the note\n"
    assert "HSF301 (note)" in check("tests", "--notes").stdout
    [finding] = json.loads(check("tests", "--format", "json").stdout)["findings"]
    assert finding["severity"] == "note"


def test_a_file_name_that_is_no_text_is_escaped(project: Path, check: Check) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (project / name).write_text("import os\nos.getenv('A')\n", encoding="utf-8")
    done = check(name)
    assert done.returncode == 1
    assert "caf\\udce9.py:2:1: HSF101" in done.stdout


def test_counts_agree_in_every_report(project: Path, check: Check) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_a.py").write_text(f"password = '{SECRET}'\n", encoding="utf-8")
    where = "(in a test file) in 2 files"
    counted = f"Found 1 error and 1 note {where}, 1 fixable with hushflake codemod --write"
    assert check().stdout.splitlines()[-1] == f"{counted}; --notes shows the note"
    assert check("--notes").stdout.splitlines()[-1] == counted
    *codes, last = check("--statistics").stdout.splitlines()
    assert last == counted
    assert sum(int(line.split()[0]) for line in codes) == 2
    assert codes[1].startswith("1  HSF301  ")
    assert codes[1].endswith("(1 note)")
    written = check("--baseline", "known.json", "--update-baseline").stdout
    assert written == "Found nothing new in 4 files; 2 findings in the baseline\n"
    (project / "b.py").write_text("import os\nos.getenv('B')\n", encoding="utf-8")
    assert check("--baseline", "known.json").stdout.splitlines()[-1] == (
        "Found 1 error in 1 file, 1 fixable with hushflake codemod --write; "
        "2 findings in the baseline"
    )


def test_a_person_sees_findings_below_their_file(project: Path) -> None:
    (project / "b.py").write_text("import os\n\n\nos.environ['B']\n", encoding="utf-8")
    coloured = {"TERM": "dumb", "FORCE_COLOR": "1"}  # without a progress line
    shown = on_a_terminal(
        "check", "--show-source", folder=project, columns=60, environment=coloured
    )
    plain = re.sub("\x1b\\[[0-9;]*m", "", shown)
    assert plain.splitlines() == [
        "app.py",
        "  3:7     HSF101  os.getenv('URL') reads the environment",
        "      directly; use get_config_value('URL') from",
        "      hushflake.config",
        "    URL = os.getenv('URL')",
        "          ^",
        "b.py",
        "  4:1     HSF102  os.environ['B'] reads the environment",
        "      directly; use require_config_value('B') from",
        "      hushflake.config",
        "    os.environ['B']",
        "    ^",
        "",
        "Found 2 errors in 2 files, 2 fixable with hushflake codemod",
        "    --write",
    ]
    assert "\x1b[1mapp.py\x1b[0m" in shown
    assert "\x1b[1;31mHSF101\x1b[0m" in shown


def test_the_line_reader_and_click_agree() -> None:
    line = ["--select", "HSF1,HSF2", "--select=HSF3", "--format", "json", "--jobs", "2", "--notes"]
    line += ["--baseline", "b.json", "a.py", "--", "-b.py"]
    read = check_line.parse(line)
    with click_command.make_context("check", list(line)) as context:
        told = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in context.params.items()
        }
    assert read is not None
    assert {**read, "jobs": int(read["jobs"])} == told


@pytest.mark.parametrize(
    "line", [["--help"], ["-h"], ["--nope"], ["--format", "x"], ["--jobs", "x"], ["--select"]]
)
def test_what_is_not_plain_is_left_to_click(line: list[str]) -> None:
    assert check_line.parse(line) is None


def test_every_option_is_in_the_help() -> None:
    text = CliRunner().invoke(click_command, ["--help"]).output
    told = set(re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE)) - {"--help"}
    assert told == {option.flag for option in check_line.OPTIONS}


def test_a_run_on_one_file_imports_little(project: Path, check: Check) -> None:
    code = (
        "import sys; from hushflake.cli.check_line import parse, run;"
        "run(parse(['clean.py'])); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
    )
    loaded = set(done.stdout.split())
    heavy = {"click", "json", "hashlib", "subprocess", "concurrent.futures", "libcst", "rich"}
    assert "hushflake.lint_plugin.engine" in loaded
    assert not loaded & heavy


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("", 1),
        ("mode = 'production'", 1),
        ("mode = 'development'", 0),
        ("mode = 'development'\nesc = 'acme/shop/dev'", 1),
        ("mode = 'development'\nkeyring = 'shop'", 1),
        ("mode = 'development'\nsources = ['vault']", 1),
        ("mode = 'development'\nstores = ['vault:secret/shop']", 1),
    ],
)
def test_a_loader_of_files_that_feed_the_application_is_a_note(
    project: Path, check: Check, table: str, code: int
) -> None:
    (project / "pyproject.toml").write_text(f"[tool.hushflake.config]\n{table}\n")
    (project / "load.py").write_text("from dotenv import load_dotenv\nload_dotenv()\n")
    done = check("load.py", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["code"], done.returncode) == ("HSF201", code)
    assert finding["severity"] == ("error" if code else "note")
    assert ("dotenv retire" in finding["message"]) is not bool(code)


@pytest.mark.parametrize(("table", "severity"), [("", "error"), ("mode = 'development'", "note")])
def test_a_settings_class_reads_such_a_file(
    project: Path, check: Check, table: str, severity: str
) -> None:
    (project / "pyproject.toml").write_text(f"[tool.hushflake.config]\n{table}\n")
    (project / "load.py").write_text(
        "from pydantic_settings import BaseSettings\n\n\n"
        "class App(BaseSettings, env_file='.env'):\n    port: int\n"
    )
    done = check("load.py", "--select", "HSF203", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["severity"] == severity


def test_whether_files_feed_it_is_no_key_of_the_table(project: Path, check: Check) -> None:
    (project / "pyproject.toml").write_text("[tool.hushflake]\nfed-by-files = true\n")
    assert check().returncode == 2


def test_an_entry_of_a_dictionary_counts_in_a_file_that_does_not_parse() -> None:
    from hushflake.lint_plugin.engine import Checker
    from hushflake.lint_plugin.registry import selection
    from hushflake.lint_plugin.settings import Settings

    source = (
        'def broken(:\nheaders = {\n    "Authorization": "Basic ' + "dXNlcjpodW50" + 'ZXIy",\n}\n'
    )
    result = Checker(Settings(root="/p"), selection(select=["HSF301"])).check_bytes(
        source.encode(), "/p/client.py"
    )
    assert [(found.line, found.column) for found in result.findings] == [(3, 22)]
