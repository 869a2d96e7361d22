"""A key leaves a .env file only when everything that reads it reads the store from then on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.remediation.dotenv import lines
from hushflake.remediation.dotenv import retire as part

from .conftest import GitRepository
from .esc_project import ENVIRONMENT, TARGET, held, snapshot

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
COMPOSE = (
    'services:\n  db:\n    image: postgres:${PG_TAG:-16}\n    environment: {P: "${PG_PASSWORD}"}\n'
)


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", running.url)
        running.save(ENVIRONMENT, "values: {}\n")
        yield running


def reading(*keys: str) -> str:
    """Return source that reads keys through the accessor."""
    calls = "".join(f"get_config_value('{key}')\n" for key in keys)
    return f"from hushflake.config import get_config_value\n{calls}"


def make(repository: GitRepository, monkeypatch: pytest.MonkeyPatch, **files: str) -> GitRepository:
    """Make a repository whose accessor reads the target; `__` is a slash, a dot `_dot_`."""
    written = {"pyproject_dot_toml": f'[tool.hushflake.config]\nesc = "{ENVIRONMENT}"\n', **files}
    for name, text in written.items():
        repository.write(name.replace("__", "/").replace("_dot_", "."), text)
    repository.commit()
    monkeypatch.chdir(repository.folder)
    return repository


def retire(*options: str) -> int:
    return main(["dotenv", "retire", "--to", TARGET, *options])


def stays(capsys: Capture, *options: str) -> dict[str, dict[str, list[str]]]:
    """Return file -> key -> who keeps it, by kind and place."""
    capsys.readouterr()
    assert retire("--format", "json", *options) == 0
    document = json.loads(capsys.readouterr().out)
    found: dict[str, dict[str, list[str]]] = {}
    for file in document["files"]:
        keys = found.setdefault(file["path"], {})
        for one in file["stays"]:
            place = f" {one['path']}:{one['line']}" if one["path"] else ""
            keys.setdefault(one["key"], []).append(f"{one['kind']}{place}")
            assert one["does"]
            assert one["remedy"]
    return found


# -- what stays -----------------------------------------------------------------------------


def test_what_compose_needs_stays_and_the_rest_goes(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    """Kept lines keep their bytes: comments, quotes, line ends, the byte order mark."""
    text = (
        "\ufeffTOKEN=t # ours\r\n# of the database\r\n  PG_PASSWORD = 'a b' # kept\r\n\r\n"
        'KEY="-----\nline\n-----"\nexport PG_TAG=15\nPORT=1'
    )
    project = make(
        repository, monkeypatch, compose_dot_yml=COMPOSE, _dot_env=text,
        app_dot_py=reading("TOKEN", "KEY", "PORT"),
    )  # fmt: skip
    (project.folder / ".env").chmod(0o640)
    before, index = snapshot(project.folder), project.git("ls-files", "--stage")
    assert stays(capsys) == {
        ".env": {
            "PG_PASSWORD": ["Docker Compose compose.yml:4"],
            "PG_TAG": ["Docker Compose compose.yml:3"],
        }
    }
    assert retire("--write") == 0
    kept = "\ufeff# of the database\r\n  PG_PASSWORD = 'a b' # kept\r\n\r\nexport PG_TAG=15\n"
    assert (project.folder / ".env").read_bytes() == kept.encode()
    assert (project.folder / ".env").stat().st_mode & 0o777 == 0o640
    assert held(esc) == {"TOKEN": "t", "KEY": "-----\nline\n-----", "PORT": "1"}
    assert ".env" in project.tracked()
    assert not (project.folder / ".gitignore").exists()
    out = " ".join(capsys.readouterr().out.split())
    assert "PG_PASSWORD, PG_TAG: compose.yml:3 and 1 more line: Docker Compose reads them" in out
    assert "hushflake config run -- docker compose up" in out

    # A second run has nothing to do, and restoring gives all bytes back.
    assert retire("--write") == 0
    assert "no key of these files can go" in capsys.readouterr().out
    assert main(["dotenv", "restore", "--write"]) == 0
    assert snapshot(project.folder) == before
    assert project.git("ls-files", "--stage") == index


def test_a_file_that_was_edited_meanwhile_is_not_restored_over(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    project = make(
        repository, monkeypatch, compose_dot_yml=COMPOSE, _dot_env="A=1\nPG_TAG=2\n",
        app_dot_py=reading("A"),
    )  # fmt: skip
    assert retire("--write") == 0
    project.write(".env", "PG_TAG=3\n")
    assert main(["dotenv", "restore", "--write"]) == 2
    assert "is there with other content" in capsys.readouterr().err
    assert (project.folder / ".env").read_text() == "PG_TAG=3\n"


def test_settings_classes_and_packages_keep_their_files(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    """pydantic-settings in the back, Vite in front: two files that nobody rewrote."""
    settings = (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
        "class Settings(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_file='../.env')\n"
        "    SECRET_KEY: str\n    PG_PASSWORD: str\n"
    )
    project = make(
        repository, monkeypatch, backend__config_dot_py=settings,
        _dot_env="SECRET_KEY=x\nPG_PASSWORD=y\n",
        frontend__package_dot_json='{"devDependencies": {"vite": "5"}}\n',
        frontend___dot_env="VITE_API_URL=http://x\nNODE_ENV=${X}\n",
    )  # fmt: skip
    before = snapshot(project.folder)
    found = stays(capsys)
    assert found[".env"]["SECRET_KEY"][0] == "pydantic-settings backend/config.py:2"
    assert found["frontend/.env"]["VITE_API_URL"] == ["npm package frontend/package.json:1"]
    # A value that another loader would read otherwise is no doubt where it stays.
    assert retire("--write") == 0
    assert snapshot(project.folder) == before
    assert held(esc) == {}


def test_settings_that_read_the_store_let_their_keys_go(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc
) -> None:
    settings = (
        "from hushflake.config.pydantic import ConfigSettings\n"
        "class Settings(ConfigSettings):\n    secret_key: str\n"
    )
    project = make(repository, monkeypatch, config_dot_py=settings, _dot_env="SECRET_KEY=x\n")
    assert retire("--write") == 0
    assert not (project.folder / ".env").exists()
    assert held(esc) == {"SECRET_KEY": "x"}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import os\nos.getenv('KEY')\n", "code app.py:2"),
        ("import os\nos.path.expandvars('$KEY')\n", "code app.py:2"),
        ("import os\nname = f'K{suffix()}'\nos.environ[f'K{suffix()}']\n", "code app.py:3"),
        ("from decouple import config\nconfig('KEY')\n", "code app.py:2"),
        ("from dotenv import dotenv_values\nv = dotenv_values()\n", "python-dotenv app.py:2"),
        ("", "nothing"),
    ],
)
def test_reads_that_nothing_has_rewritten(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture,
    source: str, kind: str,
) -> None:  # fmt: skip
    make(repository, monkeypatch, app_dot_py=source, _dot_env="KEY=1\n")
    assert kind in stays(capsys)[".env"]["KEY"]
    assert stays(capsys, "--all") == {".env": {}}
    assert retire("--write", "--all") == 0
    assert held(esc) == {"KEY": "1"}
    # Who reads it is told all the same.
    assert "goes although it is read, or may be" in capsys.readouterr().out


def test_what_is_excluded_or_ignored_goes_on_reading(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    """Both are left by every command; so are .env files there, and both need what they read."""
    project = make(
        repository, monkeypatch, _dot_gitignore="local.py\n", legacy___dot_env="A=2\n",
        legacy__app_dot_py="import os\nos.getenv('A')\n", _dot_env="A=1\nB=1\nC=1\n",
        app_dot_py=reading("A", "B", "C"),
        pyproject_dot_toml='[tool.hushflake]\nexclude = ["legacy/"]\n'
        f'[tool.hushflake.config]\nesc = "{ENVIRONMENT}"\n',
    )  # fmt: skip
    project.write("local.py", "import os\nos.getenv('B')\n")
    assert stays(capsys) == {".env": {"A": ["code legacy/app.py:2"], "B": ["code local.py:2"]}}
    assert retire("--write") == 0
    assert (project.folder / ".env").read_text() == "A=1\nB=1\n"
    assert (project.folder / "legacy/.env").read_text() == "A=2\n"


def test_what_a_kept_line_takes_in_stays_with_it(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    text = "USER=u\nPASSWORD=p${USER}\nPG_TAG=${PASSWORD}\nTOKEN=t\n"
    make(
        repository, monkeypatch, compose_dot_yml=COMPOSE, _dot_env=text,
        app_dot_py=reading("USER", "PASSWORD", "TOKEN"),
    )  # fmt: skip
    assert list(stays(capsys)[".env"]) == ["PG_TAG", "PASSWORD", "USER"]
    assert retire("--write") == 0
    assert held(esc) == {"TOKEN": "t"}


def test_a_file_that_must_be_there_stays_without_its_keys(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    project = make(
        repository, monkeypatch, Makefile="include .env\nrun:\n\tpython app.py $(OTHER)\n",
        _dot_env="# head\nA=1\n", app_dot_py=reading("A"),
    )  # fmt: skip
    assert stays(capsys) == {".env": {None: ["Makefile Makefile:1"]}}
    assert retire("--write") == 0
    assert (project.folder / ".env").read_text() == "# head\n"
    assert held(esc) == {"A": "1"}


def test_an_accessor_that_does_not_read_the_target(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    make(
        repository, monkeypatch, _dot_env="A=1\n", app_dot_py=reading("A"),
        pyproject_dot_toml="[tool.hushflake]\n",
    )  # fmt: skip
    assert stays(capsys) == {".env": {"A": ["accessor"]}}
    assert retire() == 0
    told = f"`hushflake config init --esc {ENVIRONMENT}`"
    assert told in " ".join(capsys.readouterr().out.split())
    # A module of the project is told in its own words.
    repository.write("conf.py", "from hushflake.config import get_config_value\n")
    repository.write("pyproject.toml", '[tool.hushflake]\naccessor = "conf"\n')
    assert retire() == 0
    told = f'call configure(esc="{ENVIRONMENT}") in conf'
    assert told in " ".join(capsys.readouterr().out.split())
    repository.write("pyproject.toml", "[tool.hushflake]\n")
    monkeypatch.setenv("HUSHFLAKE_ESC", ENVIRONMENT)
    assert stays(capsys) == {".env": {}}


def test_what_is_exported_for_a_library_goes(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc
) -> None:
    source = "from hushflake.config import export_to_environment\nexport_to_environment(['A'])\n"
    make(repository, monkeypatch, app_dot_py=source, _dot_env="A=1\n")
    assert retire("--write") == 0
    assert held(esc) == {"A": "1"}


# -- interrupted, hidden --------------------------------------------------------------------


REMOVE = part._remove


def test_a_run_that_was_stopped_before_the_file_was_rewritten(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc
) -> None:
    project = make(
        repository, monkeypatch, compose_dot_yml=COMPOSE, _dot_env="A=1\nPG_TAG=2\n",
        app_dot_py=reading("A"),
    )  # fmt: skip
    before = snapshot(project.folder)
    for stopped in ("_remove", "Backup.save"):
        with pytest.MonkeyPatch.context() as patch:
            if stopped == "_remove":
                patch.setattr(part, "_remove", lambda _planned: 1 / 0)
            else:
                patch.setattr(part, "_remove", lambda planned: (REMOVE(planned), 1 / 0))
            assert retire("--write") == 3
    assert (project.folder / ".env").read_text() == "PG_TAG=2\n"
    assert retire("--write") == 0
    assert held(esc) == {"A": "1"}
    assert main(["dotenv", "restore", "--write"]) == 0
    assert snapshot(project.folder) == before


def test_no_value_is_told(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture
) -> None:
    canary = "canary" + "-value"
    make(
        repository, monkeypatch, compose_dot_yml=COMPOSE, _dot_env=f"A={canary}\nPG_TAG={canary}\n",
        app_dot_py=reading("A"),
    )  # fmt: skip
    for words in ((), ("--format", "json"), ("--write",)):
        assert retire(*words) == 0
    printed = capsys.readouterr()
    assert canary not in printed.out + printed.err


@pytest.mark.parametrize(
    ("data", "keys", "kept"),
    [
        (b"A=1\nB=2", {"B"}, b"A=1\n"),
        (b"\xef\xbb\xbfA=1\r\nB=2\r\n", {"A"}, b"\xef\xbb\xbfB=2\r\n"),
        (b"A='1\n2'\r# c\rB=2\r", {"A"}, b"# c\rB=2\r"),
        (b" export A = 1 # x\n\n\nB=\n", {"A"}, b"\n\nB=\n"),
        (b"A=1\nbroken line\nB=\"x\n", {"A"}, b"broken line\nB=\"x\n"),
        (b"A=1\nA=2\n", {"A"}, b""),
    ],
)  # fmt: skip
def test_lines_by_their_keys(data: bytes, keys: set[str], kept: bytes) -> None:
    assert lines.without(data, keys) == kept
    assert lines.without(data, set()) == data


# -- migrate --------------------------------------------------------------------------------


APP = "import os\nfrom dotenv import load_dotenv\n\nload_dotenv()\nTOKEN = os.getenv('TOKEN')\n"
MIGRATE = ["migrate", "--yes", "--to", TARGET, "--accessor", "shop/config.py"]


def started(folder: Path, **variables: str) -> str:
    """Return what the application finds when it starts in production, with its token alone."""
    done = subprocess.run(
        [sys.executable, "-c", "from shop.app import TOKEN; print(TOKEN)"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.defpath, **variables},
    )  # fmt: skip
    return done.stdout + done.stderr[-500:]


def test_a_file_that_flask_loads_by_itself_is_allowed(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc
) -> None:
    """`flask run` loads what stays into the program, and production mode would refuse it."""
    repository.write("shop/__init__.py", "")
    project = make(
        repository, monkeypatch, _dot_env="TOKEN=t\nFLASK_APP=shop.app\n",
        # Nothing in the code loads it.
        shop__app_dot_py="import os\nfrom flask import Flask\n\nTOKEN = os.getenv('TOKEN')\n"
        "app = Flask(__name__)\n",
        requirements_dot_txt="flask\npython-dotenv\n",
        pyproject_dot_toml='[project]\nname = "shop"\n',
    )  # fmt: skip
    assert main(MIGRATE) == 0
    assert (project.folder / ".env").read_text() == "FLASK_APP=shop.app\n"
    done = subprocess.run(
        [sys.executable, "-m", "flask", "shell"], input="from shop.app import TOKEN; print(TOKEN)",
        cwd=project.folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.defpath, "PULUMI_ACCESS_TOKEN": esc.token, "PULUMI_BACKEND_URL": esc.url},
    )  # fmt: skip
    assert "\nt\n" in done.stdout.replace(">>> ", "\n"), done.stderr


@pytest.mark.parametrize("kept", ["POSTGRES_DB", "OPENAI_API_KEY"])
def test_a_migration_leaves_what_others_need(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture,
    kept: str,
) -> None:  # fmt: skip
    """Without its loader where Compose alone reads it; with it where a library may."""
    repository.write("shop/__init__.py", "")
    compose = 'services:\n  db:\n    image: "postgres:${POSTGRES_DB}"\n'
    project = make(
        repository, monkeypatch, compose_dot_yml=compose, _dot_env=f"TOKEN=t\n{kept}=1\n",
        shop__app_dot_py=APP,
        pyproject_dot_toml='[project]\nname = "shop"\n',
    )  # fmt: skip
    before = snapshot(project.folder)
    assert main(MIGRATE) == 0
    out = capsys.readouterr().out
    assert f".env keeps {kept}: " in " ".join(out.split())
    assert (project.folder / ".env").read_text() == f"{kept}=1\n"
    app = (project.folder / "shop/app.py").read_text()
    assert ("load_dotenv" in app) == (kept == "OPENAI_API_KEY")
    accessor = (project.folder / "shop/config.py").read_text()
    assert ('mode="development"' in accessor) == (kept == "OPENAI_API_KEY")
    given = {"PULUMI_ACCESS_TOKEN": esc.token, "PULUMI_BACKEND_URL": esc.url}
    assert started(project.folder, **given) == "t\n"
    project.git("switch", "--quiet", "main")
    project.git("branch", "-D", "hushflake/migrate")
    assert main(["dotenv", "restore", "--write"]) == 0
    after = snapshot(project.folder)
    assert {name: after[name][:2] for name in before} == {name: before[name][:2] for name in before}


def test_a_migration_keeps_what_code_and_compose_share(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, capsys: Capture,
) -> None:  # fmt: skip
    """A key that stays is not in the store: the application goes on loading it."""
    repository.write("shop/__init__.py", "")
    compose = "services:\n  web:\n    env_file: .env\n"
    project = make(
        repository, monkeypatch, compose_dot_yml=compose, _dot_env="TOKEN=t\n",
        shop__app_dot_py=APP,
        pyproject_dot_toml='[project]\nname = "shop"\n',
    )  # fmt: skip
    assert main(MIGRATE) == 0
    assert "no key can go" in capsys.readouterr().out
    assert "load_dotenv()" in (project.folder / "shop/app.py").read_text()
    assert held(esc) == {}
    given = {"PULUMI_ACCESS_TOKEN": esc.token, "PULUMI_BACKEND_URL": esc.url}
    assert started(project.folder, **given) == "t\n"
