"""Our hooks under the real pre-commit program, installed from this repository."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from hushflake.remediation.dotenv.find import is_env_file

ROOT = Path(__file__).parents[2]
HOOKS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.local", ".env-prod", ".env_prod", "production.env", "deploy/.env"),
        *(".env.example", ".env.sample", "example.env", ".env.template", "deploy/.env.dist"),
        *(
            ".env.example.local",
            ".env.vault",
            "settings.env.py",
            ".env.md",
            "environment",
            "a.envy",
        ),
        *(".envrc", "my.examples/.env", "template/prod.env"),
    ],
)
def test_a_dotenv_file_is_what_the_remediation_takes_for_one(name: str) -> None:
    hook = next(hook for hook in HOOKS if hook["id"] == "hushflake-no-dotenv")
    refused = bool(re.search(hook["files"], name)) and not re.search(hook["exclude"], name)
    assert refused is is_env_file(Path(name).name)


def git(folder: Path, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        **options,
    )


@pytest.fixture(scope="module")
def hooks_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local clone of this repository as it stands, uncommitted work included."""
    folder = tmp_path_factory.mktemp("hooks") / "hushflake"
    listed = git(ROOT, "ls-files", "-z", "-c", "-o", "--exclude-standard", check=True).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file() and not source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    git(folder, "init", "-q", check=True)
    git(folder, "add", "-A", "-f", check=True)
    git(folder, "commit", "-q", "-m", "hooks", check=True)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home for pre-commit."""
    return tmp_path_factory.mktemp("pre-commit-home")


@pytest.fixture(scope="module")
def repository(
    tmp_path_factory: pytest.TempPathFactory, hooks_repository: Path, home: Path
) -> Path:
    """A throw-away repository that uses the hooks, with an empty pre-commit home."""
    folder = tmp_path_factory.mktemp("work")
    revision = git(hooks_repository, "rev-parse", "HEAD", check=True).stdout.strip()
    git(folder, "init", "-q", check=True)
    hooks = [{"id": hook["id"]} for hook in HOOKS if hook["id"] != "hushflake-schema"]
    config = {"repos": [{"repo": str(hooks_repository), "rev": revision, "hooks": hooks}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "app.py").write_text("print('hello')\n", encoding="utf-8")
    git(folder, "add", "-A", check=True)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "install", "--install-hooks"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def commit(repository: Path, home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:

    def run(files: dict[str, str], *skip: str) -> subprocess.CompletedProcess[str]:
        """Write files and try to commit them; what was refused is put away again."""
        for name, text in files.items():
            (repository / name).write_text(text, encoding="utf-8")
        git(repository, "add", "-f", "-A", check=True)
        environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "SKIP": ",".join(skip)}
        return git(repository, "commit", "-m", "a change", env=environment)

    return run


@pytest.mark.slow
@pytest.mark.git
def test_the_hooks_under_pre_commit(
    repository: Path, home: Path, commit: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    # A clean commit passes.
    done = commit({"clean.py": "print('clean')\n"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hushflake check" in done.stderr + done.stdout

    # A regression is refused, and its value is not told.
    secret = "hunter" + "2-of-ours"
    done = commit(
        {"app.py": f"import os\nURL = os.getenv('URL')\npassword = '{secret}'\n"},
        "hushflake-codemod",
    )
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "app.py:2:7: HSF101" in told
    assert "app.py:3:12: HSF301" in told
    assert secret not in told

    # So it is in configuration files, with the readers that the hook brings.
    token = "83a1f0" + "c9d2e4"
    done = commit(
        {"compose.yaml": f"db:\n  password: {secret}\n", ".npmrc": f"_authToken={token}\n"},
        "hushflake-codemod",
    )
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "compose.yaml:2:13: HSF301" in told
    assert ".npmrc:1:12: HSF301" in told
    assert secret not in told
    assert token not in told
    git(repository, "rm", "-q", "-f", "--cached", "compose.yaml", ".npmrc", check=True)
    (repository / "compose.yaml").unlink()
    (repository / ".npmrc").unlink()

    # The fixer changes the file and so fails, as the convention wants; then the commit passes.
    done = commit({"app.py": "import os\n\nURL = os.getenv('URL')\n"}, "hushflake-check")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout + done.stderr
    assert "get_config_value('URL')" in (repository / "app.py").read_text(encoding="utf-8")
    done = commit({})
    assert done.returncode == 0, done.stdout + done.stderr

    # The refusal of a secret prints the command that moves it, and then the commit passes.
    done = commit({"paid.py": f"PAYMENTS_PASSWORD = '{secret}'\n"})
    assert done.returncode == 1
    lines = (done.stdout + done.stderr).splitlines()
    (printed,) = [line.strip() for line in lines if "--only hardcoded_secrets" in line]
    assert printed.endswith("--only hardcoded_secrets --to TARGET --write paid.py")
    words = shlex.split(printed.replace("TARGET", "keyring:shop"))[1:]
    kept = home / "keyring.json"
    moved = subprocess.run(
        [sys.executable, "-m", "hushflake.cli.main", *words, "--yes"],
        cwd=repository,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "tests" / "fakes"),
            "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
            "TEST_KEYRING_FILE": str(kept),
            "XDG_STATE_HOME": str(home / "state"),
        },
        capture_output=True,
        text=True,
    )
    assert moved.returncode == 0, moved.stdout + moved.stderr
    assert secret not in moved.stdout + moved.stderr
    assert json.loads(kept.read_text()) == {"shop/PAYMENTS_PASSWORD": secret}
    done = commit({})
    assert done.returncode == 0, done.stdout + done.stderr

    # So are a notebook, a script without suffix, and a stub.
    source = ["import os\n", f"password = '{secret}'\n", "URL = os.getenv('URL')"]
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source}]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    files = {"nb.ipynb": notebook, "tool": f"#!/usr/bin/env python3\n{''.join(source)}\n"}
    (repository / "tool").touch(mode=0o755)
    done = commit({**files, "stub.pyi": f"password = '{secret}'\n"}, "hushflake-codemod")
    told = done.stdout + done.stderr
    assert done.returncode == 1
    for place in ("nb.ipynb:cell 1:2:12: HSF301", "tool:3:12: HSF301", "stub.pyi:1:12: HSF301"):
        assert place in told
    assert secret not in told
    done = commit({}, "hushflake-check")
    assert done.returncode == 1
    for name in files:
        assert "get_config_value('URL')" in (repository / name).read_text(encoding="utf-8")
    git(repository, "rm", "-q", "-f", "nb.ipynb", "tool", "stub.pyi", check=True)

    # A .env file is refused, a template is not.
    done = commit({".env": "A=1\n"})
    assert done.returncode == 1
    assert "commit a template" in done.stdout + done.stderr
    git(repository, "rm", "-q", "--cached", ".env", check=True)
    (repository / ".env").unlink()
    done = commit({".env.example": "A=\n"})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.git
def test_the_schema_hook_under_pre_commit(tmp_path: Path, hooks_repository: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", check=True)
    shutil.copytree(ROOT / "schema" / "foundation", work, dirs_exist_ok=True)
    git(work, "add", "-A", check=True)
    home = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    entity = next((work / "entities").glob("*.yaml"))

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(hooks_repository),
             "hushflake-schema", "--all-files"],
            cwd=work,
            env=home,
            capture_output=True,
            text=True,
        )  # fmt: skip

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    entity.write_text(
        entity.read_text(encoding="utf-8").replace("entity:", "entitty:", 1), encoding="utf-8"
    )
    done = run()
    assert done.returncode == 1
    assert entity.name in done.stdout
