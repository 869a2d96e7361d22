"""A project that is applied once, and copied for whoever needs both sides of a sync."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sync_place import Place, place, write_project, write_stack

from hushflake.cli.main import main
from hushflake.deploy.local.lifecycle import stop


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synced")
    write_project(folder)
    write_stack(folder, {"TEAMS": "0" * 32, "ITEMS": "1" * 32})
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["apply", "--stack", "local"]) == 0
    finally:
        os.chdir(before)
        stop(folder / ".hushflake")
    return folder


@pytest.fixture
def here(applied: Path, tmp_path: Path) -> Iterator[Place]:
    with place(applied, tmp_path / "here") as made:
        yield made


@pytest.fixture(scope="module")
def shared(applied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One place for a module: its tests keep to rows and pages of their own."""
    with place(applied, tmp_path_factory.mktemp("shared") / "here") as made:
        yield made
