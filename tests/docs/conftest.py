"""A wheel of this checkout, installed alone, and a shell that has nothing else of ours."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from walk import Shell
from wheels import build_wheel

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))
LOCK = str(ROOT / "requirements" / "dev.txt")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel, every extra and pre-commit, as locked."""
    folder = tmp_path_factory.mktemp("environment")
    run(UV, "venv", "--quiet", "--seed", "--python", sys.executable, folder / "venv")
    python = folder / "venv" / "bin" / "python"
    install = (UV, "pip", "install", "--quiet", "--python", python)
    run(*install, f"{wheel}[all]", "pre-commit", "--constraint", unhashed(folder))
    return python.parent


def unhashed(folder: Path) -> Path:
    """The lock as constraints: a wheel made here has no hash in it."""
    lines = Path(LOCK).read_text(encoding="utf-8").splitlines()
    pins = [line.removesuffix("\\").strip() for line in lines if "==" in line and line[0] != " "]
    path = folder / "constraints.txt"
    path.write_text("\n".join(pins), encoding="utf-8")
    return path


def run(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert not done.returncode, f"{command}\n{done.stdout}{done.stderr}"


@pytest.fixture
def newcomer(programs: Path, tmp_path: Path) -> Iterator[Callable[[dict[str, str]], Shell]]:
    """Make shells of a person who has installed the wheel and nothing else."""
    shells: list[Shell] = []
    home = tmp_path / "home"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = A Reader\n\temail = reader@example.com\n[init]\n\tdefaultBranch = main\n",
        encoding="utf-8",
    )
    # What reaches the package index here is not ours to decide; everything else is fresh.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_")) or name.endswith("_PROXY")
    }

    def make(extra: dict[str, str]) -> Shell:
        environment = {
            **kept,
            "HOME": str(home),
            "PATH": f"{programs}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "AWS_EC2_METADATA_DISABLED": "true",
            **extra,
        }
        shells.append(Shell(work, environment))
        return shells[-1]

    yield make
    for shell in shells:
        shell.run_quietly("hushflake stack stop")
        shell.close()
