"""Real repositories, made with git in the test."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_aws import aws, moto
from fake_azure import azure, azure_cert, identity
from fake_google import google, google_key
from fake_vault import vault
from file_keyring import FileKeyring

# Fixtures.
__all__ = ["aws", "azure", "azure_cert", "google", "google_key", "identity", "moto", "vault"]


class GitRepository:
    """A repository in a folder of the test, driven by the real program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def commit(self, message: str = "Change", *paths: str) -> str:
        self.git("add", "--force", "--", *(paths or (".",)))
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def tracked(self) -> set[str]:
        return set(self.git("ls-files").splitlines())


@pytest.fixture(autouse=True)
def _own_git_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No configuration of the machine, no state outside the test."""
    home = tmp_path_factory.mktemp("home")
    (home / "gitconfig").write_text(
        '[user]\n\tname = Test\n\temail = test@example.com\n[protocol "file"]\n\tallow = always\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("GIT_"):
                patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        yield


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "repository")


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[[str], GitRepository]:
    return lambda name: GitRepository(tmp_path / name)


@pytest.fixture
def keyring_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A keyring that keeps its passwords in a file of the test."""
    import keyring

    path = tmp_path / "keyring.json"
    monkeypatch.setenv("TEST_KEYRING_FILE", str(path))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())
    yield path
    keyring.set_keyring(before)
