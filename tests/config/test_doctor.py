"""`config doctor` and `config list` look at the keys that the code of the repository reads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main

# A bike rental: no AI, no Snowflake.
CODE = """
import os
from hushflake.config import get_config_value, require_config_value

DATABASE_URL = require_config_value("DATABASE_URL")
LOCK_API = os.environ["LOCK_API_URL"]
CITY = get_config_value("CITY", "Kiel")
DEBUG = os.getenv("DEBUG")
HOME = os.environ["HOME"]


def flag(name):
    return os.environ["FLAG_" + name]
"""


@pytest.fixture
def velo(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n")
    (tmp_path / "velo").mkdir()
    (tmp_path / "velo" / "app.py").write_text(CODE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_app.py").write_text("import os\nA = os.environ['ONLY_IN_TESTS']\n")
    return tmp_path


def doctor(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = main(["config", "doctor", *more])
    return code, capsys.readouterr().out


def test_what_the_code_requires_and_nothing_else(
    velo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "LOCK_API_URL", "OPENAI_API_KEY", "SNOWFLAKE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    code, out = doctor(capsys)
    assert code == 1
    lines = out.splitlines()
    assert "✗ 2/4 keys of the code have a source or a default" in lines
    assert "    velo/app.py:5:16: DATABASE_URL: required, and in no source" in lines
    assert "    velo/app.py:6:12: LOCK_API_URL: required, and in no source" in lines
    assert "velo/app.py:13:12: a key that is worked out at run time" in out
    for unused in ("OPENAI", "SNOWFLAKE", "services", "secrets", "ONLY_IN_TESTS"):
        assert unused not in out
    monkeypatch.setenv("DATABASE_URL", "canary-url")
    monkeypatch.setenv("LOCK_API_URL", "canary-api")
    code, out = doctor(capsys)
    assert code == 0
    assert "✓ 4/4 keys of the code have a source or a default" in out
    document = json.loads(doctor(capsys, "--format", "json")[1])
    assert {"key": "CITY", "source": "default", "place": "velo/app.py:7:8", "required": False,
            "secret": False, "problem": ""} in document["keys"]  # fmt: skip
    assert "canary" not in out + json.dumps(document)


def test_a_env_file_that_the_code_loads_itself_is_a_source_in_development(
    velo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a migration leaves it that keeps the .env file: everything has a value."""
    for name in ("DATABASE_URL", "LOCK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    (velo / ".env").write_text("DATABASE_URL=canary-url\nexport LOCK_API_URL='canary-api'\n")
    monkeypatch.setenv("HUSHFLAKE_MODE", "development")
    code, out = doctor(capsys)
    assert code == 1
    assert "it is not read" in out, "nothing loads it"
    (velo / "tests" / "conftest.py").write_text("from dotenv import load_dotenv\nload_dotenv()\n")
    assert doctor(capsys)[0] == 1, "a test loads for itself alone"
    (velo / "velo" / "start.py").write_text("import dotenv\n\ndotenv.load_dotenv()\n")
    code, out = doctor(capsys)
    assert code == 0
    assert "✓ 4/4 keys of the code have a source or a default" in out
    assert ".env: a .env file; the code loads it itself (velo/start.py:3:1)" in out
    document = json.loads(doctor(capsys, "--format", "json")[1])
    sources = {key["key"]: key["source"] for key in document["keys"]}
    assert sources["DATABASE_URL"] == sources["LOCK_API_URL"] == ".env"
    assert main(["config", "list"]) == 0
    assert "DATABASE_URL  .env" in capsys.readouterr().out
    assert "canary" not in out + json.dumps(document)
    monkeypatch.setenv("HUSHFLAKE_MODE", "production")
    code, out = doctor(capsys)
    assert code == 1
    assert "refuses to start" in out


def test_a_service_class_is_checked_where_the_code_uses_it(
    velo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "x")
    monkeypatch.setenv("LOCK_API_URL", "x")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (velo / "tests" / "test_ai.py").write_text(
        "from hushflake.config import AIConfig\nAIConfig.load()\n"
    )
    assert doctor(capsys)[0] == 0
    (velo / "velo" / "ai.py").write_text(
        "from hushflake.config import AIConfig as Settings\nai = Settings.load()\n"
    )
    code, out = doctor(capsys)
    assert code == 1
    assert "    AIConfig: OPENAI_API_KEY is missing" in out
    assert "DataConfig" not in out


def test_a_source_that_fails_is_the_finding_of_its_keys(
    velo: Path, prod: FakeEsc, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUSHFLAKE_ESC", "acme/shop/prod")
    prod.fault(status=401, times=99)
    code, out = doctor(capsys)
    assert code == 1
    assert "velo/app.py:5:16: DATABASE_URL: cannot be looked up: Pulumi ESC" in " ".join(
        out.split()
    )


@pytest.mark.parametrize(
    ("mode", "section", "meaning"),
    [
        ("production", "", "refuses to start: set HUSHFLAKE_MODE=development"),
        ("development", "", 'it is not read: say dotenv=".env"'),
        ("development", '[tool.hushflake.config]\ndotenv = ".env"\n', "it is read, below the"),
        ("test", "", "test mode ignores it"),
    ],
)
def test_what_an_env_file_means(
    velo: Path, capsys: pytest.CaptureFixture[str], mode: str, section: str, meaning: str
) -> None:
    (velo / "pyproject.toml").write_text("[tool.hushflake]\n" + section)
    (velo / ".env").write_text("DATABASE_URL=canary-file\n")
    out = " ".join(doctor(capsys, "--mode", mode)[1].split())
    assert f"{velo}/.env: a .env file" in out
    assert meaning in out
    assert "canary" not in out


def test_no_keys_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app.py").write_text("print('hello')\n")
    code, out = doctor(capsys)
    assert code == 0
    assert "the code here reads no configuration key" in out
    assert main(["config", "list"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("The code here reads no configuration key")


def test_list_shows_the_keys_of_the_code(
    velo: Path, prod: FakeEsc, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUSHFLAKE_ESC", "acme/shop/prod")
    monkeypatch.setenv("LOCK_API_URL", "canary")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["config", "list"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["CITY", "default", "velo/app.py:7:8"] in rows
    assert ["DATABASE_URL", "none", "secret", "velo/app.py:5:16"] in rows
    assert ["LOCK_API_URL", "environment", "velo/app.py:6:12"] in rows
    assert ["ONLY_ESC", "esc"] in rows
    assert main(["config", "list", "--format", "json"]) == 0
    names = json.loads(capsys.readouterr().out)["names"]
    assert {"key": "DATABASE_URL", "source": None, "secret": True, "place": "velo/app.py:5:16",
            "problem": "required, and in no source"} in names  # fmt: skip


def test_the_base_install_suffices(velo: Path) -> None:
    """Nothing but click is imported by `doctor` and `list`."""
    program = (
        "import sys\n"
        "for name in ('yaml', 'libcst', 'jinja2', 'sqlglot', 'rich', 'keyring'):\n"
        "    sys.modules[name] = None\n"
        "from hushflake.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    for words, code in ((["doctor"], 1), (["list"], 0)):
        done = subprocess.run(
            [sys.executable, "-c", program, "config", *words],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "DATABASE_URL" in done.stdout


def test_reading_the_code_runs_nothing_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.hushflake]\naccessor = "app"\n')
    (tmp_path / "app.py").write_text("open('ran', 'w')\nimport os\nos.environ['NEEDED_KEY']\n")
    code, out = doctor(capsys)
    assert code == 1
    assert "app.py:3:1: NEEDED_KEY: required" in out
    assert not (tmp_path / "ran").exists()


KEYS = """\
[tool.hushflake.keys]
DATABASE_URL = {type = "url", deprecated-aliases = {PG_URL = 2099-01-31, OLD_URL = 2026-06-30}}
LOCK_API_URL = "url"
PORT = {type = "int", default = 8000}
CITY = {choices = ["Kiel", "Bonn"], default = "Kiel"}
"FLAG_*" = "bool"
"""


@pytest.fixture
def declared(velo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (velo / "pyproject.toml").write_text(KEYS)
    for name in ("DATABASE_URL", "PG_URL", "OLD_URL", "LOCK_API_URL", "PORT", "CITY"):
        monkeypatch.delenv(name, raising=False)
    return velo


@pytest.mark.parametrize(
    ("values", "told", "healthy"),
    [
        ({"DATABASE_URL": "https://a", "LOCK_API_URL": "https://b"}, ["✓ 4/4 declared keys"], True),
        ({}, ["✗ 2/4 declared keys are as declared"], False),
        (
            {"DATABASE_URL": "canary", "LOCK_API_URL": "https://b", "PORT": "canary"},
            ["    DATABASE_URL must be a URL with its scheme", "    PORT must be a whole number"],
            False,
        ),
        (
            {"PG_URL": "https://canary", "LOCK_API_URL": "https://b"},
            ["  DATABASE_URL is set as PG_URL, a deprecated name, until 2099-01-31"],
            True,
        ),
        (
            {"OLD_URL": "https://canary", "LOCK_API_URL": "https://b"},
            ["    DATABASE_URL is set as OLD_URL, a name that ended on 2026-06-30"],
            False,
        ),
        (
            {"DATABASE_URL": "https://a", "PG_URL": "https://canary", "LOCK_API_URL": "https://b"},
            ["✗ DATABASE_URL: PG_URL, its earlier name, has another value, which is not read"],
            False,
        ),
    ],
    ids=["good", "missing", "wrong", "renamed", "ended", "differing"],
)
def test_declared_keys_are_checked(
    declared: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    values: dict[str, str], told: list[str], healthy: bool,
) -> None:  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    code, out = doctor(capsys)
    assert code == (0 if healthy else 1)
    for line in told:
        assert any(each.startswith(line) for each in out.splitlines()), out
    document = json.loads(doctor(capsys, "--format", "json")[1])
    assert [each["key"] for each in document["declared"]] == [
        "DATABASE_URL", "LOCK_API_URL", "PORT", "CITY",
    ]  # fmt: skip
    assert "canary" not in out + json.dumps(document)
    # What the code misses is told once.
    assert out.count("LOCK_API_URL") <= 1


def test_copied_examples_demand_nothing_until_they_are_used(
    velo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATABASE_URL", "LOCK_API_URL"):
        monkeypatch.setenv(name, "x")
    assert main(["config", "init", "--services", "velo/services.py"]) == 0
    assert "velo/services.py: created" in capsys.readouterr().out
    (velo / "velo" / "__init__.py").write_text(
        "from .services import (\n    AIConfig,\n    DataConfig,\n)\n"
        "__all__ = [\n    'AIConfig',\n]\n"
    )
    assert doctor(capsys)[0] == 0
    (velo / "velo" / "start.py").write_text(
        "from .services import DataConfig\n\nclass Team(DataConfig):\n    extra: str = ''\n\n"
        "data = Team.load()\n"
    )
    code, out = doctor(capsys)
    assert code == 1
    assert "SNOWFLAKE_ACCOUNT: required, and in no source" in out
    assert "OPENAI_API_KEY" not in out
    # Again: nothing changes. Changed: it is somebody's.
    assert main(["config", "init", "--services", "velo/services.py"]) == 0
    assert "velo/services.py: unchanged" in capsys.readouterr().out
    (velo / "velo" / "services.py").write_text("mine = 1\n")
    before = (velo / "pyproject.toml").read_text()
    assert main(["config", "init", "--services", "velo/services.py", "--mode", "test"]) == 2
    assert "exists and says something else" in capsys.readouterr().err
    assert (velo / "pyproject.toml").read_text() == before


def test_the_copied_examples_are_the_shipped_ones(velo: Path) -> None:
    import runpy

    from hushflake.config.fields.examples import SHIPPED

    assert main(["config", "init", "--services", "velo/services.py"]) == 0
    module = velo / "velo" / "services.py"
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check"], ["check", "--select", "E,F,I,UP"]):
        done = subprocess.run([*ruff, *command, "--line-length", "100", str(module)], cwd=velo)
        assert done.returncode == 0
    copied = runpy.run_path(str(module))
    for shipped in SHIPPED:
        mine = copied[shipped.__name__].fields()
        assert [(each.name, each.declared) for each in mine] == [
            (each.name, each.declared) for each in shipped.fields()
        ]
    for path in ("../outside.py", "velo/services.txt"):
        assert main(["config", "init", "--services", path]) == 2


def test_an_accessor_below_another_import_root(
    velo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "u")
    monkeypatch.setenv("LOCK_API_URL", "u")
    (velo / "backend/app/core").mkdir(parents=True)
    (velo / "backend/app/main.py").write_text("from app.core import other\n")
    (velo / "backend/app/core/other.py").write_text("")
    assert main(["config", "init", "backend/app/core/access.py"]) == 0
    assert 'accessor = "app.core.access"' in (velo / "pyproject.toml").read_text()
    capsys.readouterr()
    assert doctor(capsys)[0] == 0
    (velo / "backend/app/core/access.py").unlink()
    code, out = doctor(capsys)
    assert (code, "accessor app.core.access: no such module" in out) == (1, True)
