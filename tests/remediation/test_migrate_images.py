"""`hushflake migrate` where services have images: settings and requirements for each."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.remediation.migrate.image_settings import NotPlainError, edited, variables

from .conftest import GitRepository
from .esc_project import ENVIRONMENT, TARGET

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
READ = "import os\nA = os.getenv('A')\n"
LINE = f"ENV HUSHFLAKE_ESC={ENVIRONMENT}"


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", running.url)
        running.save(ENVIRONMENT, "values: {}\n")
        yield running


@pytest.fixture
def shop(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """Two services that are built from their own folders, one from the top, and a script."""
    for name in ("carts", "users"):
        repository.write(f"src/{name}/{name}.py", f"import db\n{READ}")
        repository.write(f"src/{name}/db.py", READ)
        repository.write(f"src/{name}/requirements.txt", "flask\n")
    docker = "FROM python:3 AS base\nFROM base\nWORKDIR /app\nENV A=1 \\\n    B=2\nCOPY . .\n"
    repository.write("src/carts/Dockerfile", f"{docker}RUN pip install -r requirements.txt\n")
    repository.write("src/users/Dockerfile", "FROM python:3\nCOPY *.py /srv/\nCMD users\n")
    repository.write("web/main.py", READ)
    repository.write("deploy/web.txt", "flask\n")
    repository.write(
        "docker/Dockerfile",
        "FROM python:3\nCOPY deploy/web.txt /tmp/\nRUN pip install -r /tmp/web.txt\n"
        "COPY pyproject.toml web /app/\n",
    )
    repository.write("scripts/report.py", f"{READ}if __name__ == '__main__':\n    print(A)\n")
    repository.write("requirements.txt", "flask\n")
    repository.write("pyproject.toml", "[tool.ruff]\n")
    repository.write(".env", "A=1\n")
    repository.write(
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - run: pip install -r ci/list.txt\n      - run: pytest\n",
    )
    repository.write("ci/list.txt", "flask\n")
    repository.commit()
    monkeypatch.chdir(repository.folder)
    return repository


def test_each_image_gets_its_settings_and_its_dependency(
    shop: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    assert main(["migrate", "--yes", "--to", TARGET]) == 0
    out = capsys.readouterr().out

    def read(name: str) -> str:
        return (shop.folder / name).read_text()

    for name in ("src/carts/carts.py", "src/users/db.py", "web/main.py", "scripts/report.py"):
        assert "from hushflake.config import get_config_value" in read(name)
    assert f'[tool.hushflake.config]\nesc = "{ENVIRONMENT}"\n' in read("pyproject.toml")
    assert "accessor" not in read("pyproject.toml")
    # In the last stage, below what is set there; the image from the top has the file itself.
    assert f"    B=2\n{LINE}\nCOPY . .\n" in read("src/carts/Dockerfile")
    assert read("src/users/Dockerfile") == f"FROM python:3\n{LINE}\nCOPY *.py /srv/\nCMD users\n"
    assert "HUSHFLAKE" not in read("docker/Dockerfile")
    for name in ("src/carts/requirements.txt", "src/users/requirements.txt", "deploy/web.txt"):
        assert "hushflake" in read(name)
    assert ".github/workflows/ci.yml: line 4 installs ci/list.txt, where hushflake is not" in out
    assert shop.git("status", "--porcelain") == ""
    # Nothing is left to do.
    assert main(["migrate", "--yes", "--to", TARGET, "--branch", "again"]) == 0
    assert shop.git("log", "--format=%s", "hushflake/migrate..HEAD") == ""


@pytest.mark.parametrize(("copied", "mode"), [("*.py", ""), ("*.py users.env", "development")])
def test_an_image_allows_an_env_file_where_it_holds_one(
    shop: GitRepository, esc: FakeEsc, capsys: Capture, copied: str, mode: str
) -> None:
    """What feeds developers from a file does not feed an image that has none."""
    shop.write(".env", "A=1\nOF_A_LIBRARY=2\n")
    shop.write("src/users/db.py", f"from dotenv import load_dotenv\nload_dotenv()\n{READ}")
    shop.write("src/users/users.env", "OF_ANOTHER=2\n")
    shop.write("src/users/Dockerfile", f"FROM python:3\nCOPY {copied} /srv/\n")
    shop.commit()
    assert main(["migrate", "--yes", "--to", TARGET]) == 0
    assert "+++ src/users/Dockerfile" in capsys.readouterr().out
    assert 'mode = "development"' in (shop.folder / "pyproject.toml").read_text()
    text = (shop.folder / "src/users/Dockerfile").read_text()
    assert f"{LINE}{f' HUSHFLAKE_MODE={mode}' if mode else ''}\n" in text


def test_without_a_target_no_image_needs_settings(shop: GitRepository, capsys: Capture) -> None:
    assert main(["migrate", "--yes"]) == 0
    assert "HUSHFLAKE" not in (shop.folder / "src/carts/Dockerfile").read_text()
    assert (shop.folder / "pyproject.toml").read_text() == "[tool.ruff]\n"


@pytest.mark.parametrize("module", ["shared/config.py", "src/carts/config.py"])
def test_a_module_that_images_do_not_hold_is_refused(
    shop: GitRepository, module: str, capsys: Capture
) -> None:
    assert main(["migrate", "--yes", "--accessor", module]) == 2
    told = capsys.readouterr().err
    assert "src/users/db.py: is db from src/users/" in told
    assert shop.git("branch", "--list").strip() == "* main"


@pytest.mark.parametrize(
    "text",
    ["# nothing\n", "FROM a\nRUN <<EOF\nENV X=1\nEOF\n", "ARG A=1\n"],
)
def test_a_dockerfile_that_is_left(text: str) -> None:
    with pytest.raises(NotPlainError, match="add ENV HUSHFLAKE_ESC=a/b/c"):
        edited(text, ["HUSHFLAKE_ESC=a/b/c"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM a", "FROM a\nENV X=1\n"),
        ("FROM a\r\nCMD b\r\n", "FROM a\r\nENV X=1\r\nCMD b\r\n"),
        ("FROM a\nWORKDIR /a\nCMD b\n", "FROM a\nWORKDIR /a\nENV X=1\nCMD b\n"),
        ("FROM a\nENV A=1\nFROM b\nCMD c\n", "FROM a\nENV A=1\nFROM b\nENV X=1\nCMD c\n"),
        ("from a\nenv A \\\n  # d\n  1\ncmd b\n", "from a\nenv A \\\n  # d\n  1\nENV X=1\ncmd b\n"),
    ],
)  # fmt: skip
def test_where_the_line_stands(text: str, wanted: str) -> None:
    assert edited(text, ["X=1"]) == wanted


def test_what_variables_can_give() -> None:
    given = {"stores": ["vault:a/b", "age:x"], "environment": "deny", "mode": "production"}
    assert variables(given) == ["HUSHFLAKE_STORES=vault:a/b,age:x", "HUSHFLAKE_ENVIRONMENT=deny"]
    assert variables({"keyring": "a", "environment": "deny"}) == []


def test_a_program_in_an_image_reads_by_its_variable(
    shop: GitRepository, esc: FakeEsc, tmp_path: Path
) -> None:
    """What the image of a service holds, started as its command does."""
    assert main(["migrate", "--yes", "--to", TARGET]) == 0
    image = tmp_path / "image"
    image.mkdir()
    for path in (shop.folder / "src/carts").glob("*.py"):
        (image / path.name).write_bytes(path.read_bytes())
    line = next(
        one for one in (shop.folder / "src/carts/Dockerfile").read_text().splitlines()
        if "HUSHFLAKE" in one
    )  # fmt: skip
    name, _, value = line.removeprefix("ENV ").partition("=")
    done = subprocess.run(
        [sys.executable, "-c", "import carts; print(carts.A)"],
        cwd=image, env={**os.environ, name: value}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "1\n", done.stderr


@pytest.mark.parametrize("accessor", [[], ["--accessor", "shop/config.py"]])
def test_a_keyring_is_asked_for_the_keys_that_went_there(
    repository: GitRepository,
    monkeypatch: pytest.MonkeyPatch,
    keyring_file: Path,
    accessor: list[str],
    capsys: Capture,
) -> None:
    repository.write("shop/__init__.py", "")
    repository.write("shop/app.py", READ)
    repository.write(".env", "A=1\nB=2\n")
    repository.commit()
    monkeypatch.chdir(repository.folder)
    assert main(["migrate", "--yes", "--all", "--to", "keyring:shop", *accessor]) == 0
    section = 'keyring = "shop"\nkeyring-keys = ["A", "B"]\n'
    text = (repository.folder / "pyproject.toml").read_text()
    assert section in text
    # Again, there is nothing to do; and nothing is in the way.
    again = ["migrate", "--yes", "--all", "--to", "keyring:shop", "--branch", "again", *accessor]
    assert main(again) == 0
    assert repository.git("log", "--format=%s", "hushflake/migrate..HEAD") == ""
    # Without its keys the keyring is never asked, which doctor says.
    (repository.folder / "pyproject.toml").write_text(text.replace('["A", "B"]', "[]"))
    monkeypatch.setenv("HUSHFLAKE_KEYRING", "shop")
    capsys.readouterr()
    assert main(["config", "doctor"]) == 1
    told = capsys.readouterr().out
    assert "keyring shop: is never asked, as it cannot be listed; name its keyring-keys" in told
