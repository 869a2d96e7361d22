"""`hushflake dotenv backups`: listed, encrypted afterwards and restored from, removed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.remediation.dotenv import stored
from hushflake.remediation.dotenv.backup import Backup

from .conftest import GitRepository
from .esc_project import DOTENV, ENVIRONMENT, TARGET, VALUES, snapshot

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def retired(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitRepository]:
    """A repository whose .env file was retired, with a plain backup."""
    repository.write(".env", DOTENV)
    repository.write("a.py", "")
    repository.write(".gitignore", "dist/\n")
    repository.commit()
    monkeypatch.chdir(repository.folder)
    with FakeEsc() as esc:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", esc.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", esc.url)
        esc.save(ENVIRONMENT, "values: {}\n")
        assert main(["dotenv", "retire", "--write", "--all", "--to", TARGET]) == 0
        yield repository


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Path, str]:
    """A file with an age identity, and its recipient."""
    made = pyrage.x25519.Identity.generate()
    path = tmp_path / "identity.txt"
    path.write_text(str(made))
    return path, str(made.to_public())


def backups(*words: str) -> int:
    return main(["dotenv", "backups", *words])


def only() -> stored.Stored:
    (one,) = stored.stored(stored.all_bases())
    return one


def listed(capsys: Capture, *words: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert backups("list", "--format", "json", *words) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.dotenv-backups/1"
    found: list[dict[str, object]] = document["backups"]
    return found


def test_listed(retired: GitRepository, capsys: Capture) -> None:
    (one,) = listed(capsys)
    assert one["folder"] == str(only().folder)
    # `.gitignore` was changed, and is backed up beside it.
    assert one["files"] == [".env", ".gitignore"]
    assert (one["state"], one["target"], one["kind"]) == ("retired", TARGET, "dotenv")
    assert (one["keys"], one["encrypted"]) == (len(VALUES), False)
    assert backups("list") == 0
    out = capsys.readouterr().out
    assert "1 of 1 can be read by whoever reads your files" in out
    for value in set(VALUES.values()) - {""}:
        assert value not in out


def test_those_of_all_repositories(
    retired: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    other = GitRepository(tmp_path / "other")
    monkeypatch.chdir(other.folder)
    assert listed(capsys) == []
    assert [one["repository"] for one in listed(capsys, "--all")] == [str(retired.folder)]
    monkeypatch.chdir(tmp_path)
    assert len(listed(capsys, "--all")) == 1


def test_encrypted_afterwards_and_restored(
    retired: GitRepository, identity: tuple[Path, str], capsys: Capture
) -> None:
    path, recipient = identity
    words = ("encrypt", "--age-recipient", recipient)
    before = snapshot(only().folder)
    assert backups(*words) == 0
    assert snapshot(only().folder) == before
    assert backups(*words, "--write") == 0
    names = {one.suffix for one in only().folder.iterdir()}
    assert names == {".age", ".json"}
    assert DOTENV.encode() not in b"".join(one.read_bytes() for one in only().folder.iterdir())
    assert listed(capsys)[0]["encrypted"] is True
    # Its keys were counted when they went.
    assert listed(capsys)[0]["keys"] == len(VALUES)
    assert backups(*words, "--write") == 0
    assert "Encrypted 0 backups" in capsys.readouterr().out

    assert main(["dotenv", "restore", "--write"]) == 2
    assert "name your --identity FILE" in capsys.readouterr().err
    assert main(["dotenv", "restore", "--write", "--identity", str(path)]) == 0
    assert (retired.folder / ".env").read_text() == DOTENV
    assert (retired.folder / ".gitignore").read_text() == "dist/\n"


def test_two_recipients(retired: GitRepository, identity: tuple[Path, str]) -> None:
    other = str(pyrage.x25519.Identity.generate().to_public())
    words = ("--age-recipient", other, "--age-recipient", identity[1], "--write")
    assert backups("encrypt", *words) == 0
    assert main(["dotenv", "restore", "--write", "--identity", str(identity[0])]) == 0


def test_what_does_not_decrypt_is_not_believed(
    retired: GitRepository, identity: tuple[Path, str], monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:  # fmt: skip
    """A disk that keeps something else: the plain text stays, and the manifest names it."""
    write = stored.write_exclusively
    monkeypatch.setattr(
        stored, "write_exclusively", lambda path, data: write(path, data[:-1] + b"\0")
    )
    assert backups("encrypt", "--age-recipient", identity[1], "--write") == 3
    assert "does not decrypt" in capsys.readouterr().err
    monkeypatch.undo()
    assert only().backup is not None
    assert len(only().plain) == 2


@pytest.mark.parametrize("recipient", ["age1nothing", "ssh-rsa x", ""])
def test_no_recipient(retired: GitRepository, recipient: str, capsys: Capture) -> None:
    assert backups("encrypt", "--age-recipient", recipient, "--write") == 2
    assert "--age-recipient" in capsys.readouterr().err
    assert len(only().plain) == 2


def test_removed_after_a_confirmation(retired: GitRepository, capsys: Capture) -> None:
    folder = only().folder
    assert backups("purge") == 0
    assert "Would remove 1 backup" in capsys.readouterr().out
    assert backups("purge", "--write") == 2
    assert "say --yes" in capsys.readouterr().err
    assert folder.exists()
    assert backups("purge", "--write", "--yes") == 0
    assert not folder.exists()
    assert listed(capsys) == []
    assert main(["dotenv", "restore", "--write"]) == 2
    assert "holds no backup" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "left"), [("y\n", False), ("n\n", True)])
def test_asked_on_a_terminal(
    retired: GitRepository, monkeypatch: pytest.MonkeyPatch, answer: str, left: bool
) -> None:
    from hushflake.cli.commands import dotenv_backups

    monkeypatch.setattr(dotenv_backups, "is_terminal", lambda: True)
    asked = []
    monkeypatch.setattr(
        dotenv_backups, "confirmed", lambda question: (asked.append(question), answer == "y\n")[1]
    )
    folder = only().folder
    assert backups("purge", "--write") == 0
    assert asked == ["Remove 1 backup for good?"]
    assert folder.exists() is left


@pytest.mark.parametrize(("age_of", "removed"), [("29d", True), ("31d", False), ("5w", False)])
def test_older_than(
    retired: GitRepository, age_of: str, removed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = only().backup
    assert backup is not None
    backup.manifest.created = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    backup.save()
    assert backups("purge", "--older-than", age_of, "--write", "--yes") == 0
    assert only_is_gone() is removed


def only_is_gone() -> bool:
    return not stored.stored(stored.all_bases())


def test_an_interrupted_retirement_keeps_its_backup(
    retired: GitRepository, identity: tuple[Path, str], capsys: Capture
) -> None:
    backup = only().backup
    assert backup is not None
    backup.manifest.state = "underway"
    backup.save()
    assert backups("purge", "--write", "--yes") == 0
    assert "Removed 0 backups" not in capsys.readouterr().out
    assert only().folder.exists()
    assert backups("encrypt", "--age-recipient", identity[1], "--write") == 0
    assert len(only().plain) == 2


def test_what_is_damaged_is_listed_and_removed(retired: GitRepository, capsys: Capture) -> None:
    (only().folder / "manifest.json").write_text("{")
    assert backups("list") == 0
    assert "damaged: " in capsys.readouterr().out
    assert backups("purge", "--write", "--yes") == 0
    assert only_is_gone()


def test_a_backup_that_is_being_removed_is_not_restored(
    retired: GitRepository, capsys: Capture
) -> None:
    backup = only().backup
    assert backup is not None
    backup.manifest.state = stored.PURGING
    backup.save()
    assert main(["dotenv", "restore"]) == 2
    assert main(["dotenv", "restore", "--backup", str(backup.folder)]) == 2
    assert "is being removed" in capsys.readouterr().err


def test_a_manifest_of_an_earlier_version(retired: GitRepository, capsys: Capture) -> None:
    """It names no keys: they are counted in what lies open."""
    path = only().folder / "manifest.json"
    document = json.loads(path.read_text())
    for file in (*document["files"], *document["changed"]):
        del file["keys"]
    path.write_text(json.dumps(document))
    assert isinstance(Backup.load(only().folder), Backup)
    assert listed(capsys)[0]["keys"] == len(VALUES) + 1
    assert main(["dotenv", "restore", "--write"]) == 0
    assert (retired.folder / ".env").read_text() == DOTENV


@pytest.mark.parametrize("words", [("--older-than", "soon"), ("--backup", "/nowhere")])
def test_mistakes(retired: GitRepository, words: tuple[str, ...], capsys: Capture) -> None:
    assert backups("purge", *words) == 2
    assert capsys.readouterr().err
    assert only().folder.is_dir()
