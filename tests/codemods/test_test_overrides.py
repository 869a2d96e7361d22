"""`--only test_overrides`: suites pass before and after, and what makes a difference is left."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from hushflake.cli.main import main
from tests.fakes.bounded import cpu_within
from tests.fakes.wheels import build_wheel

ROOT = Path(__file__).parents[2]
APP = """
import os
from hushflake.config import get_config_value, require_config_value

def url(): return require_config_value("SHOP_URL")
def level(): return get_config_value("SHOP_LEVEL", "info")
def color(): return get_config_value("SHOP_COLOR")
def direct(): return os.environ["SHOP_DIRECT"]
"""
TESTS = """
import os
import threading
import unittest
from unittest import mock
from unittest.mock import patch

import pytest

from shop import settings

os.environ["SHOP_COLOR"] = "red"


@pytest.fixture
def url(monkeypatch):
    monkeypatch.setenv("SHOP_URL", "of the fixture")
    yield settings.url()


def test_fixture(url):
    assert url == settings.url() == "of the fixture"


@pytest.mark.parametrize("value", ["a", 1])
def test_monkeypatch(monkeypatch, value):
    with pytest.raises(KeyError):
        settings.url()
    monkeypatch.setenv("SHOP_URL", value)
    monkeypatch.delenv("SHOP_LEVEL", raising=False)
    assert (settings.url(), settings.level()) == (str(value), "info")


@mock.patch.dict(os.environ, {"SHOP_URL": "decorated", "SHOP_LEVEL": "debug"})
def test_decorator():
    with patch.dict("os.environ", SHOP_LEVEL="warning"):
        seen = []
        thread = threading.Thread(target=lambda: seen.append(settings.level()))
        thread.start()
        thread.join()
        assert seen == [settings.level()] == ["warning"]
    assert (settings.url(), settings.level()) == ("decorated", "debug")


@mock.patch("shop.settings.direct", return_value="mocked")
@patch.dict(os.environ, {"SHOP_URL": "between"})
@mock.patch("shop.settings.color", return_value="blue")
def test_between(color, direct):
    assert (settings.url(), color(), settings.direct()) == ("between", "blue", "mocked")


def test_finally():
    os.environ["SHOP_LEVEL"] = "x"
    try:
        assert settings.level() == "x"
    finally:
        os.environ.pop("SHOP_LEVEL", None)
    assert settings.level() == "info"


def test_direct(monkeypatch):
    monkeypatch.setenv("SHOP_DIRECT", "1")
    assert settings.direct() == "1"


class Case(unittest.TestCase):
    def setUp(self):
        os.environ["SHOP_URL"] = "set up"

    def tearDown(self):
        del os.environ["SHOP_URL"]

    def test_it(self):
        self.assertEqual(settings.url(), "set up")

    def test_color(self):
        self.assertEqual(settings.color(), "red")


def test_ends():
    with pytest.raises(KeyError):
        settings.url()
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def passed(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(folder)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return (done.stdout + done.stderr).split(" in ")[0]


def test_a_suite_passes_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"shop/__init__.py": "", "shop/settings.py": APP, "pyproject.toml": ""})
    write(tmp_path, {"tests/__init__.py": "", "tests/test_shop.py": TESTS})
    suites = [("pytest", "-q", "-W", "ignore", "tests"), ("unittest", "-q", "tests.test_shop")]
    before = [passed(tmp_path, *suite) for suite in suites]
    assert main(["codemod", "--only", "test_overrides", "--write", "--format", "json"]) == 0
    edits = json.loads(capsys.readouterr().out)["edits"]
    assert [(edit["key"], edit["reason"]) for edit in edits if edit["action"] == "left"] == [
        ("SHOP_DIRECT", "override-elsewhere")
    ]
    assert sum(edit["action"] == "rewritten" for edit in edits) == 11
    after = (tmp_path / "tests" / "test_shop.py").read_text()
    assert "environ" not in after.replace('"os.environ"', "")
    assert [passed(tmp_path, *suite) for suite in suites] == before
    assert main(["codemod", "--only", "test_overrides", "--check"]) == 0


SETENV = "def test_it(monkeypatch):\n    monkeypatch.setenv('SHOP_URL', 'x')\n"
READ = (
    "from hushflake.config import get_config_value\n"
    "def url(): return get_config_value('SHOP_URL')\n"
)
LEFT: dict[str, tuple[str, dict[str, str]]] = {
    "nobody reads it": ("override-not-read", {"app.py": "X = 1\n"}),
    "it is read directly": (
        "override-elsewhere",
        {"app.py": READ, "other.py": "import os\ndef f(): return os.getenv('SHOP_URL')\n"},
    ),
    "a test reads it": (
        "override-elsewhere",
        {"app.py": READ, "tests/test_b.py": "import os\nassert os.environ['SHOP_URL']\n"},
    ),
    "it is named elsewhere": (
        "override-elsewhere",
        {"app.py": READ, "cli.py": "import click\nclick.option('--url', envvar='SHOP_URL')\n"},
    ),
    "pydantic may read it": (
        "override-elsewhere",
        {
            "app.py": READ,
            "models.py": "from pydantic_settings import BaseSettings\n"
            "class Shop(BaseSettings):\n    url: str\n",
        },
    ),
    "a library of that name": ("override-library", {"app.py": f"import shop\n{READ}"}),
    "the test starts a process": (
        "override-process",
        {"app.py": READ, "tests/test_a.py": f"import subprocess\n{SETENV}"},
    ),
    "the test imports what does": (
        "override-process",
        {
            "pkg/run.py": f"import subprocess\n{READ}",
            "tests/test_a.py": f"from pkg import run\n{SETENV}",
        },
    ),
    "the conftest imports what does": (
        "override-process",
        {
            "pkg/run.py": f"import subprocess\n{READ}",
            "tests/conftest.py": "import pkg.run\n",
        },
    ),
    "the test imports what copies the environment": (
        "override-process",
        {
            "pkg/run.py": f"import os\n{READ}def env(): return dict(os.environ)\n",
            "tests/test_a.py": f"from pkg.run import env\n{SETENV}",
        },
    ),
    "another test goes on setting it": (
        "override-kept",
        {"app.py": READ, "tests/test_b.py": "import os\nos.environ.setdefault('SHOP_URL', 'y')\n"},
    ),
    "the accessor is of another kind": (
        "override-accessor",
        {
            "conf.py": "def get_config_value(key, default=None): ...\n",
            "app.py": READ.replace("hushflake.config", "conf"),
            "pyproject.toml": "[tool.hushflake]\naccessor = 'conf'\n",
        },
    ),
    "the file runs before": (
        "bootstrap",
        {"app.py": READ, "pyproject.toml": "[tool.hushflake]\nbootstrap = ['test_a.py']\n"},
    ),
    "keys are being renamed": (
        "override-elsewhere",
        {"app.py": READ, "pyproject.toml": "[tool.hushflake]\nkey-style = 'snake'\n"},
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_makes_a_difference_is_left(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    reason, files = LEFT[name]
    write(tmp_path, {"tests/test_a.py": SETENV, "pyproject.toml": "", **files})
    assert main(["codemod", "--only", "test_overrides", "--write", "--format", "json"]) == 0
    edits = json.loads(capsys.readouterr().out)["edits"]
    found = {edit["reason"] for edit in edits if edit["path"].endswith("test_a.py")}
    assert found == {reason}
    assert "monkeypatch.setenv" in (tmp_path / "tests" / "test_a.py").read_text()


def test_an_accessor_module_of_the_project_is_not_where_overrides_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "conf.py": "from hushflake.config import get_config_value\n",
        "app.py": READ.replace("hushflake.config", "conf"),
        "pyproject.toml": "[tool.hushflake]\naccessor = 'conf'\n",
        "tests/test_a.py": f"from conf import get_config_value\n{SETENV}",
    }
    write(tmp_path, files)
    assert main(["codemod", "--only", "test_overrides", "--write"]) == 0
    after = (tmp_path / "tests" / "test_a.py").read_text()
    assert "from hushflake.config import set_config_override\n" in after
    assert "from conf import get_config_value\n" in after


def test_a_write_of_a_test_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path, dict.fromkeys(("app.py", "tests/test_a.py"), "import os\nos.environ['A'] = 'x'\n")
    )
    assert main(["codemod", "--format", "json"]) == 0
    edits = json.loads(capsys.readouterr().out)["edits"]
    assert [edit["reason"] for edit in edits] == ["write", "test-override"]


@pytest.mark.parametrize(
    "test",
    [
        "def test_{}():\n    os.environ['SHOP_URL'] = 'x'\n    del os.environ['SHOP_URL']\n",
        "if {}: os.environ['SHOP_URL'] = 'x'\n",
        "def test_{}():\n    with mock.patch.dict(os.environ, SHOP_URL='x'): ...\n",
    ],
)
def test_a_file_of_many_overrides_takes_a_time_that_grows_with_it(
    test: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    many = "import os\nfrom unittest import mock\n" + "".join(map(test.format, range(2_000)))
    write(tmp_path, {"app.py": READ, "pyproject.toml": "", "tests/test_a.py": many})
    with cpu_within(20):
        assert main(["codemod", "--only", "test_overrides", "--write"]) == 0
    assert "config_override" in (tmp_path / "tests" / "test_a.py").read_text()


# https://pypi.org/project/cookiecutter/: reads COOKIECUTTER_CONFIG, and sets it in a test.
_RELEASE = "cookiecutter==2.7.1"
_SHA256 = "ca7bb7bc8c6ff441fbf53921b5537668000e38d56e28d763a1b73975c66c6138"


@pytest.mark.slow
def test_the_suite_of_a_release_passes_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*line: str | Path) -> str:
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
        return done.stdout

    run(sys.executable, "-m", "venv", tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "download", "--no-deps", "--no-binary", ":all:", _RELEASE)
    (archive,) = tmp_path.glob("*.tar.gz")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == _SHA256
    wheel = build_wheel(tmp_path)
    run(*pip, "install", archive, wheel, "pytest", "pytest-mock", "freezegun")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    tree = tmp_path / archive.name.removesuffix(".tar.gz")
    suite = (
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
        tree / "tests",
    )

    def outcome() -> str:
        monkeypatch.chdir(tree)
        done = subprocess.run(suite, cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3_000:]
        return done.stdout.rpartition("\n")[0].rpartition("\n")[2].split(" in ")[0]

    monkeypatch.chdir(tree)
    before = outcome()
    assert "passed" in before
    assert main(["codemod", "--write"]) == 0
    assert outcome() == before
    capsys.readouterr()
    assert main(["codemod", "--only", "test_overrides", "--write", "--format", "json"]) == 0
    edits = json.loads(capsys.readouterr().out)["edits"]
    done = [edit["key"] for edit in edits if edit["action"] == "rewritten"]
    assert done == ["COOKIECUTTER_CONFIG"]
    assert outcome() == before
