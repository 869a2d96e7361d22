"""`inventory --check`: each disagreement between code, declaration and the files around it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.cli.main import main

TABLE = """\
[tool.hushflake.keys]
DATABASE_URL = {type = "url", secret = true, deprecated-aliases = ["PG_URL"]}
PORT = {type = "int", default = 8000}
LEVEL = {choices = ["debug", "info"], required = false}
OLD = {deprecated = "nothing reads it"}
"APP_*" = "str"
"""
# Every declared key is read, as it is declared.
CODE = """\
import os
url = os.environ["DATABASE_URL"]
port = int(os.getenv("PORT", "8000"))
level = os.getenv("LEVEL", "info")
name = os.environ[f"APP_{kind}"]
"""
Capture = pytest.CaptureFixture[str]
# What is added to the code or put into a file -> the problems, each `place: code key`.
CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "agreement": ("", {}, []),
    "undeclared": ("os.getenv('NEW')", {}, ["app.py:6:1: undeclared 'NEW'"]),
    "undeclared, through a constant": (
        "KEY = 'NEW'\nos.getenv(KEY)",
        {},
        ["app.py:7:1: undeclared 'NEW'"],
    ),
    "undeclared, through the accessor": (
        "from hushflake.config import require_config_value as r\nr('NEW')",
        {},
        ["app.py:7:1: undeclared 'NEW'"],
    ),
    "undeclared, computed": (
        "os.getenv('MY_' + x)",
        {},
        ["app.py:6:1: undeclared 'MY_*'"],
    ),
    "covered, computed": ("os.getenv('APP_%s_URL' % x)", {}, []),
    "tests need no declaration": ("", {"tests/test_a.py": "import os\nos.environ['NEW']\n"}, []),
    "platform keys need none": ("os.getenv('HOME')", {}, []),
    "alias": ("os.getenv('PG_URL')", {}, ["app.py:6:1: deprecated 'PG_URL'"]),
    "deprecated": ("os.getenv('OLD')", {}, ["app.py:6:1: deprecated 'OLD'"]),
    "default": ("os.getenv('PORT', '1')", {}, [
        "app.py:3:12: defaults-differ 'PORT'",
        "app.py:6:1: default-differs 'PORT'",
    ]),
    "equal default": ("os.getenv('PORT', 8000)", {}, ["app.py:3:12: defaults-differ 'PORT'"]),
    "no choice": ("os.getenv('LEVEL', 'loud')", {}, [
        "app.py:4:9: defaults-differ 'LEVEL'",
        "app.py:6:1: default-differs 'LEVEL'",
    ]),
    "type": ("os.getenv('PORT').split(',')", {}, ["app.py:6:1: type-differs 'PORT'"]),
    "text of any type": ("print(os.getenv('PORT'))", {}, []),
    "required with a default": (
        "os.getenv('DATABASE_URL', '')",
        {},
        ["app.py:6:1: required-differs 'DATABASE_URL'"],
    ),
    "optional, read as required": (
        "os.environ['LEVEL']",
        {},
        ["app.py:6:1: required-differs 'LEVEL'"],
    ),
    "template": ("", {".env.example": "DATABASE_URL=\nPORT=1\n"}, []),
    "template, unknown": (
        "",
        {".env.example": "DATABASE_URL=\nOTHER=\n"},
        [".env.example:2:1: template-unknown 'OTHER'"],
    ),
    "template, missing": (
        "",
        {".env.example": "PORT=1\n"},
        ["pyproject.toml:2:1: template-missing 'DATABASE_URL'"],
    ),
    "template, alias": (
        "",
        {".env.example": "DATABASE_URL=\nPG_URL=\n"},
        [".env.example:2:1: deprecated 'PG_URL'"],
    ),
    "a .env file is the user's own": ("", {".env": "OTHER=1\nPG_URL=x\n"}, []),
    "workflow, alias": (
        "",
        {".github/workflows/ci.yml": "jobs: {a: {env: {PG_URL: x}}}\n"},
        [".github/workflows/ci.yml:1:1: deprecated 'PG_URL'"],
    ),
    "compose, slip": (
        "",
        {"compose.yml": "services: {a: {environment: {DATABSE_URL: x, POSTGRES_DB: y}}}\n"},
        ["compose.yml:1:1: misspelt 'DATABSE_URL'"],
    ),
    "ESC, unknown": (
        "",
        {"esc/dev.yaml": "values:\n  environmentVariables:\n    PORT: '1'\n    OTHER: x\n"},
        ["esc/dev.yaml:4:1: template-unknown 'OTHER'"],
    ),
}  # fmt: skip


def project(folder: Path, more: str = "", table: str = TABLE, **files: str) -> Path:
    (folder / "pyproject.toml").write_text(table)
    (folder / "app.py").write_text(f"{CODE}{more}\n")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def problems(folder: Path, capsys: Capture) -> list[str]:
    code = main(["inventory", "--check", "--format", "json", str(folder)])
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.inventory-check/1"
    found = document["problems"]
    assert code == (1 if found else 0)
    assert document["summary"]["problems"] == len(found)
    return [f"{p['path']}:{p['line']}:{p['column']}: {p['code']} {p['key']!r}" for p in found]


@pytest.mark.parametrize("case", CASES)
def test_a_disagreement(tmp_path: Path, capsys: Capture, case: str) -> None:
    more, files, expected = CASES[case]
    assert problems(project(tmp_path, more, **files), capsys) == expected


def test_a_declared_key_that_nothing_reads(tmp_path: Path, capsys: Capture) -> None:
    table = f'{TABLE}GONE = "str"\n"GONE_*" = "str"\n'
    project(tmp_path, table=table)
    expected = ["pyproject.toml:7:1: unused 'GONE'", "pyproject.toml:8:1: unused 'GONE_*'"]
    assert problems(tmp_path, capsys) == expected
    # A table of names, and a read of each.
    project(tmp_path, "for key in ('GONE', 'X'):\n    os.environ[key]", table=table)
    assert problems(tmp_path, capsys) == ["app.py:7:5: undeclared 'X'", expected[1]]
    # A table of names, and a read of what cannot be known.
    project(tmp_path, "for key in chosen('GONE'):\n    os.environ[key]", table=table)
    assert problems(tmp_path, capsys) == []


def test_of_a_part_nothing_is_said_of_unused_keys(tmp_path: Path, capsys: Capture) -> None:
    project(tmp_path, table=f'{TABLE}GONE = "str"\n')
    assert main(["inventory", "--check", str(tmp_path / "app.py")]) == 0
    assert "unused keys are not reported" in capsys.readouterr().out


def test_templates_and_esc_definitions_declare_where_there_is_no_table(
    tmp_path: Path, capsys: Capture
) -> None:
    files = {
        ".env.example": "PORT=1\nLEVEL=\nAPP_=\n",
        "esc.yaml": "values:\n  environmentVariables:\n    DATABASE_URL: {fn::secret: x}\n",
    }
    project(tmp_path, table="[project]\nname = 'a'\n", **files)
    assert problems(tmp_path, capsys) == [
        ".env.example:3:1: unused 'APP_'",
        "app.py:5:8: undeclared 'APP_*'",
    ]


def test_without_a_declaration_it_is_a_mistake(tmp_path: Path, capsys: Capture) -> None:
    project(tmp_path, table="")
    assert main(["inventory", "--check", str(tmp_path)]) == 2
    assert "inventory --format keys" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--format", "html"], ["-o", "x"]])
def test_it_prints_no_document(tmp_path: Path, options: list[str]) -> None:
    assert main(["inventory", "--check", *options, str(project(tmp_path))]) == 2


def test_no_value_of_a_secret_is_shown(tmp_path: Path, capsys: Capture) -> None:
    canary = "canary" + "7f3k9"
    more = f"os.getenv('DATABASE_URL', '{canary}')\nos.getenv('API_TOKEN', '{canary}')"
    project(tmp_path, more, **{".env.example": f"API_TOKEN={canary}\nOTHER={canary}\n"})
    for form in ("text", "json"):
        assert main(["inventory", "--check", "--format", form, str(tmp_path)]) == 1
        printed = capsys.readouterr()
        assert canary not in printed.out + printed.err
    assert main(["inventory", "--format", "keys", str(tmp_path)]) == 0
    assert canary not in capsys.readouterr().out


def test_the_written_table_agrees_with_the_code(tmp_path: Path, capsys: Capture) -> None:
    more = (
        "os.getenv('FLAG', 'true').lower() == 'true'\nos.getenv('DEL', 'a\\x7f\"b')\n"
        "float(os.getenv('RATE', '0.5'))\nos.getenv('PASSWORD', 'x')\nos.getenv('EMPTY', '')\n"
        "os.getenv('NAMES', 'a,b').split(',')\nos.getenv('odd name')\n"
    )
    project(tmp_path, more, table="")
    assert main(["inventory", "--format", "keys", str(tmp_path)]) == 0
    table = capsys.readouterr().out
    (tmp_path / "pyproject.toml").write_text(table)
    assert problems(tmp_path, capsys) == ["app.py:12:1: undeclared 'odd name'"]
    for line in (
        'DATABASE_URL = {type = "str", secret = true}',
        'PORT = {type = "int", default = 8000}',
        'FLAG = {type = "bool", default = true}',
        'PASSWORD = {type = "str", secret = true, required = false}',
        '"APP_*" = {}',
    ):
        assert line in table.splitlines()


def test_a_declared_secrecy_counts_more_than_the_name(tmp_path: Path, capsys: Capture) -> None:
    table = "[tool.hushflake.keys]\nTOKEN_PATH_KEY = {secret = false}\nPLAIN = {secret = true}\n"
    (tmp_path / "pyproject.toml").write_text(table)
    (tmp_path / "app.py").write_text("import os\nos.getenv('TOKEN_PATH_KEY'); os.getenv('PLAIN')\n")
    main(["inventory", "--format", "json", str(tmp_path)])
    found = {key["key"]: key["secret"] for key in json.loads(capsys.readouterr().out)["keys"]}
    assert found == {"TOKEN_PATH_KEY": False, "PLAIN": True}


def test_flake8_reports_an_undeclared_key(tmp_path: Path) -> None:
    project(tmp_path, "os.getenv('NEW')")
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "HSF107", "app.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout == (
        "app.py:6:1: HSF107 'NEW' is not declared in [tool.hushflake.keys]: declare it\n"
    )
