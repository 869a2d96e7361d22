"""How git is called: with nothing that leads elsewhere, and never for longer than it works."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from hushflake.lint_plugin.errors import LintFailureError
from hushflake.lint_plugin.git import calls as git
from hushflake.lint_plugin.git import process as git_call
from hushflake.lint_plugin.git.folder import holder, irregular, leads_out
from hushflake.lint_plugin.git.programs import overrides

pytestmark = pytest.mark.git


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(git_call.Call, "stalled_before", False)
    top = tmp_path / "top"
    subprocess.run(["git", "init", "--quiet", str(top)], check=True)
    return top.resolve()


def configure(repository: Path, name: str, value: str, scope: str = "--local") -> None:
    subprocess.run(["git", "config", scope, name, value], cwd=repository, check=True)


def test_variables_that_lead_elsewhere_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF", "GIT_SSH"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Me")
    kept = {name for name in git.environment() if name.startswith("GIT_")}
    assert kept >= {"GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_AUTHOR_NAME"}
    assert not kept & {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF", "GIT_SSH"}
    assert git.environment()["GIT_ALLOW_PROTOCOL"] == "none"


@pytest.mark.parametrize("name", git.SETTINGS)
def test_every_setting_wins_over_the_repository(repository: Path, name: str) -> None:
    configure(repository, name, "explicit" if name.startswith("safe.") else "true")
    done = git.run(str(repository), "config", "--get", name)
    assert done.output.decode().strip() == git.SETTINGS[name]


def test_programs_of_the_repository_give_way_to_those_of_the_user(repository: Path) -> None:
    configure(repository, "filter.lfs.clean", "theirs", "--global")
    configure(repository, "filter.lfs.clean", "evil")
    configure(repository, "filter.lfs.required", "true")
    configure(repository, "filter.Other.smudge", "evil")
    configure(repository, "gpg.program", "evil")
    configure(repository, "core.hooksPath", "/users/hooks", "--global")
    assert overrides(str(repository)) == {
        "filter.lfs.clean": "theirs",
        "filter.lfs.required": "false",
        "filter.Other.smudge": "",
        "gpg.program": "gpg",
        "core.hooksPath": "/users/hooks",
    }


def test_hooks_in_the_repository_are_none_of_the_user(repository: Path) -> None:
    # Relative, the user's setting leads into whatever repository is worked on.
    configure(repository, "core.hooksPath", ".githooks", "--global")
    # Git 2.54 runs these beside the hooks of core.hooksPath.
    configure(repository, "hook.Lint.command", "evil")
    configure(repository, "hook.Lint.event", "pre-commit")
    configure(repository, "hook.jobs", "4")
    configure(repository, "hook.mine.command", "linter", "--global")
    assert overrides(str(repository)) == {"hook.Lint.enabled": "false"}


def test_what_git_would_write_elsewhere_is_seen_before(repository: Path) -> None:
    assert leads_out(str(repository)) == ""
    for name in ("index", "logs", "refs/heads", "objects/00", "COMMIT_EDITMSG", "refs/heads/x/y"):
        path = repository / ".git" / name
        kept = repository / "kept"
        path.parent.mkdir(exist_ok=True)
        if path.exists():
            path.rename(kept)
        path.symlink_to(repository.parent)
        assert leads_out(str(repository)) == str(path)
        path.unlink()
        if kept.exists():
            kept.rename(path)
    # What git reads alone, and what leads to a place inside, is the repository's own matter.
    (repository / ".git" / "hooks" / "pre-commit").symlink_to("/usr/bin/true")
    (repository / ".git" / "ORIG_HEAD").symlink_to("HEAD")
    assert leads_out(str(repository)) == ""


def test_a_git_folder_elsewhere_has_to_name_its_work_tree(repository: Path, tmp_path: Path) -> None:
    identity = ("-c", "user.name=Me", "-c", "user.email=me@example.com")
    one = ("commit", "--quiet", "--allow-empty", "--message", "One")
    subprocess.run(["git", *identity, *one], cwd=repository, check=True)
    linked = tmp_path / "linked"
    subprocess.run(["git", "worktree", "add", "--quiet", str(linked)], cwd=repository, check=True)
    assert leads_out(str(linked)) == ""
    thief = tmp_path / "thief"
    thief.mkdir()
    for place in (repository / ".git", repository / ".git" / "worktrees" / "linked"):
        (thief / ".git").write_text(f"gitdir: {place}\n", encoding="utf-8")
        assert leads_out(str(thief)) == str(thief / ".git")
    (thief / ".git").unlink()
    (thief / ".git").symlink_to(repository / ".git")
    assert leads_out(str(thief)) == str(thief / ".git")
    # As `git config core.worktree` of a submodule, or of a folder that lies apart, says it.
    assert leads_out(str(thief), "../../thief") == ""
    (thief / ".git").unlink()
    subprocess.run(["git", "init", "--quiet", str(thief)], check=True)
    (thief / ".git" / "commondir").write_text(f"{repository / '.git'}\n", encoding="utf-8")
    assert leads_out(str(thief)) == str(thief / ".git" / "commondir")


def test_what_cannot_be_switched_off_is_refused(repository: Path) -> None:
    with (repository / ".git" / "config").open("a", encoding="utf-8") as stream:
        stream.write('[filter "a=b"]\n\tclean = evil\n')
    with pytest.raises(LintFailureError, match="cannot be switched off"):
        overrides(str(repository))


def test_a_call_that_stands_still_is_ended(repository: Path) -> None:
    os.mkfifo(repository / ".gitignore")
    arguments = ("ls-files", "--others", "--ignored", "--exclude-standard", "-z")
    begun = time.monotonic()
    call = git.start(str(repository), *arguments)
    with pytest.raises(git_call.GitStalledError, match="git ls-files stood still"):
        call.finish()
    # The second is not waited for as long.
    with pytest.raises(git_call.GitStalledError, match="git ls-files stood still"):
        git.run(str(repository), *arguments)
    assert time.monotonic() - begun < 8 * git_call.PATIENCE


@pytest.mark.parametrize("can_spawn", [True, False])
def test_a_call_that_works_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, can_spawn: bool
) -> None:
    if not can_spawn:
        monkeypatch.delattr(os, "posix_spawnp", raising=False)
    monkeypatch.setattr(git_call.Call, "stalled_before", False)
    busy = "import time\nend = time.time() + 1.5\nwhile time.time() < end: pass\nprint('done')"
    call = git_call.spawned(["python3", "-c", busy], dict(os.environ), "busy")
    assert call.finish(patience=0.3).output == b"done\n"
    endless = git_call.spawned(["yes", "x" * 1000], dict(os.environ), "endless")
    monkeypatch.setattr(git_call, "LARGEST_OUTPUT", 1 << 22)
    if can_spawn:
        with pytest.raises(git_call.GitStalledError):
            endless.finish()
    else:
        endless.end()


@pytest.mark.parametrize("name", ["HEAD", "config", "index", "commondir", "info/exclude"])
def test_what_git_would_wait_for_is_seen_before(repository: Path, name: str) -> None:
    path = repository / ".git" / name
    path.unlink(missing_ok=True)
    assert irregular(str(repository)) == ""
    path.symlink_to("/dev/zero")
    assert irregular(str(repository)) == str(path)
    path.unlink()
    os.mkfifo(path)
    assert irregular(str(repository)) == str(path)
    (repository / "sub").mkdir()
    assert holder(str(repository / "sub")) == str(repository)
