"""What commands print fits terminals of 60 to 200 columns, and breaks no word."""

import re
import subprocess
from pathlib import Path

import pytest
from terminals import HUSHFLAKE, on_a_terminal

from hushflake.terminal.width import cells

SOURCE = """
import os
from dotenv import load_dotenv
load_dotenv()
DATABASE_URL = os.environ["DATABASE_URL_OF_THE_PRIMARY"]
LEVEL = os.getenv("LOG_LEVEL", "a default value that is longer than what a column shows of it")
TIMEOUT = int(os.getenv("UPSTREAM_TIMEOUT_SECONDS", "30"))
everything = dict(os.environ)
"""
LINES = [
    ["--help"],
    ["dotenv", "retire", "--help"],
    ["check"],
    ["codemod"],
    ["codemod", "--list"],
    ["inventory"],
    ["clean"],
    ["dotenv", "retire"],
    ["config", "doctor"],
    ["rule"],
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("widths")
    (root / "application").mkdir()
    for name in ("settings.py", "connections_to_other_services.py"):
        (root / "application" / name).write_text(SOURCE, encoding="utf-8")
    (root / ".env").write_text("DATABASE_URL_OF_THE_PRIMARY=x\nLOG_LEVEL=INFO\n", encoding="utf-8")
    (root / "Dockerfile").write_text("FROM x\nENV LOG_LEVEL=INFO\n", encoding="utf-8")
    (root / "compose.yaml").write_text(
        "services: {web: {environment: {LOG_LEVEL: a, UPSTREAM_TIMEOUT_SECONDS: '3'}}}\n", "utf-8"
    )
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"x" * 5000)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


@pytest.mark.git
@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_lines_fit_and_words_stay_whole(words: list[str], project: Path) -> None:
    plain = {"NO_COLOR": "1", "TERM": "dumb"}
    piped = subprocess.run([HUSHFLAKE, *words], cwd=project, capture_output=True, text=True).stdout
    whole = set(re.findall(r"\S+", piped))
    for columns in (60, 80, 200):
        shown = on_a_terminal(*words, folder=project, columns=columns, environment=plain)
        for line in shown.splitlines():
            # A command that is copied stays one line.
            free = len(line.split()) == 1 or line.startswith("  hushflake ")
            assert cells(line) <= columns or free, (columns, line)
        if words == ["check"]:
            continue  # stands in groups on a terminal
        broken = {
            word
            for word in re.findall(r"\S+", shown)
            # How long it took differs from run to run.
            if word not in whole and "…" not in word and not word.lstrip("(")[:1].isdigit()
        }
        assert not {word for word in broken if any(word != w and w.startswith(word) for w in whole)}
