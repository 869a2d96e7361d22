"""`hushflake check --staged`: the index, and what the change adds to it. With real git."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hushflake.lint_plugin.git import blobs
from hushflake.lint_plugin.git import process as git_call
from hushflake.lint_plugin.git.blob_run import Job, Wanted, check_blobs
from hushflake.lint_plugin.git.blobs import MISSING, TOO_LARGE, Blobs
from hushflake.lint_plugin.kinds.table import Kinds
from hushflake.lint_plugin.settings import Settings

pytestmark = pytest.mark.git

SECRET = 'password = "hunter2"\n'
READ = "import os\nurl = os.getenv('URL')\n"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(git_call.Call, "stalled_before", False)
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init", "--quiet", "--initial-branch", "main")
    return top


def git(folder: Path, *arguments: str) -> str:
    user = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *user, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def staged(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "check", "--staged", *arguments],
        cwd=folder, capture_output=True, text=True, env={**os.environ, **variables},
    )  # fmt: skip


def found(folder: Path, *arguments: str, **variables: str) -> list[tuple[str, int, str]]:
    done = staged(folder, "--format", "json", *arguments, **variables)
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    return [(each["path"], each["line"], each["code"]) for each in document["findings"]]


def commit(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "One")


def test_the_first_commit_is_checked_whole(repository: Path) -> None:
    (repository / "app.py").write_text(SECRET + READ, encoding="utf-8")
    assert found(repository) == []
    git(repository, "add", "app.py")
    assert found(repository) == [("app.py", 1, "HSF301"), ("app.py", 3, "HSF101")]


def test_the_index_counts_and_not_the_work_tree(repository: Path) -> None:
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "app.py")
    (repository / "app.py").write_text(READ, encoding="utf-8")
    assert found(repository) == [("app.py", 1, "HSF301")]
    (repository / "app.py").unlink()
    assert found(repository) == [("app.py", 1, "HSF301")]


def test_what_was_there_is_no_news(repository: Path) -> None:
    commit(repository, "app.py", SECRET)
    (repository / "app.py").write_text("x = 1\n" + SECRET + READ, encoding="utf-8")
    git(repository, "add", "app.py")
    assert found(repository) == [("app.py", 4, "HSF101")]
    every = found(repository, "--whole-files")
    assert every == [("app.py", 2, "HSF301"), ("app.py", 4, "HSF101")]


def test_a_changed_value_on_a_line_is_news(repository: Path) -> None:
    commit(repository, "app.py", SECRET)
    commit(repository, "other.py", SECRET)
    (repository / "app.py").write_text(SECRET.replace("2", "3"), encoding="utf-8")
    # Of two alike the second is new.
    (repository / "other.py").write_text(SECRET * 2, encoding="utf-8")
    git(repository, "add", "--all")
    assert found(repository) == [("app.py", 1, "HSF301"), ("other.py", 2, "HSF301")]


def test_a_pragma_taken_away_is_news(repository: Path) -> None:
    pragma = "# hushflake: ignore[HSF301] printed on every invoice\n"
    commit(repository, "app.py", pragma + SECRET)
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "app.py")
    assert found(repository) == [("app.py", 1, "HSF301")]


def test_a_renamed_file_holds_what_it_held(repository: Path) -> None:
    commit(repository, "app.py", SECRET + "x = 1\n" * 20)
    git(repository, "mv", "app.py", "moved.py")
    assert found(repository) == []
    (repository / "moved.py").write_text(SECRET + "x = 1\n" * 20 + READ, encoding="utf-8")
    git(repository, "add", "moved.py")
    assert found(repository) == [("moved.py", 23, "HSF101")]


def test_what_is_no_file_or_no_source_is_left(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit(other, "app.py", SECRET)
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", str(other), "inner")
    (repository / "link.py").symlink_to("app.py")
    (repository / "binary.py").write_bytes(b"\0\xff\xfe" * 100)
    (repository / "text.bin").write_text(SECRET, encoding="utf-8")
    (repository / "node_modules").mkdir()
    (repository / "node_modules" / "gyp.py").write_text(SECRET, encoding="utf-8")
    commit(repository, "gone.py", SECRET)
    git(repository, "rm", "--quiet", "gone.py")
    git(repository, "add", "--all")
    assert found(repository) == []


def test_a_file_in_conflict_is_told(repository: Path) -> None:
    commit(repository, "app.py", "x = 1\n")
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, "app.py", SECRET)
    git(repository, "checkout", "--quiet", "main")
    commit(repository, "app.py", READ)
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "side")
    done = staged(repository)
    assert "app.py:1:1: not checked: is in conflict" in done.stderr


def test_paths_and_the_working_folder(repository: Path) -> None:
    for name in ("one", "two"):
        (repository / name).mkdir()
        (repository / name / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "--all")
    assert found(repository, "one") == [("one/app.py", 1, "HSF301")]
    inner = found(repository / "one")
    assert inner == [("app.py", 1, "HSF301"), ("../two/app.py", 1, "HSF301")]


def test_settings_and_a_baseline_hold(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(
        "[tool.hushflake]\nexclude = ['made/']\nignore = ['HSF101']\nbaseline = 'known.json'\n",
        encoding="utf-8",
    )
    (repository / "made").mkdir()
    (repository / "made" / "app.py").write_text(SECRET, encoding="utf-8")
    commit(repository, "app.py", READ + SECRET)
    subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "check", "--update-baseline"],
        cwd=repository, check=True, capture_output=True,
    )  # fmt: skip
    (repository / "app.py").write_text(READ + SECRET + SECRET, encoding="utf-8")
    git(repository, "add", "--all")
    assert found(repository) == [("app.py", 4, "HSF301")]


@pytest.mark.parametrize("arguments", [("app.py",), ("--all",)])
def test_a_hook_of_git_sees_what_is_committed(repository: Path, arguments: tuple[str, ...]) -> None:
    """`git commit FILE` has an index of its own, named by GIT_INDEX_FILE."""
    commit(repository, "app.py", "x = 1\n")
    commit(repository, "other.py", "x = 1\n")
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m hushflake.cli.start check --staged\n',
        encoding="utf-8",
    )
    hook.chmod(0o755)
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    # Staged, but no part of the commit of one file.
    (repository / "other.py").write_text(READ, encoding="utf-8")
    git(repository, "add", "other.py")
    user = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *user, "commit", "-m", "Two", *arguments],
        cwd=repository, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert "app.py:1:12: HSF301" in told
    assert ("other.py" in told) is (arguments == ("--all",))


def test_an_index_of_another_repository_is_none_of_ours(repository: Path, tmp_path: Path) -> None:
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "app.py")
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit(other, "there.py", SECRET)
    elsewhere = str(other / ".git" / "index")
    assert found(repository, GIT_INDEX_FILE=elsewhere) == [("app.py", 1, "HSF301")]
    assert found(repository, GIT_INDEX_FILE="a\nb") == [("app.py", 1, "HSF301")]


def test_a_replaced_object_hides_nothing(repository: Path) -> None:
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "app.py")
    (repository / "clean.py").write_text("x = 1\n", encoding="utf-8")
    ours = git(repository, "hash-object", "app.py").strip()
    theirs = git(repository, "hash-object", "-w", "clean.py").strip()
    git(repository, "replace", ours, theirs)
    assert found(repository) == [("app.py", 1, "HSF301")]


def test_attributes_make_no_source_binary(repository: Path) -> None:
    (repository / ".gitattributes").write_text("*.py binary -diff\n", encoding="utf-8")
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "--all")
    assert found(repository) == [("app.py", 1, "HSF301")]


def test_no_value_is_shown(repository: Path) -> None:
    (repository / "app.py").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "app.py")
    (repository / "app.py").write_text(READ, encoding="utf-8")
    for format_ in ("text", "json", "sarif", "github"):
        done = staged(repository, "--show-source", "--format", format_)
        assert "hunter2" not in done.stdout + done.stderr
    assert '    password = "***"' in staged(repository, "--show-source").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--files-from", "-"), "--staged and --files-from do not go together"),
        (("--update-baseline",), "--staged and --update-baseline do not go together"),
        (("-",), "--staged and - do not go together"),
        (("--no-ignore",), "--staged and --no-ignore do not go together"),
    ],
)
def test_options_that_exclude_each_other(
    repository: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = staged(repository, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_outside_of_a_repository(tmp_path: Path) -> None:
    done = staged(tmp_path)
    assert done.returncode == 2
    assert "is in no git repository" in done.stderr


def test_a_link_to_a_device_in_the_place_of_the_index(repository: Path) -> None:
    (repository / ".git" / "index").symlink_to("/dev/zero")
    done = staged(repository)
    assert done.returncode == 3
    assert "is not a regular file" in done.stderr


# -- objects -----------------------------------------------------------------------------


def test_objects_are_read_up_to_a_size(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [b"a" * 10, b"b" * 2000, b"", b"c\n\n", b"d" * 999]
    ids = []
    for text in texts:
        (repository / "file").write_bytes(text)
        ids.append(git(repository, "hash-object", "-w", "file").strip())
    wanted = [*ids, "0" * 40, *ids]
    calls = []
    talk = blobs.talk
    monkeypatch.setattr(
        blobs, "talk", lambda *given, **more: calls.append(given) or talk(*given, **more)
    )
    with Blobs(str(repository), limit=1000) as objects:
        read = list(objects.read(wanted))
    small = [(b"", TOO_LARGE) if len(text) > 1000 else (text, "") for text in texts]
    assert [(each.data, each.problem) for each in read] == [*small, (b"", MISSING), *small]
    # A large one is not read to its end: a new process answers what follows.
    assert len(calls) == 3


def test_many_objects_are_checked_in_processes(repository: Path) -> None:
    wanted = []
    for number in range(200):
        (repository / "file").write_text(f"{SECRET}x = {number}\n", encoding="utf-8")
        name = git(repository, "hash-object", "-w", "file").strip()
        wanted.append(Wanted(f"a{number}.py", name))
    job = Job(str(repository), Settings(), frozenset({"HSF301"}), Kinds())
    results = list(check_blobs(job, wanted, jobs=2))
    assert [result.findings[0].path for result in results] == [each.path for each in wanted]


def test_a_script_without_suffix_is_known_by_its_first_line(repository: Path) -> None:
    (repository / "tool").write_text("#!/usr/bin/env python3\n" + SECRET, encoding="utf-8")
    (repository / "LICENSE").write_text(SECRET, encoding="utf-8")
    git(repository, "add", "--all")
    assert found(repository) == [("tool", 2, "HSF301")]
    assert "in 1 file" in staged(repository).stdout
