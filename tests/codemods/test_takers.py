"""What other files take from a module stays in it: a project runs before and after."""

import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.codemods.takers import taken

BASE = "import os\n\nSECRET = os.getenv('HOME_OF_A')\n"
PROJECTS = {
    "star import": {
        "pkg/base.py": BASE,
        "main.py": "from pkg.base import *\nprint(os.path.join('a', 'b'), SECRET)\n",
    },
    "from import": {
        "base.py": "from os import environ\n\nA = 'A' in environ\n",
        "main.py": "from base import (\n    A,\n    environ,\n)\nprint(A, len(environ) > 0)\n",
    },
    "package": {
        "pkg/__init__.py": BASE,
        "main.py": "import pkg\nprint(pkg.__dict__['os'].sep)\n",
    },
    "attribute": {
        "base.py": BASE,
        "main.py": "import base\nprint(base.os.sep)\n",
    },
    "patched": {
        "base.py": BASE,
        "main.py": "from unittest import mock\nwith mock.patch('base.os.sep', 1):\n    print(1)\n",
    },
    "alias": {
        "base.py": "import os as system\n\nA = system.getenv('A')\n",
        "main.py": "from base import A, system\nprint(A, system.sep)\n",
    },
}  # fmt: skip


def printed(folder: Path) -> str:
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr.replace(root, "")


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_prints_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path, text in PROJECTS[name].items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    before = printed(tmp_path)
    assert "Traceback" not in before
    assert main(["codemod", "--write"]) == 0
    assert any("config_value" in path.read_text() for path in tmp_path.rglob("*.py"))
    assert printed(tmp_path) == before
    assert main(["codemod", "--check"]) == 0


def test_what_nobody_takes_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.py").write_text(BASE)
    (tmp_path / "main.py").write_text("from base import SECRET\nimport os\nprint(os.sep)\n")
    main(["codemod", "--write"])
    assert "import os" not in (tmp_path / "base.py").read_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from a.b import c, os", {("b", "os")}),
        ("from .b import (  # why\n    c,\n    os as o,\n)", {("b", "os")}),
        ("try:\n    from . import os\nexcept ImportError: pass", {("", "os")}),
        ("from .b import*", {("b", "*")}),
        ("from b import c\nimport os\n", set()),
        ("x = 'a' + c.b.os.path.sep", {("b", "os")}),
        ("import posix, osgeo; a = b.oser", set()),
    ],
)
def test_what_is_taken(text: str, found: set[tuple[str, str]]) -> None:
    assert taken(text.encode()) == found
