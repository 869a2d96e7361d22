"""What `migrate` leaves to a person: each line is something to do, and none comes twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.remediation.git import Repository
from hushflake.remediation.migrate.next_steps import next_steps, to_try
from hushflake.remediation.migrate.step import Context, Options

from .conftest import GitRepository

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
Make = Callable[..., Context]
ACCESSOR = Path("shop/config.py")


@pytest.fixture
def context(repository: GitRepository) -> Make:
    def make(files: dict[str, str], **options: object) -> Context:
        for path, text in {"shop/__init__.py": "", "shop/app.py": "", **files}.items():
            repository.write(path, text)
        repository.commit()
        given = Options(**options)  # type: ignore[arg-type]
        changed = ["shop/app.py"]
        return Context(Repository.of(repository.folder), given, Path("none"), changed=changed)

    return make


def shown(context: Context) -> list[str]:
    return [str(one) for one in next_steps(context)]


REQUIRED = {"requirements.txt": "hushflake\n"}


@pytest.mark.parametrize(
    ("command", "listed"),
    [
        ("nose2 -v", True),
        ("behave features", True),
        ("python manage.py test --parallel", False),
        ("python -m unittest discover", False),
        ("pytest -q", False),
        ("docker build .", False),
        ("codespell", False),
    ],
)
def test_workflows_whose_runner_is_not_known(context: Make, command: str, listed: bool) -> None:
    path = ".github/workflows/ci.yml"
    made = context({**REQUIRED, path: f"jobs:\n  a:\n    steps:\n      - run: {command}\n"},
                   accessor=ACCESSOR)  # fmt: skip
    assert any(one.startswith(path) for one in shown(made)) is listed


def test_nothing_about_containers_where_no_file_feeds_them(context: Make) -> None:
    made = context(
        {**REQUIRED, "Dockerfile": "FROM python\n", "Procfile": "web: shop\n"}, accessor=ACCESSOR
    )
    assert shown(made) == []


def test_where_a_file_feeds_them(context: Make) -> None:
    files = {**REQUIRED, "Dockerfile": "FROM python\nCOPY . .\n", ".env": "A=b\n"}
    steps = shown(context(files, accessor=ACCESSOR))
    assert any(one.startswith("Dockerfile: it copies .env") for one in steps)


IMAGE = r"""
FROM python:3.13
RUN pip install flask gunicorn && python -m venv /venv
RUN python setup.py develop; python3 -m compileall .
RUN apt-get update \
  && uv run flask \
     translate compile
RUN DEBUG=1 python manage.py collectstatic --noinput && rm -rf /tmp/x
RUN HUSHFLAKE_MODE=build flask assets
run --mount=type=cache,target=/x /venv/bin/python3 -m shop.build 'a b'
RUN echo "flask
CMD ["flask", "run"]
"""


@pytest.mark.parametrize("target", ["esc:acme/shop/dev", None])
def test_steps_of_an_image_that_import_the_application(context: Make, target: str | None) -> None:
    files = {**REQUIRED, "Dockerfile": IMAGE}
    begin = "Dockerfile: no store is in reach of a build: `RUN HUSHFLAKE_MODE=build "
    found = [
        one.removeprefix(begin).rstrip("`")
        for one in shown(context(files, accessor=ACCESSOR, target=target))
        if one.startswith(begin)
    ]
    # Without a store nothing is missing there.
    assert found == ([] if target is None else [
        "uv run flask translate compile",
        "DEBUG=1 python manage.py collectstatic --noinput",
        "/venv/bin/python3 -m shop.build 'a b'",
    ])  # fmt: skip


def test_a_lock_file_of_two_declarations_is_named_once(context: Make) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\n', "requirements.txt": "flask\n",
        "uv.lock": "",
    }  # fmt: skip
    assert shown(context(files)).count("uv.lock: renew it: `uv lock`") == 1


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"pyproject.toml": "[tool.ruff]\n"}, "ruff format"),
        ({"pyproject.toml": "[tool.black]\n"}, "black"),
        ({".pre-commit-config.yaml": "repos:\n- hooks:\n  - id: black\n"}, "black"),
        ({}, ""),
    ],
)
def test_the_formatter(context: Make, files: dict[str, str], command: str) -> None:
    found = [one for one in shown(context({**REQUIRED, **files})) if "formatter" in one]
    assert found == ([f"run your formatter over the changed files: `{command}`"] if command else [])


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("esc:acme/shop/dev", "PULUMI_ACCESS_TOKEN"),
        ("keyring:shop", "the values in its environment"),
        ("vault:secret/shop", "VAULT_TOKEN"),
        ("aws-secrets:shop", "AWS identity"),
    ],
)
def test_what_other_machines_need(context: Make, target: str, told: str) -> None:
    made = context(REQUIRED, accessor=ACCESSOR, target=target)
    assert [one for one in shown(made) if told in one and one.startswith("Wherever")]


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("vault:secret/shop", "HUSHFLAKE_STORES=vault:secret/shop"),
        ("keyring:shop", "HUSHFLAKE_KEYRING=shop"),
        ("esc:acme/shop/dev", ""),
    ],
)
def test_what_lets_commands_read_there(context: Make, target: str, allowed: str) -> None:
    steps = shown(context(REQUIRED, accessor=ACCESSOR, target=target))
    found = [one for one in steps if "`hushflake config doctor`" in one]
    assert [one.split()[1] for one in found] == ([allowed] if allowed else [])


@pytest.mark.parametrize(
    ("declared", "target", "told"),
    [
        ("hushflake\n", "vault:secret/shop", ["make it hushflake[vault], which reads the store"]),
        ("hushflake[vault]>=0.1\n", "vault:secret/shop", []),
        ("hushflake\n", "esc:acme/shop/dev", []),
        ("hushflake\n", "", []),
    ],
)
def test_the_extra_that_reads_the_store(
    context: Make, declared: str, target: str, told: list[str]
) -> None:
    made = context({"requirements.txt": declared}, accessor=ACCESSOR, target=target)
    assert [str(one) for one in next_steps(made) if one.place == "requirements.txt"] == [
        f"requirements.txt: {one}" for one in told
    ]


@pytest.mark.parametrize(
    ("files", "last"),
    [
        ({"manage.py": "import django\n", "tests/__init__.py": ""}, "manage.py test"),
        (
            {"manage.py": "import django\n", "tests/__init__.py": "", "pytest.ini": "[pytest]\n"},
            "-m pytest",
        ),
        ({"tests/__init__.py": ""}, "-m pytest"),
        ({}, ""),
    ],
)
def test_how_the_tests_are_run(context: Make, files: dict[str, str], last: str) -> None:
    commands = to_try(context(files))
    assert commands[-1].endswith(last or "'import shop.app'")


def test_a_file_that_does_not_parse_is_named(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    repository.write("app.py", 'import os\nA = os.getenv("A")\n')
    repository.write("broken.py", 'import os\nB = os.getenv("B"\n')
    repository.commit()
    monkeypatch.chdir(repository.folder)
    assert main(["migrate", "--yes"]) == 0
    printed = capsys.readouterr().out
    assert "left as it is: broken.py: " in printed
    assert "no .env file" in printed
    assert "0 .env files" not in printed


def test_a_store_that_gets_no_key_is_not_set_up(
    repository: GitRepository,
    keyring_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    repository.write("requirements.txt", "pydantic-settings\n")
    repository.write(
        "app.py",
        "import os\n\nfrom pydantic_settings import BaseSettings\n\n\n"
        "class Settings(BaseSettings, env_file='.env'):\n    port: int\n\n\n"
        "print(Settings().port, os.getenv('NAME'))\n",
    )
    repository.commit()
    repository.write(".env", "PORT=8000\n")
    monkeypatch.chdir(repository.folder)
    assert main(["migrate", "--yes", "--to", "keyring:shop"]) == 0
    out = capsys.readouterr().out
    assert "no key can go" in out
    assert "no key goes to the store: reads go to the configured module" in out
    assert "Wherever else" not in out
    assert not (repository.folder / "pyproject.toml").exists()
    assert "hushflake[" not in (repository.folder / "requirements.txt").read_text()
    assert (repository.folder / ".env").read_text() == "PORT=8000\n"
    assert not keyring_file.exists()
