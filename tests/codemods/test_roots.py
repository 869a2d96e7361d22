"""From where the modules of a repository are imported, and under which names."""

from pathlib import Path

import pytest

from hushflake.codemods.errors import CodemodError
from hushflake.codemods.roots.accessor import name_of
from hushflake.codemods.roots.images import images
from hushflake.codemods.roots.module import found_name
from hushflake.codemods.roots.tree import Tree
from hushflake.codemods.roots.uses import Roots, Use
from tests.fakes.bounded import cpu_within

Files = dict[str, str]
MAIN = "if __name__ == '__main__':\n    print()\n"


def made(folder: Path, files: Files) -> Roots:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Roots(str(folder))


def wanted(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return list(pairs)


PACKAGE = {"lib/shop/__init__.py": "", "lib/shop/a.py": ""}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.setuptools]\npackage-dir = {"" = "lib"}\n'),
        ("pyproject.toml", '[tool.setuptools.package-dir]\nshop = "lib/shop"\n'),
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'),
        ("pyproject.toml", '[[tool.poetry.packages]]\ninclude = "shop"\nfrom = "lib"\n'),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["lib/shop"]\n'),
        ("pyproject.toml", '[tool.hatch.build]\nsources = ["lib"]\n'),
        ("pyproject.toml", '[tool.hatch.build.targets.sdist.sources]\nlib = ""\n'),
        ("pyproject.toml", '[tool.pdm.build]\npackage-dir = "lib"\n'),
        ("pyproject.toml", '[tool.uv.build-backend]\nmodule-root = "lib"\n'),
        ("pyproject.toml", '[tool.maturin]\npython-source = "lib"\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["./lib", "."]\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "lib other"\n'),
        ("setup.cfg", "[options]\npackage_dir =\n    = lib\n"),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n"),
        ("setup.cfg", "[tool:pytest]\npythonpath = lib\n"),
        ("pytest.ini", "[pytest]\npythonpath = lib\n"),
        ("tox.ini", "[pytest]\npython_paths = lib\n"),
        ("setup.py", "from setuptools import setup\nsetup(package_dir={'': 'lib'})\n"),
        ("setup.py", "import setuptools as s\ns.setup(packages=s.find_packages(where='lib'))\n"),
        ("Dockerfile", 'FROM a\nENV PYTHONPATH="/app/lib:$PYTHONPATH"\n'),
        ("docker-compose.yml", "services:\n  a:\n    environment:\n      PYTHONPATH: /srv/lib\n"),
        (".github/workflows/a.yml", "env:\n  PYTHONPATH: ${{ github.workspace }}/lib\n"),
        ("Makefile", "test:\n\tPYTHONPATH=$(PWD)/lib:. pytest\n"),
        ("run.sh", "export PYTHONPATH=${PYTHONPATH:-}:$PWD/lib\n"),
        (".vscode/settings.json", '{"terminal": {"PYTHONPATH": "${workspaceFolder}/lib"}}\n'),
        ("lib/manage.py", "import django\n"),
    ],
)
def test_a_root_that_a_file_declares(tmp_path: Path, name: str, text: str) -> None:
    roots = made(tmp_path, {**PACKAGE, name: text})
    assert roots.declared["lib"] == name
    assert [(use.root, use.module) for use in roots.uses("lib/shop/a.py")] == [("lib", "shop.a")]


def test_src_is_a_root_of_a_project(tmp_path: Path) -> None:
    files = {"src/shop/__init__.py": "", "src/shop/a.py": "", "pyproject.toml": ""}
    assert made(tmp_path / "a", files).declared == {}
    files["pyproject.toml"] = '[project]\nname = "shop"\n'
    assert made(tmp_path / "b", files).declared == {"src": "pyproject.toml"}
    assert found_name(tmp_path / "b", Path("src/shop/config.py")) == "shop.config"


@pytest.mark.parametrize(
    "text",
    [
        '[tool.setuptools.packages.find]\nwhere = ["../lib", "/lib", "~/lib", "gone", 1]\n',
        "[tool.setuptools]\npackage-dir = 3\n[tool.poetry]\npackages = [1]\n[tool]\nhatch = []",
        "[" * 100_000,
        "a = 1",
    ],
)
def test_what_is_no_declaration(tmp_path: Path, text: str) -> None:
    assert made(tmp_path, {**PACKAGE, "pyproject.toml": text}).declared == {}


def of(roots: Roots, path: str) -> list[tuple[str, str]]:
    return [(use.root, use.module) for use in roots.uses(path)]


@pytest.mark.parametrize(
    ("files", "path", "uses"),
    [
        # What others import it by.
        (
            {"backend/app/core/db.py": "", "backend/app/main.py": "from app.core import db\n"},
            "backend/app/core/db.py", [("backend", "app.core.db")],
        ),
        (
            {"a/b.py": "", "x.py": "from a import (\n    c,\n    b,\n)\n", "a/c.py": ""},
            "a/b.py", [("", "a.b")],
        ),
        (
            {"svc/db.py": "", "svc/m.py": "import db, os\n", "svc/t/t.py": "from svc import db\n"},
            "svc/db.py", [("svc", "db"), ("", "svc.db")],
        ),
        # A distribution of the same name as a module of its own package is meant.
        (
            {"app/redis/__init__.py": "", "app/redis/client.py": "from redis import Redis\n"},
            "app/redis/client.py", [("app", "redis.client")],
        ),
        # What it imports itself; what its neighbours are imported from; its package; its folder.
        ({"be/app/x.py": "import app.y\n", "be/app/y.py": ""}, "be/app/x.py", [("be", "app.x")]),
        (
            {"be/ai/x.py": "", "be/ai/y.py": "", "t.py": "import be.ai.y\n"},
            "be/ai/x.py", [("", "be.ai.x")],
        ),
        ({"p/__init__.py": "", "p/q/__init__.py": "", "p/q/r.py": ""}, "p/q/r.py", [("", "p.q.r")]),
        ({"jobs/a.py": ""}, "jobs/a.py", [("jobs", "a")]),
        # Scripts.
        ({"bin/a.py": MAIN}, "bin/a.py", [("bin", "")]),
        ({"bin/a.py": "#!/usr/bin/env python\n"}, "bin/a.py", [("bin", "")]),
        ({"bin/a.py": "", "Makefile": "a:\n\tpython3 -u bin/a.py x\n"}, "bin/a.py", [("bin", "")]),
        ({"bin/a.py": "", "Procfile": "web: ./bin/a.py\n"}, "bin/a.py", [("bin", "")]),
        ({"x/a.py": "", "x/Dockerfile": 'FROM a\nCMD ["python", "a.py"]\n'}, "x/a.py", [("x", "")]),
        (
            {"bin/a.py": "", ".github/workflows/a.yml": "- run: cd bin && python a.py\n"},
            "bin/a.py", [("bin", "")],
        ),
        ({"p/__init__.py": "", "p/a.py": MAIN}, "p/a.py", [("", "p.a")]),
        ({"bin/a.py": f"from . import b\n{MAIN}"}, "bin/a.py", [("bin", "a")]),
        ({"bin/a.py": MAIN, "t.py": "import bin.a\n"}, "bin/a.py", [("", "bin.a"), ("bin", "")]),
        # Commands that name a module.
        ({"p/a.py": "", "run.sh": "python -m p.a\n"}, "p/a.py", [("", "p.a")]),
        (
            {"be/app/main.py": "", "be/Dockerfile": "FROM a\nCMD uvicorn app.main:app\n"},
            "be/app/main.py", [("be", "app.main")],
        ),
        (
            {"s/users.py": "", "s/Dockerfile": 'FROM a\nCMD gunicorn -b :$P "users:app()"\n'},
            "s/users.py", [("s", "users")],
        ),
        (
            {"w/tasks.py": "", "Procfile": "x: cd w; celery --loglevel=info -A tasks worker\n"},
            "w/tasks.py", [("w", "tasks")],
        ),
        (
            {"s/conf/a.py": "", "s/run.sh": "DJANGO_SETTINGS_MODULE=conf.a django-admin check\n"},
            "s/conf/a.py", [("s", "conf.a")],
        ),
    ],
)  # fmt: skip
def test_how_a_file_is_run(
    tmp_path: Path, files: Files, path: str, uses: list[tuple[str, str]]
) -> None:
    assert of(made(tmp_path, files), path) == uses


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("import shop.a\n", ["", "lib"]),
        ("def f():\n    import shop.a\n", ["", "lib"]),
        ("try:\n    import shop.a\nexcept ImportError:\n    shop = None\n", [""]),
        ("try:\n    import shop.a\nfinally:\n    pass\n", ["", "lib"]),
        ("try:\n    import shop.a\nexcept ValueError:\n    pass\n", ["", "lib"]),
        ("import shop.nothing_of_this_name\n", [""]),
        ("x = 'import shop.a'\n", [""]),
        ("def (\n", [""]),
    ],
)
def test_what_a_file_can_import_for_certain(tmp_path: Path, body: str, found: list[str]) -> None:
    roots = made(tmp_path, {**PACKAGE, "job.py": f"{MAIN}{body}"})
    (use,) = roots.uses("job.py")
    assert roots.reach("job.py", use) == found


def test_what_pytest_puts_on_the_path(tmp_path: Path) -> None:
    files = {**PACKAGE, "tests/unit/test_a.py": "", "conftest.py": "", "tests/conftest.py": ""}
    roots = made(tmp_path, {**files, "pytest.ini": "[pytest]\npythonpath = lib\n"})
    (use,) = roots.uses("tests/unit/test_a.py")
    assert set(roots.reach("tests/unit/test_a.py", use)) == {"tests/unit", "tests", "", "lib"}


DOCKER = {
    "own folder": ("svc/Dockerfile", "FROM a\nWORKDIR /app\nCOPY . .\n", "svc"),
    "from above": ("docker/Dockerfile", "FROM a\nWORKDIR /app\nCOPY . .\n", ""),
    "by what is copied": ("svc/Dockerfile", "FROM a\nCOPY svc /app\nCOPY shared /app/s\n", ""),
    "its own": ("svc/Dockerfile", "FROM a\nCOPY requirements.txt .\nCOPY . /app\n", "svc"),
}  # fmt: skip
SERVICE = {
    "svc/main.py": "", "svc/requirements.txt": "", "shared/a.py": "", "top.py": "",
    "requirements.txt": "",
}  # fmt: skip


@pytest.mark.parametrize("name", DOCKER)
def test_from_which_folder_an_image_is_built(tmp_path: Path, name: str) -> None:
    path, text, context = DOCKER[name]
    (image,) = images(made(tmp_path, {**SERVICE, path: text}).tree)
    assert image.context == context
    assert image.place("svc/main.py").startswith("/app/")


COPIES = "COPY top.py ${D:-d}/\nWORKDIR /\nCOPY svc $P/${V}\n"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("FROM a\nCOPY top.py shared/ /x/\n", {"top.py": "/x/top.py", "shared/a.py": "/x/a.py"}),
        ('FROM a\nWORKDIR /w\nWORKDIR v\nCOPY ["top.py", "./"]\n', {"top.py": "/w/v/top.py"}),
        ("FROM a\nCOPY --chown=1:1 . /x\n", {"svc/main.py": "/x/svc/main.py"}),
        ("FROM a\nCOPY *.py /x/\n", {"top.py": "/x/top.py", "svc/main.py": ""}),
        ("FROM a\nCOPY top.py /x/other.py\n", {"top.py": "/x/other.py"}),
        (
            "FROM a AS b\nCOPY . /b\nFROM a\nCOPY --from=b /b/svc /app\nCOPY --from=c /q /r\n",
            {"svc/main.py": "/app/main.py", "top.py": ""},
        ),
        ("FROM a AS b\nCOPY . /b\nFROM b\nWORKDIR /b\n", {"top.py": "/b/top.py"}),
        ("FROM a\nCOPY . /b\nFROM c\nCOPY --from=0 /b /d\n", {"top.py": "/d/top.py"}),
        ("FROM a\nCOPY . /b\nFROM c\nCOPY top.py /\n", {"top.py": "/top.py", "svc/main.py": ""}),
        ("FROM a\nCOPY ${X} https://x/y ../../etc /x/\nCOPY top.py /x/\n", {"top.py": "/x/top.py"}),
        ("from a\ncopy . \\\n  # why\n  /x\n", {"top.py": "/x/top.py"}),
        (
            "ARG H=/h\nFROM a\nENV P=${H}/p O=1\nENV V v w\nWORKDIR $P\nARG D\n" + COPIES,
            {"top.py": "/h/p/d/top.py", "svc/main.py": "/h/p/v w/main.py"},
        ),
        # One that nobody knows is the same everywhere.
        (
            "FROM a\nWORKDIR $X\nCOPY top.py .\nWORKDIR /y\nCOPY shared $X/s\n",
            {"top.py": "/$X/top.py", "shared/a.py": "/$X/s/a.py"},
        ),
    ],
)
def test_where_a_file_is_in_an_image(tmp_path: Path, text: str, places: dict[str, str]) -> None:
    (image,) = images(made(tmp_path, {**SERVICE, "Dockerfile": text}).tree)
    assert {path: image.place(path) for path in places} == places


def test_what_an_image_leaves_out(tmp_path: Path) -> None:
    ignored = "# all\n*\n!svc\nsvc/**/x.py\n**/top.py\n"
    files = {**SERVICE, "Dockerfile": "FROM a\nCOPY . /x\n", ".dockerignore": ignored}
    (image,) = images(made(tmp_path, files).tree)
    found = {path: image.place(path) for path in SERVICE if path.endswith(".py")}
    assert found == {"svc/main.py": "/x/svc/main.py", "shared/a.py": "", "top.py": ""}


# -- the accessor ---------------------------------------------------------------------------

FULL_STACK = {
    "backend/app/core/config.py": "", "backend/app/main.py": "from app.core import config\n",
    "backend/tests/test_a.py": "from app.main import x\n",
    "backend/app/alembic/env.py": "from app.core.config import y\n",
    "backend/Dockerfile": "FROM a\nWORKDIR /app\nCOPY backend/app /app/app\n",
}  # fmt: skip
BANK = {
    f"src/{name}/{file}": text
    for name in ("users", "contacts")
    for file, text in {
        f"{name}.py": "import db\n", "db.py": "", "__init__.py": "",
        "Dockerfile": f'FROM a\nWORKDIR /app\nCOPY . .\nCMD gunicorn "{name}:app()"\n',
        "tests/test_a.py": f"from {name}.{name} import app\n",
    }.items()
}  # fmt: skip
SCRIPTS = {
    "backend/core/a.py": "", "backend/main.py": "from backend.core import a\n",
    "scripts/alone.py": MAIN,
    "scripts/reaches.py": f"import sys\nsys.path.append('..')\nfrom backend.core import a\n{MAIN}",
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "module", "name", "refused"),
    [
        (FULL_STACK, "backend/app/core/access.py", "app.core.access", {}),
        (FULL_STACK, "access.py", "access", {"backend/app/main.py": "where there is no access"}),
        (BANK, "boa.py", "boa", {"src/users/users.py": "src/", "src/contacts/contacts.py": ""}),
        (BANK, "src/users/access.py", "access", {"src/contacts/contacts.py": "contacts"}),
        (SCRIPTS, "backend/core/a2.py", "backend.core.a2", {"scripts/alone.py": "by its path"}),
        (
            {"app/__init__.py": "", "app/a.py": "", "Dockerfile": "FROM a\nCOPY app /srv/app\n"},
            "access.py", "access", {"app/a.py": "in the image of Dockerfile, which does not hold"},
        ),
        (
            {"app/__init__.py": "", "app/a.py": "", "Dockerfile": "FROM a\nCOPY app /srv/app\n"},
            "app/access.py", "app.access", {},
        ),
        (
            {
                "lib/access.py": "", "jobs/a.py": "from lib import x\n", "lib/x.py": "",
                "Dockerfile": "FROM a\nCOPY jobs /j\nCOPY lib /elsewhere/l\n",
            },
            "lib/access.py", "lib.access", {"jobs/a.py": "no folder of the search path holds both"},
        ),
        # What runs in the midst of a module that imports the package of the accessor.
        (
            {"app/__init__.py": "from config import Config\n", "app/a.py": "", "config.py": ""},
            "app/access.py", "app.access", {"config.py": "app imports it, which runs before"},
        ),
        (
            {"app/__init__.py": "def f(): import config\n", "app/a.py": "", "config.py": ""},
            "app/access.py", "app.access", {},
        ),
        # A script that an image runs beside the package.
        (
            {
                "hc/__init__.py": "", "hc/a.py": "", "docker/probe.py": "",
                "docker/Dockerfile":
                    "FROM a\nWORKDIR /o\nCOPY . /o\nCOPY docker/probe.py /o/\nCMD ./probe.py\n",
            },
            "hc/access.py", "hc.access", {},
        ),
    ],
)  # fmt: skip
def test_the_name_of_an_accessor(
    tmp_path: Path, files: Files, module: str, name: str, refused: dict[str, str]
) -> None:
    roots = made(tmp_path, files)
    users = [path for path in files if path.endswith(".py") and not path.endswith("__init__.py")]
    if "lib/access.py" in files:
        users = ["jobs/a.py"]
    answer = name_of(roots, module, users)
    assert answer.name == name
    told = {one.path: one.why for one in answer.problems}
    assert set(refused) <= set(told)
    assert all(text in told[path] for path, text in refused.items())
    assert bool(told) is bool(refused)


def test_many_that_cannot_import_it_are_counted(tmp_path: Path) -> None:
    files = {f"scripts/s{number}.py": MAIN for number in range(9)}
    made(tmp_path, {**files, "app/__init__.py": "", "app/a.py": ""})
    with pytest.raises(CodemodError) as raised:
        found_name(tmp_path, Path("app/config.py"), [*files, "app/a.py"])
    lines = str(raised.value).splitlines()
    assert lines[0] == "app/config.py: 9 of 10 files that would import app.config cannot:"
    assert lines[6] == "  and 4 others"
    assert "hushflake.config" in lines[-1]


def test_the_name_alone_in_repositories_that_hold_little(tmp_path: Path) -> None:
    assert found_name(tmp_path, Path("app/config.py")) == "app.config"
    assert found_name(tmp_path, Path("src/app/config.py")) == "app.config"
    assert found_name(tmp_path, Path("my-service/config.py")) == ""
    made(tmp_path, {"my-service/main.py": "import db\n", "my-service/db.py": ""})
    assert found_name(tmp_path, Path("my-service/config.py")) == "config"
    assert found_name(tmp_path, Path("../config.py")) == ""


# -- what comes from outside ----------------------------------------------------------------


def test_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/pyproject.toml").write_text('[tool.maturin]\npython-source = "lib"\n')
    roots = made(tmp_path / "repository", PACKAGE)
    (tmp_path / "repository/pyproject.toml").symlink_to(tmp_path / "outside/pyproject.toml")
    (tmp_path / "repository/more").symlink_to(tmp_path / "outside")
    assert roots.declared == {}
    assert not any("more" in path for path in roots.tree.others)


@pytest.mark.parametrize(
    "text",
    [
        "gunicorn " * 60_000, "python -x " * 60_000, "/a" * 200_000, " ./" * 150_000,
        "PYTHONPATH=" + "a:" * 200_000, "PYTHONPATH=" * 50_000, "FROM a\n" + "COPY . /x\n" * 40_000,
        "FROM a\nCOPY " + "a* " * 100_000, "FROM a\nENV A=a\n" + "ENV A=$A$A\n" * 40_000,
        "celery -A " * 50_000, "RUN a \\\n" * 60_000,
    ],
    ids=lambda text: text[:12].strip().replace("\n", " "),
)  # fmt: skip
def test_a_hostile_file_of_commands_takes_no_time(tmp_path: Path, text: str) -> None:
    roots = made(tmp_path, {"a/b.py": MAIN, "Dockerfile": text})
    with cpu_within(5):
        roots.uses("a/b.py")
        name_of(roots, "a/c.py", ["a/b.py"])


def test_a_use_says_why(tmp_path: Path) -> None:
    roots = made(tmp_path, {"a/b.py": MAIN, "Makefile": "x:\n\tpython a/b.py\n"})
    assert roots.uses("a/b.py") == (Use("a", "", "run by Makefile:2"),)
    assert Tree(str(tmp_path)).python == {"a/b.py"}
