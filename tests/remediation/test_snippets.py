"""The commands and snippets of the pages on check, codemod and remediation work as printed."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main

from .conftest import GitRepository
from .esc_project import ENVIRONMENT

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
DOCS = Path(__file__).parents[2] / "docs"
APP = """\
import os

from dotenv import load_dotenv

load_dotenv()
GREETING = os.getenv("GREETING")
"""
REWRITTEN = 'from hushflake.config import get_config_value\nget_config_value("GREETING")\n'
RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
TEST = "from shop import app\n\ndef test_a():\n    assert app.GREETING == 'hello'\n"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


SESSIONS = [
    pytest.param(
        block,
        marks=[pytest.mark.slow] if "--try" in block else [],
        id=f"{page}, {number}",
    )
    for page in ("codemod.md", "remediation.md", "env-files.md")
    for number, block in enumerate(blocks(page, "console"), start=1)
]


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", running.url)
        running.save(ENVIRONMENT, "values: {}\n")
        yield running


def commands(block: str) -> Iterator[list[str]]:
    for line in block.splitlines():
        if line.startswith("$ "):
            program, *arguments = shlex.split(line[2:], comments=True)
            assert program == "hushflake"
            yield arguments


@pytest.mark.usefixtures("esc")
@pytest.mark.parametrize("block", SESSIONS)
def test_a_session(
    make_repository: Callable[[str], GitRepository], monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.setenv("HUSHFLAKE_MODE", "development")
    lines = list(commands(block))
    assert lines
    for number, arguments in enumerate(lines):
        # Each migration is an alternative to the others; all else goes on from what came before.
        if number == 0 or arguments[0] == "migrate":
            shop = make_repository(f"shop-{number}")
            shop.write("src/tool.py", "X = 1\n")
            shop.write("CODEOWNERS", "* @org/shop\n")
            shop.write("conftest.py", "")
            shop.write("shop/__init__.py", "")
            shop.write("shop/app.py", APP)
            shop.write("tests/test_a.py", TEST)
            shop.write("requirements.txt", "python-dotenv\n")
            shop.write(".gitignore", ".env\n__pycache__/\n")
            if arguments[0] == "dotenv":
                # Keys go where the code reads the store.
                shop.write("pyproject.toml", f'[tool.hushflake.config]\nesc = "{ENVIRONMENT}"\n')
                shop.write("shop/app.py", REWRITTEN)
            shop.git("add", ".")
            shop.git("commit", "--quiet", "--message", "Shop")
            shop.write(".env", "GREETING=hello\n")
            monkeypatch.chdir(shop.folder)
        if arguments[0] == "migrate":
            arguments += ["--yes", "--python", sys.executable]
        if "purge" in arguments:
            arguments.append("--yes")
        arguments = [RECIPIENT if word == "age1…" else word for word in arguments]
        assert main(arguments) == 0, arguments


def test_the_pragma_that_the_page_shows(tmp_path: Path, capsys: Capture) -> None:
    (snippet,) = (block for block in blocks("check.md", "python") if "ignore[" in block)
    path = tmp_path / "invoice.py"
    path.write_text(snippet)
    assert main(["check", str(path)]) == 0
    assert "HSF" not in capsys.readouterr().out
    path.write_text(snippet.partition("  #")[0] + "\n")
    assert main(["check", str(path)]) == 1
    assert "HSF301" in capsys.readouterr().out
