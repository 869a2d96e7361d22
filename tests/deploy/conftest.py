"""Fixtures; the helpers of this folder are imported as modules of their own."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hushflake.schema.scaffold import copy_foundation

sys.path.insert(0, str(Path(__file__).parent))

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
