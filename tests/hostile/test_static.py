"""The static tools on hostile repositories: they run nothing, reach nothing, hang nowhere."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from canaries import Canaries, Ran
from hostile_repositories import REPOSITORIES, SOURCE, fill, git

from hushflake.lint_plugin.errors import SettingsError
from hushflake.lint_plugin.settings import Settings
from hushflake.remediation.errors import GitStateError
from hushflake.remediation.git import Repository

pytestmark = pytest.mark.git
ROOT = Path(__file__).parent.parent.parent

COMMANDS = {
    "check": ("check", "."),
    "check-files": ("check", "app.py", "pyproject.toml", "--no-cache"),
    "check-all": ("check", ".", "--select", "ALL", "--notes", "--show-source", "--no-ignore"),
    "check-json": ("check", ".", "--format", "json"),
    "check-sarif": ("check", ".", "--format", "sarif"),
    "check-github": ("check", ".", "--format", "github", "--jobs", "2"),
    "check-gitlab": ("check", ".", "--format", "gitlab"),
    "check-junit": ("check", ".", "--format", "junit"),
    "check-statistics": ("check", ".", "--statistics"),
    "check-history": ("check", "--history", "--format", "json", "--notes"),
    "check-rotation": ("check", "--format", "rotation", "--notes"),
    "check-known": ("check", ".", "--known", "--yes", "--select", "HSF308"),
    "check-staged": ("check", "--staged", "--whole-files", "--show-source", "--select", "ALL"),
    "codemod": ("codemod",),
    "codemod-check": ("codemod", "--check", "--jobs", "2"),
    "codemod-diff": ("codemod", "--diff"),
    "codemod-json": ("codemod", "--format", "json", "--stats"),
    "repair-diff": ("codemod", "--only", "hardcoded_secrets", "--diff"),
    "repair-json": ("codemod", "--only", "hardcoded_secrets", "--format", "json"),
    "inventory": ("inventory",),
    "inventory-json": ("inventory", "--format", "json"),
    "inventory-html": ("inventory", "--format", "html"),
    "inventory-esc": ("inventory", "--format", "esc"),
    "inventory-services": ("inventory", "--format", "services"),
    "clean": ("clean",),
    "clean-check": ("clean", "--check", "--format", "json"),
    "dotenv-retire": ("dotenv", "retire"),
    "dotenv-check": ("dotenv", "retire", "--check", "--format", "json"),
    "dotenv-restore": ("dotenv", "restore"),
    "migrate": ("migrate", "--dry-run"),
    "migrate-json": ("migrate", "--dry-run", "--format", "json"),
    # Last, because it writes.
    "repair": ("codemod", "--only", "hardcoded_secrets", "--to", "none", "--write", "--yes"),
}
EVERYDAY = (
    "check",
    "codemod-check",
    "repair-json",
    "inventory",
    "clean",
    "dotenv-retire",
    "migrate",
)
# Made together in one folder, for every day; alone each, with `-m slow`.
TOGETHER = {
    "programs": (
        *("embedded_bare_repository", "submodules", "configured_programs", "hooks"),
        *("included_configuration", "attributes"),
    ),
    "reading": ("files_that_are_none", "source_that_is_none", "no_repository_in_git"),
    "links": ("an_index_that_leads_out", "a_cache_that_leads_out", "modules_in_the_way"),
    "names": ("odd_names",),
}
# Something that is asked for cannot be read: exit code 3, and what can be read is told.
UNREADABLE = {
    *("files_that_are_none", "no_repository_in_git", "pipes_in_git", "devices_in_git"),
    *("a_pipe_for_an_ignore_file", "settings_that_are_none", "a_device_for_settings"),
    *("a_pipe_for_a_baseline", "many_repositories", "a_name_with_an_equals_sign"),
    *("a_partial_clone", "source_that_is_none"),
}


def run(canaries: Canaries, folder: Path, names: tuple[str, ...], command: str) -> Ran:
    """Run a command on a repository; assert that nothing outside of it was touched either."""
    codes = (0, 1, 2, 3) if UNREADABLE.intersection(names) else (0, 1, 2)
    before = outside(canaries)
    proxies = {
        name: canaries.url("/proxy") for name in ("HTTP_PROXY", "HTTPS_PROXY", "https_proxy")
    }
    ran = canaries.run(
        *COMMANDS[command],
        folder=folder, codes=codes, environment=proxies,
        is_document=command in ("codemod-diff", "repair-diff"),
    )  # fmt: skip
    assert outside(canaries) == before
    if "json" in COMMANDS[command] and ran.code < 2:
        assert json.loads(ran.stdout)["format"].startswith("hushflake.")
    return ran


def outside(canaries: Canaries) -> dict[str, bytes]:
    """Return what lies in the home folder, but for the state that this user's hushflake keeps."""
    return {
        str(path.relative_to(canaries.home)): path.read_bytes()
        for path in canaries.home.rglob("*")
        if path.is_file() and ".local" not in path.parts
    }


@pytest.mark.parametrize("together", TOGETHER)
def test_every_day(canaries: Canaries, tmp_path: Path, together: str) -> None:
    folder = tmp_path / "repository"
    fill(folder, canaries, TOGETHER[together])
    for command in EVERYDAY:
        run(canaries, folder, TOGETHER[together], command)


@pytest.mark.slow
@pytest.mark.parametrize("name", REPOSITORIES)
def test_every_command_on_every_repository(canaries: Canaries, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "repository"
    fill(folder, canaries, [name])
    wrong = []
    for command in COMMANDS:
        try:
            run(canaries, folder, (name,), command)
        except AssertionError as error:
            wrong.append(f"{command}: {error}")
    assert not wrong, "\n\n".join(wrong)


@pytest.fixture
def make(canaries: Canaries, tmp_path: Path) -> Callable[..., Path]:
    """Return what makes a folder with one of the repositories."""

    def filled(name: str) -> Path:
        folder = tmp_path / name
        fill(folder, canaries, [name])
        return folder

    return filled


# -- git ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("check", "pkg"),
        ("codemod", "--check", "pkg"),
        ("inventory", "pkg"),
        ("clean", "pkg"),
        ("dotenv", "retire", "pkg"),
        ("migrate", "pkg", "--dry-run"),
    ],
    ids=lambda command: command[0],
)
def test_a_folder_that_looks_like_a_bare_repository_is_none(
    canaries: Canaries, make: Callable[..., Path], command: tuple[str, ...]
) -> None:
    folder = make("embedded_bare_repository")
    canaries.run(*command, folder=folder)
    canaries.run(*[word for word in command if word != "pkg"], folder=folder / "pkg")


def test_a_migration_runs_no_hook(canaries: Canaries, make: Callable[..., Path]) -> None:
    folder = make("hooks")
    canaries.run("migrate", "--yes", "--allow-dirty", folder=folder, codes=(0,))
    assert "Declare hushflake" in git(folder, "log", "--format=%s", "hushflake/migrate")


def test_a_migration_runs_hooks_where_the_user_asks(
    canaries: Canaries, make: Callable[..., Path]
) -> None:
    folder = make("hooks")
    ran = canaries.start("migrate", "--yes", "--allow-dirty", "--hooks", folder=folder)
    assert ran.code == 0, ran.stderr
    assert "hook-pre-commit" in canaries.touched()
    assert "hook-post-checkout" not in canaries.touched()


def test_hooks_of_the_user_run(canaries: Canaries, make: Callable[..., Path]) -> None:
    folder = make("hooks")
    own = canaries.home / "hooks"
    own.mkdir()
    (own / "pre-commit").write_text(f"#!/bin/sh\n{canaries.command('own')}\n", encoding="utf-8")
    (own / "pre-commit").chmod(0o755)
    with (canaries.home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write(f"[core]\n\thooksPath = {own}\n")
    assert canaries.start("migrate", "--yes", "--allow-dirty", folder=folder).code == 0
    assert canaries.touched() == ["own"]


def test_hooks_that_the_user_has_in_each_repository_do_not_run(
    canaries: Canaries, make: Callable[..., Path]
) -> None:
    folder = make("hooks")
    git(folder, "config", "--unset", "core.hooksPath")
    with (canaries.home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write("[core]\n\thooksPath = tools\n")
    assert canaries.start("migrate", "--yes", "--allow-dirty", folder=folder).code == 0
    assert canaries.touched() == []
    # They do where the user asks for the hooks of this repository.
    git(folder, "switch", "--quiet", "main")
    # What was changed before a migration is not committed by one.
    git(folder, "checkout", "--quiet", "--", ".")
    line = ("migrate", "--yes", "--allow-dirty", "--hooks", "--branch", "other")
    canaries.start(*line, folder=folder)
    assert "hook-pre-commit" in canaries.touched()


@pytest.mark.parametrize("name", ["logs/HEAD", "COMMIT_EDITMSG", "commondir", "gitdir"])
def test_git_writes_into_no_other_place(canaries: Canaries, tmp_path: Path, name: str) -> None:
    """A line of a reflog holds the name of the author, which a shell would run from a profile."""
    folder, other = tmp_path / "one", tmp_path / "other"
    fill(folder, canaries, [])
    fill(other, canaries, [])
    git(folder, "config", "user.name", f"x; {canaries.command('reflog')} #")
    place = folder / ".git" / name
    place.unlink(missing_ok=True)
    if name == "gitdir":
        shutil.rmtree(folder / ".git")
        (folder / ".git").write_text(f"gitdir: {other / '.git'}\n", encoding="utf-8")
    elif name == "commondir":
        place.write_text(f"{other / '.git'}\n", encoding="utf-8")
    else:
        place.symlink_to(canaries.home / ".profile")
        (canaries.home / ".profile").write_text("# mine\n", encoding="utf-8")
    before = outside(canaries), git(other, "for-each-ref"), git(other, "log", "--all")
    ran = canaries.start("migrate", "--yes", "--allow-dirty", folder=folder)
    assert "leads out of this repository" in ran.stderr
    assert ran.code == 2
    with pytest.raises(GitStateError, match="leads out of this repository"):
        Repository.of(folder).untrack(["app.py"])
    assert not (other / ".git" / "hushflake").exists()
    assert (outside(canaries), git(other, "for-each-ref"), git(other, "log", "--all")) == before


def test_what_a_foreign_filter_would_change_is_not_committed(
    canaries: Canaries, make: Callable[..., Path]
) -> None:
    folder = make("attributes")
    ran = canaries.run("migrate", "--yes", "--allow-dirty", folder=folder, codes=(2,))
    assert "through the filter" in ran.stderr
    # The user's own filter is trusted, whatever the repository calls it.
    with (canaries.home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write(f'[filter "own"]\n\tclean = "{canaries.command("own")}; cat"\n')
    (folder / ".gitattributes").write_text("* filter=own\n", encoding="utf-8")
    (folder / ".git" / "info" / "attributes").unlink()
    canaries.start("migrate", "--yes", "--allow-dirty", folder=folder)
    assert canaries.touched() == ["own"]


@pytest.mark.parametrize(
    "change",
    [
        {"branch": 5},
        {"changed": ["../../x"]},
        {"excluded": [["a"]]},
        {"records": [{"step": [], "outcome": "done"}]},
        {"start_branch": None},
    ],
    ids=str,
)
def test_a_state_that_is_none_is_refused(
    canaries: Canaries, tmp_path: Path, change: dict[str, object]
) -> None:
    fill(tmp_path / "repository", canaries, ())
    place = tmp_path / "repository" / ".git" / "hushflake"
    place.mkdir()
    state = {"format": "hushflake.migrate-state/1", "branch": "b", "start_branch": "main"}
    state |= {"start_commit": "0" * 40, "records": [], **change}
    (place / "migrate.json").write_text(json.dumps(state), encoding="utf-8")
    ran = canaries.run("migrate", "--yes", folder=tmp_path / "repository", codes=(2,))
    assert "is not the state of a migration" in " ".join(ran.stderr.split())


def test_a_migration_writes_through_no_link(canaries: Canaries, make: Callable[..., Path]) -> None:
    folder = make("hooks")
    before = outside(canaries)
    (folder / ".hushflake").symlink_to(canaries.home)
    canaries.run("migrate", "--yes", "--allow-dirty", folder=folder, codes=(2,))
    assert outside(canaries) == before
    (folder / ".git" / "hushflake" / "migrate.json").unlink()
    shutil.rmtree(folder / ".git" / "hushflake")
    (folder / ".git" / "hushflake").symlink_to(canaries.home)
    canaries.run("migrate", "--yes", "--allow-dirty", "--branch", "b", folder=folder, codes=(2,))
    assert outside(canaries) == before


# -- files -------------------------------------------------------------------------------


def test_one_bad_file_ends_no_run(canaries: Canaries, make: Callable[..., Path]) -> None:
    folder = make("source_that_is_none")
    for command in (("check", "."), ("check", ".", "--jobs", "2"), ("inventory",)):
        ran = canaries.run(*command, folder=folder, codes=(0, 1))
        assert "HOST" in ran.stdout
        for codec in ("rot13", "base64", "hex", "zip", "bz2", "quopri", "uu", "punycode"):
            assert f"{codec}.py:1:1: " in ran.stderr
            assert f"{codec} is not a text encoding" in ran.stderr


def test_what_is_passed_over_is_counted(canaries: Canaries, make: Callable[..., Path]) -> None:
    folder = make("files_that_are_none")
    ran = canaries.run("check", ".", "--format", "json", folder=folder, codes=(1,))
    told = json.loads(ran.stdout)
    assert {finding["path"] for finding in told["findings"]} >= {"app.py", "src/hidden.py"}
    assert told["summary"]["passed_over"] == {
        "cache": 1,
        "link": 4,
        "not-regular": 5,
        "too-large": 2,
        "unreadable": 2,
    }
    text = canaries.run("check", ".", folder=folder, codes=(1,)).stdout.replace("\n", " ")
    assert "2 files that cannot be read, 2 files that are too large" in text
    assert "4 links out of the repository, 5 pipes, devices or sockets" in text
    found = canaries.run("inventory", "--format", "json", folder=folder, codes=(0, 3))
    assert json.loads(found.stdout)["summary"]["passed_over"]["not-regular"] == 2


def test_a_named_file_that_is_none_is_a_failure(
    canaries: Canaries, make: Callable[..., Path]
) -> None:
    folder = make("files_that_are_none")
    for name in ("pipe.py", "zero.py"):
        ran = canaries.run("check", name, "app.py", folder=folder, codes=(3,))
        assert f"{name}:1:1: not checked: is not a regular file" in ran.stderr
        assert "app.py:3:8: HSF101" in ran.stdout


def test_what_git_waits_for_is_said(canaries: Canaries, make: Callable[..., Path]) -> None:
    ran = canaries.run("check", ".", folder=make("pipes_in_git"), codes=(3,))
    assert "exclude: " in ran.stderr.replace("exclude:1:1:", "exclude:")
    assert "app.py:3:8: HSF101" in ran.stdout
    folder = make("a_pipe_for_an_ignore_file")
    ran = canaries.run("check", ".", folder=folder, codes=(3,))
    assert "git ls-files stood still" in " ".join(ran.stderr.split())
    assert "sub/more.py:3:8: HSF101" in ran.stdout


# -- what settings name ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"),
    [("settings_that_lead_out", "baseline"), ("a_mapping_that_leads_out", "key-mapping")],
)
def test_settings_name_files_of_the_repository_alone(
    canaries: Canaries, make: Callable[..., Path], name: str, key: str
) -> None:
    folder = make(name)
    before = outside(canaries)
    command = ("check", ".", "--update-baseline") if key == "baseline" else ("codemod", "--write")
    ran = canaries.run(*command, folder=folder, codes=(2,))
    assert f"{key} of [tool.hushflake] leads out of the repository" in " ".join(ran.stderr.split())
    assert outside(canaries) == before


@pytest.mark.parametrize("value", ["../x.json", "/tmp/x.json", ".git/config", "a/../../x"])
def test_a_baseline_stays_inside(tmp_path: Path, value: str) -> None:
    settings = Settings(baseline=value, key_mapping=value, root=str(tmp_path))
    for key in ("baseline", "key-mapping"):
        with pytest.raises(SettingsError, match="leads out of the repository"):
            settings.named_file(key)
    inside = Settings(baseline="a/../known.json", root=str(tmp_path))
    assert Path(inside.named_file("baseline")).resolve() == tmp_path.resolve() / "known.json"


def test_the_command_line_names_any_file(canaries: Canaries, make: Callable[..., Path]) -> None:
    folder = make("settings_that_lead_out")
    other = canaries.home / "known.json"
    command = ("check", ".", "--baseline", other, "--update-baseline")
    canaries.run(*command, folder=folder, codes=(0,))
    assert json.loads(other.read_bytes())["format"] == "hushflake.baseline/1"


def test_a_repository_brings_no_cache(canaries: Canaries, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"m{number}.py").write_text(SOURCE, encoding="utf-8")
        os.utime(tmp_path / f"m{number}.py", (1, 1))
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    # As long as a cache must not trust times of files that are as old as itself.
    time.sleep(2.1)
    canaries.run("check", ".", folder=tmp_path, codes=(1,))
    [cache] = (tmp_path / ".hushflake" / "cache").glob("check-*.json")
    document = json.loads(cache.read_bytes())
    assert document["results"]
    cache.write_text(json.dumps({**document, "results": {}}), encoding="utf-8")
    # It is taken by the user who wrote it, and by nobody else.
    canaries.run("check", ".", folder=tmp_path, codes=(0,))
    other = {"XDG_STATE_HOME": str(canaries.home / "other")}
    ran = canaries.run("check", ".", folder=tmp_path, codes=(1,), environment=other)
    assert "Found 20 errors in 20 files" in ran.stdout


# -- what Python would import ------------------------------------------------------------

WORKERS = """
import sys
from multiprocessing import get_context
from hushflake.lint_plugin.worker import end_with_parent, pool
if __name__ == "__main__":
    with pool(1, end_with_parent, context=get_context("spawn")) as workers:
        print(workers.submit(len, "abc").result())
"""


def test_workers_import_nothing_of_the_working_folder(
    canaries: Canaries, make: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "script").mkdir()
    script = tmp_path / "script" / "run.py"
    script.write_text(WORKERS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        cwd=make("modules_in_the_way"), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, canaries.touched()) == ("3\n", []), done.stderr


# -- hooks of pre-commit -----------------------------------------------------------------


@pytest.mark.parametrize("hook", ["hushflake-check", "hushflake-codemod"])
def test_a_file_named_like_an_option_is_a_file(
    canaries: Canaries, tmp_path: Path, hook: str
) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    [found] = [each for each in hooks if each["id"] == hook]
    names = ("--ignore=ALL", "--skip=environment_reads", "--baseline=x", "app.py")
    for name in names:
        (tmp_path / name).write_text(SOURCE, encoding="utf-8")
    words = [*found["entry"].split()[1:], *found["args"], *names]
    ran = canaries.run(*words, folder=tmp_path, codes=(0, 1))
    if hook == "hushflake-check":
        assert "Found 4 errors in 4 files" in ran.stdout
    else:
        assert all("getenv" not in (tmp_path / name).read_text() for name in names)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('[tool.hushflake]\nbaseline = "a\\u0000b"', ("check", ".")),
        ('[tool.hushflake]\nkey-mapping = "a\\u0000b"', ("codemod",)),
        (f'[tool.hushflake.config]\ndotenv = "{"a" * 300}"', ("config", "list")),
        (f'[tool.hushflake.config]\naudit-dir = "{"a" * 300}"', ("config", "list")),
        ("tool = 5", ("config", "list")),
        ("", ("plan", "--stack", "a" * 300)),
        ("", ("schema", "validate", "--project", "a" * 300)),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else value[:40],
)
def test_what_cannot_be_a_path_is_a_mistake(
    canaries: Canaries, tmp_path: Path, table: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"{table}\n", encoding="utf-8")
    (tmp_path / "hushflake.yaml").write_text("project: p\n", encoding="utf-8")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "a.py").write_text(SOURCE, encoding="utf-8")
    canaries.run(*words, folder=tmp_path, codes=(0, 2))
