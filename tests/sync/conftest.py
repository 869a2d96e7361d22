"""A project that is applied once, and copied for whoever needs both sides of a sync."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from knowledge_stacks import built_once, working_in
from sync_place import Place, place, write_project, write_stack

from hushflake.cli.main import main
from hushflake.local.server.process.lifecycle import stop


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def build(folder: Path) -> None:
        write_project(folder)
        write_stack(folder, {"TEAMS": "0" * 32, "ITEMS": "1" * 32})
        try:
            with working_in(folder):
                assert main(["apply", "--stack", "local"]) == 0
        finally:
            stop(folder / ".hushflake")

    return built_once(tmp_path_factory, "synced", build)


@pytest.fixture
def here(applied: Path, tmp_path: Path) -> Iterator[Place]:
    with place(applied, tmp_path / "here") as made:
        yield made


@pytest.fixture(scope="module")
def shared(applied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One place for a module: its tests keep to rows and pages of their own."""
    with place(applied, tmp_path_factory.mktemp("shared") / "here") as made:
        yield made
