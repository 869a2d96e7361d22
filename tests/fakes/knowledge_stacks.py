"""Local stacks with the shipped project: applied and empty, or loaded and embedded.

Each is built once, also where tests run in several processes, and copied for every module, so that
tests may change what they like.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base, open_base
from hushflake.local.server.process.lifecycle import adopt, stop
from hushflake.schema.project import Project, find_project


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """Return a folder that the first process of this test run to ask for it builds.

    The way is that of pytest-xdist's documentation, "Making session-scoped fixtures execute only
    once": processes of one run have temporary folders below one that they share.
    """
    own = factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, finished = common / name, common / f"{name}.done"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def applied_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def build(home: Path) -> None:
        with working_in(home):
            assert main(["apply", "--stack", "local"]) == 0
        stop(home / ".hushflake")

    return built_once(tmp_path_factory, "applied", build)


@pytest.fixture(scope="session")
def loaded_home(applied_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    def build(home: Path) -> None:
        shutil.copytree(applied_home, home, dirs_exist_ok=True)
        adopt(home / ".hushflake")
        with working_in(home):
            assert main(["load", "--stack", "local"]) == 0
        stop(home / ".hushflake")

    return built_once(tmp_path_factory, "loaded", build)


def running_copy(home: Path, target: Path) -> Iterator[Project]:
    shutil.copytree(home, target)
    adopt(target / ".hushflake")
    yield find_project(target, "foundation")
    stop(target / ".hushflake")


@pytest.fixture(scope="module")
def empty_project(
    applied_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    yield from running_copy(applied_home, tmp_path_factory.mktemp("empty") / "home")


@pytest.fixture(scope="module")
def project(loaded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    yield from running_copy(loaded_home, tmp_path_factory.mktemp("stack") / "home")


@pytest.fixture
def empty_base(empty_project: Project) -> Iterator[Base]:
    with open_base(empty_project, "local") as base:
        yield base


@pytest.fixture
def base(project: Project) -> Iterator[Base]:
    with open_base(project, "local") as base:
        yield base


@pytest.fixture
def home(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the loaded stack, as the working folder of the command line."""
    folder = project.local_data.parent
    monkeypatch.chdir(folder)
    return folder
