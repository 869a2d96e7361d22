"""What other files take from a module stays in it: a project runs before and after."""

import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.codemods.replacing import replaced
from hushflake.codemods.takers import taken
from tests.fakes.bounded import cpu_within

BASE = "import os\n\nSECRET = os.getenv('HOME_OF_A')\n"
PROJECTS = {
    "star import": {
        "pkg/base.py": BASE,
        "main.py": "from pkg.base import *\nprint(os.path.join('a', 'b'), SECRET)\n",
    },
    "star import that another takes from": {
        "pkg/__init__.py": "",
        "pkg/base.py": BASE,
        "pkg/local.py": "from .base import *\n",
        "pkg/again.py": "from pkg.local import *\n",
        "main.py": "from pkg import again as a\nprint(a.os.sep, a.SECRET)\n",
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
    "module alias": {
        "base.py": BASE,
        "main.py": "import base as settings\nprint(settings.os.sep)\n",
    },
    "patched object": {
        "pkg/base.py": BASE,
        "main.py": (
            "from unittest import mock\nfrom pkg import base as b\n"
            "with mock.patch.object(b, 'os'):\n    print(1)\n"
        ),
    },
    "continued line": {
        "base.py": BASE,
        "main.py": "from base \\\n    import SECRET, \\\n    os\nprint(os.sep)\n",
    },
    "spelt in full width": {
        "base.py": BASE,
        "main.py": "from base import \uff4f\uff53\nprint(os.sep)\n",
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


OWN = "def get_config_value(key): return 'mine'\n"
SETTINGS = "import os\nSECRET = os.getenv('HOME_OF_A')\n"
LEAKS = {
    "a function above the star": {
        "settings.py": SETTINGS,
        "main.py": f"{OWN}from settings import *\nprint(SECRET, get_config_value('x'))\n",
    },
    "a function from another star": {
        "settings.py": SETTINGS,
        "helpers.py": OWN,
        "main.py": "from helpers import *\nfrom settings import *\nprint(get_config_value('x'))\n",
    },
    "passed on": {
        "settings.py": SETTINGS,
        "helpers.py": OWN,
        "both.py": "from helpers import *\nfrom settings import *\n",
        "main.py": "from both import get_config_value\nprint(get_config_value('x'))\n",
    },
    "a star of a star": {
        "pkg/settings.py": SETTINGS,
        "pkg/__init__.py": "from .settings import *\n",
        "main.py": f"{OWN}if True:\n    from pkg import *\nprint(get_config_value('x'))\n",
    },
    "a package": {
        "pkg/__init__.py": SETTINGS,
        "main.py": f"{OWN}from pkg import *\nprint(get_config_value('x'))\n",
    },
}


@pytest.mark.parametrize("name", LEAKS)
def test_no_name_of_the_accessor_leaks_into_another_module(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path, text in LEAKS[name].items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    before = printed(tmp_path)
    assert "mine" in before
    assert main(["codemod", "--write"]) == 0
    (rewritten,) = [p for p in tmp_path.rglob("*.py") if "HOME_OF_A" in p.read_text()]
    assert "import get_config_value as _get_config_value" in rewritten.read_text()
    assert printed(tmp_path) == before
    assert main(["codemod", "--check"]) == 0


def test_without_a_clash_the_name_stays_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "listed.py").write_text(f"{SETTINGS}__all__ = ['SECRET']\n")
    (tmp_path / "other.py").write_text(OWN)
    # What it names is the accessor's own.
    (tmp_path / "main.py").write_text(
        "from hushflake.config import get_config_value\nfrom settings import *\n"
        "from listed import *\nprint(get_config_value('x'), SECRET)\n"
    )
    assert main(["codemod", "--write", "listed.py"]) == 0
    (tmp_path / "other.py").unlink()
    assert main(["codemod", "--write", "settings.py"]) == 0
    assert " as " not in (tmp_path / "settings.py").read_text()
    assert " as " not in (tmp_path / "listed.py").read_text()


def test_other_files_are_asked_when_some_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("src/base.py", "src/other.py", "tests/lone.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(BASE)
    (tmp_path / "tests" / "test_base.py").write_text("from base import os\n")
    (tmp_path / "pyproject.toml").touch()
    assert main(["codemod", "--write", "src/base.py"]) == 0
    assert "import os" in (tmp_path / "src" / "base.py").read_text()
    assert main(["codemod", "--write", "src"]) == 0
    assert "import os" in (tmp_path / "src" / "base.py").read_text()
    assert "import os" not in (tmp_path / "src" / "other.py").read_text()
    # Outside of a project, those of the same folder are asked.
    (tmp_path / "pyproject.toml").unlink()
    (tmp_path / "tests" / "near.py").write_text("import lone\nprint(lone.os)\n")
    assert main(["codemod", "--write", "tests/lone.py"]) == 0
    assert "import os" in (tmp_path / "tests" / "lone.py").read_text()


def test_modules_of_one_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("pkg", "pkg/sub", "pkg/other", "mapped"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "main.py").write_text(BASE)
    (tmp_path / "pkg" / "use.py").write_text("from pkg.main import *\nfrom .sub.main import os\n")
    main(["codemod", "--write"])
    kept = [path for path in tmp_path.rglob("main.py") if "import os" in path.read_text()]
    assert {path.parent.name for path in kept} == {"pkg", "sub"}
    # Nothing stands where this name says: any module of its last part may be meant.
    (tmp_path / "mapped" / "main.py").write_text(BASE)
    (tmp_path / "pkg" / "use.py").write_text("from elsewhere.main import os\n")
    main(["codemod", "--write"])
    assert "import os" in (tmp_path / "mapped" / "main.py").read_text()


def test_a_star_import_takes_what_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.py").write_text(BASE.replace("import os", "import os, sys"))
    (tmp_path / "local.py").write_text("from base import *\nprint(SECRET, sys.path)\n")
    main(["codemod", "--write"])
    assert "import os" not in (tmp_path / "base.py").read_text()
    assert "import sys" in (tmp_path / "base.py").read_text()


def test_what_nobody_takes_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.py").write_text(BASE)
    (tmp_path / "main.py").write_text("from base import SECRET\nimport os\nprint(os.sep)\n")
    main(["codemod", "--write"])
    assert "import os" not in (tmp_path / "base.py").read_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from a.b import c, os", {("a.b", "os")}),
        ("from .b import (  # why\n    c,\n    os as o,\n)", {(".b", "os")}),
        ("try:\n    from . import os\nexcept ImportError: pass", {(".", "os")}),
        ("from .b import*", {(".b", "*")}),
        ("from b import c\nimport os\n", set()),
        ("x = 'a' + c.b.os.path.sep", {("b", "os")}),
        ("import posix, osgeo; a = b.oser", set()),
        ("import a.b as c; c.os", {("a.b", "os"), ("c", "os")}),
        ("from b import (c,  # (see d)\n  os)\nfrom d import e, (f)\n", {("b", "os")}),
        ("monkeypatch.setattr(b,\n 'environ', {})", {("b", "environ")}),
        ("x = {'os': 1}", set()),
    ],
)
def test_what_is_taken(text: str, found: set[tuple[str, str]]) -> None:
    assert taken(text.encode()) == found


LIB = "import os\n\n\ndef read():\n    return os.getenv('HOME_OF_A', 'real')\n"
ENV = "import os\n\nenv = os.environ\n\n\ndef read():\n    return env.get('HOME_OF_A', 'real')\n"
FAKE = """
class Fake:
    environ = {"HOME_OF_A": "fake"}
    def getenv(self, key, default=None):
        return "fake"
"""
MOCK = "from unittest import mock\n"
FAKES = {
    "patch.object": (
        LIB,
        f"import lib\n{MOCK}{FAKE}\nwith mock.patch.object(lib, 'os', Fake()):\n",
    ),
    "decorator of a dotted name": (
        LIB,
        f"import lib\n{MOCK}{FAKE}\nwith mock.patch('lib.os', new=Fake()):\n",
    ),
    "getenv of another module": (
        LIB,
        f"import lib\n{MOCK}\nwith mock.patch('lib.os.getenv', return_value='fake'):\n",
    ),
    "patch.multiple": (
        LIB,
        f"import lib\n{MOCK}{FAKE}\nwith mock.patch.multiple(lib, os=Fake()):\n",
    ),
    "assignment": (LIB, f"import lib\n{FAKE}\nlib.os = Fake()\nif True:\n"),
    "alias": (LIB, f"import lib as its\nimport lib\n{FAKE}\nits.os = Fake()\nif True:\n"),
    "setattr": (LIB, f"import lib\n{FAKE}\nsetattr(lib, 'os', Fake())\nif True:\n"),
    "import_module": (
        LIB,
        f"import importlib as i, lib\n{FAKE}\nm= i.import_module('lib')\nm.os = Fake()\nif True:\n",
    ),
    "a mapping": (ENV, f"import lib\n{FAKE}\nlib.env = Fake.environ\nif True:\n"),
    "an imported mapping": (
        LIB.replace("import os", "from os import environ").replace("os.getenv", "environ.get"),
        f"import lib\n{MOCK}{FAKE}\nwith mock.patch('lib.environ', Fake.environ):\n",
    ),
}


@pytest.mark.parametrize("name", FAKES)
def test_a_fake_of_another_file_is_still_seen(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    library, code = FAKES[name]
    (tmp_path / "lib.py").write_text(library)
    (tmp_path / "main.py").write_text(code + "    print(lib.read())\n")
    # Enough modules that none is looked for by its name.
    for number in range(5):
        (tmp_path / f"other{number}.py").write_text(BASE)
    assert printed(tmp_path) == "fake\n"
    assert main(["codemod", "--write"]) == 0
    assert "patched-elsewhere" in capsys.readouterr().out
    assert printed(tmp_path) == "fake\n"
    # The same of a run over the module alone.
    assert main(["codemod", "--write", "lib.py"]) == 0
    assert printed(tmp_path) == "fake\n"


def test_what_is_replaced_elsewhere_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib.py").write_text(LIB)
    (tmp_path / "main.py").write_text(
        "import lib\nfrom unittest import mock\n"
        "with mock.patch('lib.os.environ', {'HOME_OF_A': 'fake'}), mock.patch('lib.os.sep', '!'):\n"
        "    print(lib.read())\n"
    )
    before = printed(tmp_path)
    assert before == "fake\n"
    assert main(["codemod", "--write"]) == 0
    assert "get_config_value" in (tmp_path / "lib.py").read_text()
    assert printed(tmp_path) == before


def test_many_fakes_take_a_time_that_grows_with_them() -> None:
    lines = [f"m{n} = import_module('pkg.m{n}')\nm{n}.os = fake\n" for n in range(2_000)]
    with cpu_within(15):
        found = replaced("".join(lines).encode(), "test_all.py", {"os"})
        assert {("m7", "os"), ("pkg.m7", "os")} <= found
