"""Fixtures; the helpers of this folder are imported as modules of their own."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hushflake.deploy.session import Session
from hushflake.local.server.process import lifecycle
from hushflake.schema.scaffold import copy_foundation

sys.path.insert(0, str(Path(__file__).parent))

from desk import Desk
from workplace import SMALL, Workplace


@pytest.fixture
def small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Workplace]:
    """A project of one table and one view."""
    folder = tmp_path / "small"
    folder.mkdir()
    place = Workplace(folder, capsys)
    place.write(SMALL)
    yield place
    place.stop()


@pytest.fixture
def foundation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Workplace]:
    """A copy of the shipped project."""
    folder = tmp_path / "copied"
    copy_foundation(folder)
    place = Workplace(folder, capsys)
    yield place
    place.stop()


@pytest.fixture
def shipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Workplace]:
    """A folder without a project: the shipped one is used."""
    place = Workplace(tmp_path, capsys)
    yield place
    place.stop()
    shutil.rmtree(tmp_path / ".hushflake", ignore_errors=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session with a local stack that the tests of a module share."""
    folder = tmp_path_factory.mktemp("server")
    endpoint = lifecycle.ensure_running(folder, "local")
    with Session(endpoint.connect_arguments()) as session:
        yield session
    lifecycle.stop(folder, "local")


@pytest.fixture
def desk(server: Session, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """An empty project with a database of its own on the shared server."""
    _numbers.append(len(_numbers))
    place = Desk(f"D{len(_numbers)}", tmp_path, server)
    yield place
    place.session.execute(f"DROP DATABASE IF EXISTS {place.name}")


_numbers: list[int] = []
