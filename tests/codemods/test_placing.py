"""The import of the accessor has run before the first use: both runs print alike."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.codemods.cycle import before_accessor
from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Outcome, Rewriter
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin.settings import Policy, Settings

ACCESSOR = """
import os

def get_config_value(key, default=None):
    return os.getenv(key, default)

def require_config_value(key):
    return os.environ[key]

def has_config_value(key):
    return key in os.environ
"""
SHARED_LINES = [
    "import os, sys; D = os.getenv('A')\nprint(D, sys.byteorder)\n",
    "import os\nimport sys; x = os.getenv('A')\nprint(x, sys.byteorder)\n",
    "import json; from os import getenv; print(getenv('A'), json)\n",
    "import os;print(os.getenv('A'))\n",
    "import os\nos.environ['N'] = 'n'\nfrom os import path; print(os.environ['N'], path.sep)\n",
    "'''Doc.'''; import os; print(os.getenv('A'), __doc__)\n",
    "import os\nx = os.getenv('A') \\\n\nprint(x)\n",
    "import sys \\\n\nimport os\nprint(os.getenv('A'), sys.byteorder)\n",
]


CALLS_BEFORE_IMPORTS = [
    (
        "def f():\n    import os\n    return os.getenv('A')\nprint(f())\nimport sys, os\n"
        "X = os.getenv('B')\nprint(X, sys.byteorder)\n"
    ),
    (
        "def f():\n    import os\n    return os.getenv('A')\ndef g(x=f()): return x\nimport os\n"
        "print(g(), os.getenv('B'))\n"
    ),
    (
        "import os\ndef f():\n    return os.getenv('A')\nprint(f())\nos.environ['A'] = 'x'\n"
        "print(os.environ['A'])\n"
    ),
]
PATH_CHANGES = [
    "import os\nimport sys\nsys.path.insert(0, 'lib')\nprint(os.getenv('A'))\n",
    "import os, sys\nsys.path[:0] = [os.path.join('lib')]\nimport json\nprint(os.getenv('A'))\n",
    "import os\nfrom sys import path\npath += ['lib']\ndef f(): return os.getenv('A')\nprint(f())",
    (
        "import os, sys\ndef f(): return os.getenv('A')\n"
        "if 'lib' not in sys.path:\n    sys.path.append(os.path.abspath('lib'))\nprint(f())\n"
    ),
    (
        "import os, sys\nfrom pathlib import Path\nX = os.getenv('B')\n"
        "sys.path.append(str(Path(__file__).resolve().parent / 'lib'))\nprint(X, os.getenv('A'))\n"
    ),
]


def rewritten(
    code: str, root: Path | None = None, accessor: str = "settings_of", path: str = "module.py"
) -> Outcome:
    settings = Settings(accessor=accessor, root=str(root) if root else "")
    before = before_accessor(str(root), accessor) if root else frozenset()
    rewriter = Rewriter(chosen(), Policy(settings), KeyNames(), before)
    return rewriter.rewrite(code.encode(), str(root / path) if root else path)


def printed(folder: Path, code: str) -> str:
    (folder / "module.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "module.py"],
        cwd=folder,
        env={"PATH": os.defpath, "A": "a", "B": "b"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    return done.stdout


def assert_alike(folder: Path, code: str, root: Path | None = None) -> str:
    """Return the new code, which prints what the old one prints and does not change again."""
    outcome = rewritten(code, root)
    assert outcome.new is not None, outcome.message
    after = outcome.new.decode()
    assert printed(folder, after) == printed(folder, code)
    again = rewritten(after, root)
    assert again.new is None, again.new
    return after


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "settings_of.py").write_text(ACCESSOR)
    return tmp_path


@pytest.mark.parametrize("code", SHARED_LINES)
def test_statements_that_share_a_line(folder: Path, code: str) -> None:
    assert_alike(folder, code)


@pytest.mark.parametrize("code", CALLS_BEFORE_IMPORTS)
def test_calls_of_functions_before_imports(folder: Path, code: str) -> None:
    assert_alike(folder, code)


@pytest.mark.parametrize("code", PATH_CHANGES)
def test_the_accessor_is_found_after_a_change_of_the_path(tmp_path: Path, code: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "settings_of.py").write_text(ACCESSOR)
    assert_alike(tmp_path, code)


@pytest.mark.parametrize(
    "code",
    [
        ("import os, sys\ndef find(): sys.path.insert(0, 'lib')\nfind()\nprint(os.getenv('A'))\n"),
        (
            "import os, sys\nclass Setup:\n    def __init__(self): self.go()\n"
            "    def go(self): sys.path.append('lib')\ndef start(): return Setup()\n"
            "start()\ndef late(): return os.getenv('A')\nprint(late())\n"
        ),
    ],
)
def test_the_accessor_is_found_after_a_function_changed_the_path(tmp_path: Path, code: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "settings_of.py").write_text(ACCESSOR)
    assert "get_config_value('A')" in assert_alike(tmp_path, code, tmp_path)


def test_a_read_that_may_run_before_a_function_changed_the_path_is_left(tmp_path: Path) -> None:
    code = (
        "import os, sys\ndef main():\n    sys.path.insert(0, 'lib')\n    print(os.getenv('A'))\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "settings_of.py").write_text(ACCESSOR)
    outcome = rewritten(code, tmp_path)
    assert [edit.reason for edit in outcome.edits] == ["before-path"]
    # Ours is installed: it needs no change of the path, unless a copy of it is in the project.
    assert rewritten(code, tmp_path, accessor="hushflake.config").new is not None
    copy = tmp_path / "nested" / "vendor" / "hushflake" / "config.py"
    copy.parent.mkdir(parents=True)
    copy.write_text(ACCESSOR)
    outcome = rewritten(code, tmp_path / "nested", accessor="hushflake.config")
    assert [edit.reason for edit in outcome.edits] == ["before-path"]


def test_a_read_before_a_change_of_the_path_is_left() -> None:
    code = (
        "import os, sys\nprint(os.getenv('A'))\ndef f(): return os.getenv('A')\nprint(f())\n"
        "if True:\n    sys.path.insert(0, 'lib')\n    print(os.getenv('B'))\n"
    )
    outcome = rewritten(code)
    assert outcome.new is None
    assert {edit.reason for edit in outcome.edits} == {"before-path"}


OTHER = "def get_config_value(key): return 'other'\n"
STARS = {
    # What the starred modules hold -> whether the import must stand below the star; None where
    # nobody knows: then it does, and an import above is used as well.
    "defines it": ({"zoo.py": OTHER}, True),
    "stars what defines it": ({"zoo.py": "from sub.deep import *", "sub/deep.py": OTHER}, True),
    "takes it from elsewhere": (
        {"zoo.py": "from deep import get_config_value", "deep.py": OTHER}, True
    ),
    "conditionally": ({"zoo.py": f"if True:\n    {OTHER}"}, True),
    "holds nothing like it": ({"zoo.py": "# get_config_value\nx = 1\n"}, False),
    "uses the accessor": ({"zoo.py": "from settings_of import get_config_value\n"}, False),
    "a cycle": ({"zoo.py": "from a import *", "a.py": "from zoo import *"}, False),
    "the standard library": ({"zoo.py": "from json import *\nfrom math import *"}, False),
    "another distribution": ({"zoo.py": "from attr import *"}, None),
    "does not parse": ({"zoo.py": "try:\n    from deep import *\nexcept SyntaxError: pass",
                        "deep.py": "def get_config_value(:"}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", STARS)
def test_a_star_import_does_not_take_the_name(folder: Path, name: str) -> None:
    files, must_be_below = STARS[name]
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    code = "import os\nfrom zoo import *\nprint(os.getenv('A'))\n"
    after = assert_alike(folder, code, folder)
    ours = "from settings_of import get_config_value\n"
    assert after.startswith(ours) is (must_be_below is False)
    assert ours in after
    # An import of the accessor that is hidden is not used; one that is not, is.
    code = f"import os\n{ours}from zoo import *\nprint(os.getenv('A'))\n"
    after = assert_alike(folder, code, folder)
    assert ("settings_of_get_config_value('A')" in after) is bool(must_be_below)
    assert after.count("from settings_of") == 1


def test_a_star_import_below_the_first_use_makes_an_alias(folder: Path) -> None:
    (folder / "helpers.py").write_text(OTHER)
    code = (
        "import os\nprint(os.getenv('A'))\n"
        "def f(): return os.getenv('B')\nfrom helpers import *\nprint(f())\n"
    )
    assert "settings_of_get_config_value('A')" in assert_alike(folder, code, folder)


# Says whether the accessor was imported before it was called.
FIRST = """
import sys

def early(*_):
    print("late" if "settings_of" in sys.modules else "in time")

patch_all = monkey_patch = use = setup = early
patch_psycopg = install_as_MySQLdb = inject_into_ssl = early

class _Parameters(dict):
    __setitem__ = early

rcParams = _Parameters()
"""
CALLS_FIRST = [
    "from gevent import monkey\nmonkey.patch_all()\nimport os\nprint(os.getenv('A'))\n",
    "import gevent.monkey\nimport os\ngevent.monkey.patch_all()\nprint(os.getenv('A'))\n",
    "import os, eventlet\neventlet.monkey_patch()\ndef f(): return os.getenv('A')\nprint(f())\n",
    (
        "import os\ntry:\n    from gevent.monkey import patch_all\n    patch_all()\n"
        "except ImportError: pass\nprint(os.getenv('A'))\n"
    ),
    (
        "import os\ndef ready():\n    from gevent import monkey\n    monkey.patch_all()\n"
        "ready()\nprint(os.getenv('A'))\n"
    ),
    "import matplotlib\nmatplotlib.use('Agg')\nimport os\nprint(os.getenv('A'))\n",
    "import os, matplotlib\nmatplotlib.use('Agg')\nprint(os.getenv('A'))\n",
    "import os\nimport django\ndjango.setup()\nimport json\nprint(os.getenv('A'), json)\n",
    (
        "import os\nif True:\n    import django\n    django.setup()\nimport json\n"
        "print(os.getenv('A'))\n"
    ),
    "import os\nimport django\n\ndjango.setup()\nprint(os.getenv('A'))\n",
    "import os\nimport pymysql\npymysql.install_as_MySQLdb()\nprint(os.getenv('A'))\n",
    "import truststore as t\nt.inject_into_ssl()\nimport os\nprint(os.getenv('A'))\n",
    "from psycogreen.gevent import patch_psycopg as p\np()\nimport os\nprint(os.getenv('A'))\n",
    "import os, matplotlib\nmatplotlib.rcParams['a'] = 1\nimport json\nprint(os.getenv('A'))\n",
]


@pytest.fixture
def first(folder: Path) -> Path:
    stubs = ("gevent/monkey", "gevent/__init__", "eventlet", "matplotlib", "django", "pymysql")
    for name in (*stubs, "truststore", "psycogreen/__init__", "psycogreen/gevent"):
        path = folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(FIRST)
    return folder


@pytest.mark.parametrize("code", CALLS_FIRST)
def test_the_import_stays_below_calls_that_must_run_first(first: Path, code: str) -> None:
    assert "in time" in printed(first, code)
    assert_alike(first, code, first)


@pytest.mark.parametrize(
    "code",
    [
        "def ready():\n    os.environ['N'] = 'n'\nready()\nprint(os.getenv('N'))\n",
        "class R:\n    def __init__(self): os.environ['N'] = 'n'\nR()\nprint(os.getenv('N'))\n",
    ],
)
def test_the_import_stays_below_calls_that_change_the_environment(folder: Path, code: str) -> None:
    # An accessor that reads while it is imported.
    early = "import os\nN = os.getenv('N')\ndef get_config_value(key): return N\n"
    (folder / "settings_of.py").write_text(early)
    assert_alike(folder, f"import os\n{code}", folder)


def test_a_call_that_changes_the_environment_may_be_given_a_read(folder: Path) -> None:
    code = "import os\ndef ready(a):\n    os.environ['N'] = 'n'\nready(os.getenv('A'))\n"
    assert b"ready(get_config_value('A'))" in (rewritten(code, folder).new or b"")


@pytest.mark.parametrize(
    "first",
    [
        "os.environ['N'] = 'n'",
        "import dotenv\ndotenv.load_dotenv()",
        "import django\ndjango.setup()",
    ],
)
def test_the_installed_accessor_stands_with_the_imports_at_the_top(first: str) -> None:
    above, _, call = f"import os\n{first}".rpartition("\n")
    code = f"{above}\n\n{call}\n\nprint(os.environ, os.getenv('A'))\n"
    new = (rewritten(code, accessor="hushflake.config").new or b"").decode()
    assert new.index("from hushflake.config import") < new.index(call)
    own = (rewritten(code).new or b"").decode()
    assert own.index("from settings_of import") > own.index(call)
    # Where imports follow, it stands among them.
    new = rewritten(
        f"{above}\n{call}\nimport json\nos.getenv('A')\n", accessor="hushflake.config"
    ).new
    assert (new or b"").decode().index("from hushflake.config import") > len(f"{above}\n{call}")


def test_a_read_in_the_statement_of_a_change_is_left_for_an_accessor_of_the_project() -> None:
    code = "import os\nif True:\n    os.environ['A'] = 'a'\n    print(os.getenv('B'))\n"
    outcome = rewritten(code)
    assert outcome.new is None
    assert [edit.reason for edit in outcome.edits] == ["write", "after-store"]
    assert rewritten(code, accessor="hushflake.config").new is not None


def test_importing_the_installed_accessor_reads_nothing() -> None:
    """What lets it stand above changes of the environment."""
    program = (
        "import os, sys\n"
        "class Told(dict):\n"
        "    def __getitem__(self, key): read.append(key); return super().__getitem__(key)\n"
        "    def get(self, key, *d): read.append(key); return super().get(key, *d)\n"
        "read = []\nreal = os.environ\n"
        "os.environ = Told(os.environ)\n"
        "os.getenv = os.environ.get\n"
        "import hushflake.config\n"
        "print(read, 'dotenv' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[] False\n"


@pytest.mark.parametrize(
    "importer", ["backend/app/main.py", "backend/app/api/deps.py", "backend/tests/test_a.py"]
)
def test_a_module_below_another_root_is_one_of_the_project(tmp_path: Path, importer: str) -> None:
    for name in ("backend/app/core/access.py", importer):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    settings = Settings(accessor="app.core.access", root=str(tmp_path))
    rewriter = Rewriter(
        chosen(only=["environment_reads"], skip=(), extra=()), Policy(settings), KeyNames()
    )
    code = b"import os\n\nimport fastapi\n\nfrom app.models import A\n\nX = os.getenv('X')\n"
    new = rewriter.rewrite(code, str(tmp_path / importer)).new or b""
    wanted = (
        b"import fastapi\n\nfrom app.core.access import get_config_value\nfrom app.models import"
    )
    assert new.startswith(wanted)
    # An import that is there already, relative or not, is known as such.
    own = b"import os\n\nfrom .core.access import get_config_value\n\nX = os.getenv('X')\n"
    if importer == "backend/app/main.py":
        assert b"app.core" not in (
            rewriter.rewrite(own, str(tmp_path / importer)).new or b"app.core"
        )


def test_warnings_are_filtered_before_the_accessor_is_imported(folder: Path) -> None:
    (folder / "settings_of.py").write_text(f"import warnings\nwarnings.warn('now'){ACCESSOR}")
    code = "import os\nimport warnings\nwarnings.simplefilter('error')\nX = os.getenv('A')\n"
    new = rewritten(code, folder).new or b""
    assert new.index(b"simplefilter") < new.index(b"from settings_of")


@pytest.mark.parametrize(
    "code",
    [
        "import os\nif os.getenv('A'):\n    from gevent import monkey\n    monkey.patch_all()\n",
        "import os\nprint(os.getenv('A'))\nimport eventlet\neventlet.monkey_patch()\n",
    ],
)
@pytest.mark.parametrize("accessor", ["settings_of", "hushflake.config"])
def test_a_read_above_a_monkey_patch_is_left(code: str, accessor: str) -> None:
    outcome = rewritten(code, accessor=accessor)
    assert outcome.new is None
    assert [edit.reason for edit in outcome.edits] == ["before-patch"]


def test_a_call_that_no_import_follows_is_no_barrier() -> None:
    code = "import os\n\nimport app\n\napp.configure()\nX = os.getenv('A')\n"
    assert (rewritten(code).new or b"").startswith(b"import app\nfrom settings_of import")


@pytest.mark.parametrize(
    "star",
    [
        "from attr import *",
        "try:\n    from local_settings import *\nexcept ImportError: pass",
        "try:\n    from .local_settings import *\nexcept ImportError: pass",
    ],
)
def test_a_star_import_of_unknown_makes_no_alias(folder: Path, star: str) -> None:
    code = f"import os\nprint(os.getenv('A'))\ndef f(): return os.getenv('B')\n{star}\nprint(f())\n"
    after = assert_alike(folder, code, folder)
    assert "settings_of_" not in after
    assert after.count("(get_config_value('") + after.count(" get_config_value('") == 2


def test_a_star_import_that_passes_the_accessor_on_makes_no_alias(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "base.py").write_text("from .config import get_config_value\n")
    code = "import os\nprint(os.getenv('A'))\nfrom .base import *\n"
    new = rewritten(code, tmp_path, accessor="pkg.config", path="pkg/module.py").new
    assert new == (
        b"from pkg.config import get_config_value\nprint(get_config_value('A'))\n"
        b"from .base import *\n"
    )


@pytest.mark.parametrize("star", ["from . import *", "from .helpers import *", "from .. import *"])
def test_relative_star_imports_are_followed(tmp_path: Path, star: str) -> None:
    package = tmp_path / "pkg" / "sub"
    package.mkdir(parents=True)
    homes = {"from . import *": "sub/__init__.py", "from .. import *": "__init__.py"}
    home = tmp_path / "pkg" / homes.get(star, "sub/helpers.py")
    code = f"import os\n{star}\nX = os.getenv('A')\n"
    for text, position in (("x = 1", 0), (OTHER, 1)):
        home.write_text(text)
        new = rewritten(code, tmp_path, path="pkg/sub/module.py").new
        assert new is not None
        found = [line.partition(b" import")[0] for line in new.splitlines() if b"import" in line]
        assert found.index(b"from settings_of") == position, new
        assert b"X = get_config_value('A')" in new


def test_a_deleted_import_is_not_used_again(folder: Path) -> None:
    code = (
        "import os\nfrom settings_of import get_config_value\nprint(get_config_value('B'))\n"
        "del get_config_value\nprint(os.getenv('A'))\n"
    )
    assert_alike(folder, code)


def test_a_relative_import_of_the_accessor_is_used(tmp_path: Path) -> None:
    code = "import os\nfrom .config import get_config_value\nX = os.getenv('A')\n"
    wanted = b"from .config import get_config_value\nX = get_config_value('A')\n"
    assert rewritten(code, tmp_path, "pkg.config", "pkg/a.py").new == wanted
    assert rewritten(code, tmp_path, "pkg.config", "src/pkg/a.py").new == wanted
    other = rewritten(code, tmp_path, "pkg.config", "pkg/sub/a.py").new
    assert other is not None
    assert b"config_get_config_value('A')" in other


@pytest.mark.parametrize("base", ["", "src/", "backend/", "services/api/"])
def test_a_package_that_the_accessor_needs_is_left(tmp_path: Path, base: str) -> None:
    package = tmp_path / base / "pkg"
    package.mkdir(parents=True)
    code = "import os\nVERSION = os.getenv('A')\n"
    (package / "__init__.py").write_text(code)
    (package / "config.py").write_text("from . import VERSION\nfrom .paths import X\n")
    (package / "paths.py").write_text(code)
    for name in ("__init__", "paths"):
        outcome = rewritten(code, tmp_path, "pkg.config", f"{base}pkg/{name}.py")
        assert [edit.reason for edit in outcome.edits] == ["before-accessor"]
    (package / "config.py").write_text("from . import paths\n")
    assert rewritten(code, tmp_path, "pkg.config", f"{base}pkg/__init__.py").new is not None


@pytest.mark.parametrize(
    "patch",
    [
        "os.getenv = lambda key: 'mine'",
        "os.environ = {}",
        "del os.getenv",
        "import os as o\ndef f(): o.environ.get = None",
        "mock.patch.object(os, 'getenv', str).start()",
        "monkeypatch.setattr(os, 'environ', {})",
        "monkeypatch.setattr(\n    os,\n    name='environ',\n    value={})",
        "monkeypatch.setattr(os, given, {})",
        "mock.patch('os.environ', {}).start()",
        "from unittest.mock import patch as p\n@p('os.getenv')\ndef f(): pass",
        "from unittest.mock import patch\nwith patch(target='pkg.mod.os.environ.get'): pass",
        "system = os\nsetattr(system, 'getenv', str)",
        "mock.patch.multiple(os, getenv=str)",
        "mock.patch.multiple('os', environ={})",
    ],
)
def test_reads_through_what_the_file_replaces_are_left(patch: str) -> None:
    outcome = rewritten(f"import os\n{patch}\nprint(os.getenv('A'))\n")
    assert outcome.new is None
    assert "patched" in {edit.reason for edit in outcome.edits}


@pytest.mark.parametrize(
    "text",
    [
        "# os.getenv = 1, monkeypatch.setattr(os, 'getenv', f)",
        '"""setattr(os, \'getenv\', f)"""',
        "print('os.environ', 'os.getenv')",
        "getattr(os, 'getenv'); hasattr(os, 'environ')",
        "mock.patch.dict('os.environ', {})",
        "mock.patch.dict(os.environ, A='b')",
        "os.environ |= {}",
        "monkeypatch.setattr(os, 'sep', '/')",
        "mock.patch.object(other, 'getenv')",
        "run(environ=1, getenv=2)",
        "'os.getenv'.replace('os.getenv', 'x')",
    ],
)
def test_what_only_looks_like_a_patch_is_none(text: str) -> None:
    outcome = rewritten(f"import os\n{text}\nprint(os.getenv('A'))\n")
    assert outcome.new is not None, {edit.reason for edit in outcome.edits}


def test_a_read_whose_source_is_printed_is_left() -> None:
    code = (
        "import os\nprint(f\"{os.getenv('A')=}\")\nprint(f\"{str(os.environ['B']) = !s}\")\n"
        "print(f\"a={os.getenv('A')}\", os.getenv('B'))\n"
    )
    outcome = rewritten(code)
    assert [edit.reason for edit in outcome.edits] == ["f-string", "f-string", "", ""]
    assert outcome.new is not None
    assert b"{os.getenv('A')=}" in outcome.new


def test_what_libraries_read_is_fed_whatever_the_store_holds(folder: Path) -> None:
    """The accessor holds every key: the environment, which libraries read, must get its own."""
    (folder / "settings_of.py").write_text(
        "def get_config_value(key, default=None): return 'from the store'\n"
        "def has_config_value(key): return True\n"
    )
    code = (
        "import os\nif not os.getenv('N'):\n    os.environ['N'] = 'n'\n"
        "if 'M' not in os.environ:\n    os.environ['M'] = 'm'\n"
        "print(os.environ.copy()['N'], os.environ.copy()['M'])\n"
    )
    assert printed(folder, code) == "n m\n"
    outcome = rewritten(code, folder)
    assert outcome.new is None
    reasons = [edit.reason for edit in outcome.edits if edit.form in ("getenv", "membership")]
    assert reasons == ["feeds-environment"] * 2


def test_a_script_that_fills_the_store_reads_from_where_it_did() -> None:
    case = Path(__file__).parent / "cases" / "environment_reads" / "feeds_the_store.before.py"
    edits = rewritten(case.read_text(encoding="utf-8")).edits
    left = {edit.key: edit.reason for edit in edits if edit.action == "left"}
    assert left == dict.fromkeys(("A", "B", "C", "D", "E", "F", "G", "K", None), "feeds-store")


def test_what_the_package_of_the_accessor_imports_from_elsewhere_runs_before_it(
    tmp_path: Path,
) -> None:
    """Whoever imports `config` first would run `app`, which takes a name from `config`."""
    files = {
        "app/__init__.py": "from config import Config\nfrom . import inner\n",
        "app/inner.py": "", "app/access.py": ACCESSOR,
        "config.py": "import os\nfrom more import x\nclass Config:\n    A = os.getenv('A')\n",
        "more.py": "x = 1\n", "other.py": "import os\nB = os.getenv('B')\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert before_accessor(str(tmp_path), "app.access") == {"config.py", "more.py"}
