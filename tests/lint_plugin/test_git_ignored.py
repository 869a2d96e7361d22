"""What git ignores is told alike with and without `posix_spawnp`, and without git as nothing."""

import os
import subprocess
from pathlib import Path

import pytest

from hushflake.lint_plugin.git.ignored import Repository

pytestmark = pytest.mark.git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("made/\n*_local.py\n", encoding="utf-8")
    (tmp_path / "made").mkdir()
    for name in ("made/a.py", "b_local.py", "kept.py"):
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path.resolve()


@pytest.mark.parametrize("can_spawn", [True, False])
def test_ignored_files_and_folders(
    repository: Path, monkeypatch: pytest.MonkeyPatch, can_spawn: bool
) -> None:
    if not can_spawn:
        monkeypatch.delattr(os, "posix_spawnp", raising=False)
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as a hook may have it
    files, folders = Repository(str(repository)).ignored()
    assert files == {str(repository / "b_local.py")}
    assert folders == [str(repository / "made") + "/"]


@pytest.mark.parametrize("can_spawn", [True, False])
def test_without_git_nothing_is_ignored(
    repository: Path, monkeypatch: pytest.MonkeyPatch, can_spawn: bool
) -> None:
    if not can_spawn:
        monkeypatch.delattr(os, "posix_spawnp", raising=False)
    monkeypatch.setenv("PATH", str(repository))
    assert Repository(str(repository)).ignored() == (set(), [])
