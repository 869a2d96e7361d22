"""`hushflake dotenv retire` and `restore`, on real repositories and a served ESC."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from fake_esc import FakeEsc

from hushflake.cli.main import main
from hushflake.remediation.dotenv import planning
from hushflake.remediation.dotenv import retire as part
from hushflake.remediation.dotenv.backup import Backup
from hushflake.remediation.dotenv.history import held_in_history
from hushflake.remediation.dotenv.request import Request
from hushflake.remediation.errors import RemediationError
from hushflake.remediation.git import Repository

from .conftest import GitRepository
from .esc_project import DOTENV, ENVIRONMENT, TARGET, VALUES, held, snapshot
from .unprivileged import as_ordinary_user

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
SECRET = "hunter2" + "-canary"


@pytest.fixture
def esc(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", running.url)
        running.save(ENVIRONMENT, "# kept\nvalues:\n  environmentVariables:\n    OTHER: x # kept\n")
        yield running


@pytest.fixture
def project(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A tracked .env, an ignored one in a folder, a template, and code that loads them."""
    repository.write("app.py", "from dotenv import load_dotenv\nload_dotenv()\n")
    repository.write(".env", DOTENV).chmod(0o640)
    repository.write(".env.template", "API_TOKEN=\n")
    repository.write(".gitignore", "*.log\nservices/api/.env.production\n")
    repository.commit("Begin", "app.py", ".env", ".env.template", ".gitignore")
    repository.write("services/api/.env.production", f"DB_PASSWORD={SECRET}\r\n").chmod(0o600)
    monkeypatch.chdir(repository.folder)
    return repository


def only_backup() -> Backup:
    (manifest,) = Path(os.environ["XDG_STATE_HOME"]).rglob("manifest.json")
    return Backup.load(manifest.parent)


def run(*arguments: str) -> int:
    return main(["dotenv", *arguments])


def retire(*arguments: str) -> int:
    return run("retire", "--write", "--all", "--to", TARGET, *arguments)


# -- the whole way --------------------------------------------------------------------------


def test_there_and_back(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    before, index = snapshot(project.folder), project.git("ls-files", "--stage")
    assert retire() == 0

    assert held(esc) == {**VALUES, "DB_PASSWORD": SECRET, "OTHER": "x"}
    assert esc.calls("PATCH") == 1
    assert "# kept" in esc.store.environments[ENVIRONMENT].texts[-1]
    assert not (project.folder / ".env").exists()
    assert not (project.folder / "services/api/.env.production").exists()
    assert project.tracked() == {"app.py", ".env.template", ".gitignore"}
    example = (project.folder / ".env.example").read_text()
    assert {line.partition("=")[2] for line in example.splitlines()[1:]} == {""}
    assert {line.partition("=")[0] for line in example.splitlines()[1:]} == {*VALUES, "BARE"}
    assert (project.folder / "services/api/.env.example").read_text().endswith("\nDB_PASSWORD=\n")
    ignored = project.git("check-ignore", "--no-index", ".env", "services/api/.env.production")
    assert len(ignored.splitlines()) == 2
    assert ".env.example" in project.git("status", "--porcelain")

    backup = only_backup()
    assert stat.S_IMODE(backup.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in backup.folder.iterdir()} == {0o600}
    assert backup.manifest.state == "retired"
    assert SECRET not in (backup.folder / "manifest.json").read_text()

    assert run("restore", "--write") == 0
    assert snapshot(project.folder) == before
    assert project.git("ls-files", "--stage") == index
    assert only_backup().manifest.state == "restored"
    printed = capsys.readouterr()
    for value in {*VALUES.values(), SECRET} - {""}:
        assert value not in printed.out + printed.err


def test_a_dry_run_changes_nothing(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    before = snapshot(project.folder)
    assert run("retire") == 0
    assert run("retire", "--all", "--to", TARGET) == 0
    assert run("retire", "--check") == 1
    assert snapshot(project.folder) == before
    assert esc.calls("PATCH") == 0
    assert not list(Path(os.environ["XDG_STATE_HOME"]).rglob("*"))
    out = capsys.readouterr().out
    assert "Would import 10: API_TOKEN, BLANKS" in out
    assert SECRET not in out


def test_a_second_run_has_nothing_to_do(project: GitRepository, esc: FakeEsc) -> None:
    retire()
    assert retire() == 0
    project.commit("Retire", ".gitignore", ".env.example")
    after = snapshot(project.folder)
    assert retire() == 0
    assert run("retire", "--check") == 0
    assert snapshot(project.folder) == after


def test_json(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    assert retire("--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.dotenv-retire/1"
    assert [file["path"] for file in document["files"]] == [
        ".env",
        "services/api/.env.production",
    ]
    assert document["files"][0]["tracked"] is True
    assert document["files"][0]["without_value"] == ["BARE"]
    assert [one["path"] for one in document["history"]] == [".env"]
    assert run("restore", "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.dotenv-restore/1"
    assert document["files"] == [".env", "services/api/.env.production"]


def test_only_the_paths_named(project: GitRepository, esc: FakeEsc) -> None:
    assert retire("services") == 0
    assert (project.folder / ".env").exists()
    assert held(esc) == {"DB_PASSWORD": SECRET, "OTHER": "x"}


def test_one_file_that_is_named(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    assert retire("services/api/.env.production") == 0
    assert (project.folder / ".env").exists()
    assert run("retire", "nowhere/.env") == 2
    assert "nowhere/.env: does not exist" in capsys.readouterr().err


def test_who_else_reads_the_file_is_told(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    project.write("compose.yml", "services:\n  web:\n    env_file: .env\n")
    project.commit("Compose", "compose.yml")
    assert run("retire") == 0
    out = capsys.readouterr().out
    assert "compose.yml:3: Docker Compose gives it to the container of `web` (env_file)" in out


def test_values_that_are_there_already_are_left(project: GitRepository, esc: FakeEsc) -> None:
    esc.save(ENVIRONMENT, f"values:\n  environmentVariables:\n    DB_PASSWORD: {SECRET}\n")
    assert retire("services") == 0
    assert esc.calls("PATCH") == 0
    assert not (project.folder / "services/api/.env.production").exists()


def test_plain_keys(project: GitRepository, esc: FakeEsc) -> None:
    assert retire("--plain", "DOLLAR", "--plain", "YAML") == 0
    text = esc.store.environments[ENVIRONMENT].texts[-1]
    assert re.search(r"DOLLAR: .?a\$\$b\$\$\$\$c", text)
    assert held(esc)["DOLLAR"] == VALUES["DOLLAR"]


def test_a_new_environment(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    missing = ("retire", "--write", "--all", "--to", "esc:acme/shop/new")
    assert run(*missing) == 3
    assert "no such environment" in capsys.readouterr().err
    assert run(*missing, "--create") == 0
    assert held(esc, "acme/shop/new")["DB_PASSWORD"] == SECRET


@pytest.mark.parametrize("backend", ["fail", "null"])
def test_a_machine_without_a_keyring(
    project: GitRepository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    backend: str,
) -> None:  # fmt: skip
    """Said with the way out; `null` would take every password and keep none."""
    import keyring
    from keyring.backends import fail, null

    none = {"fail": fail, "null": null}[backend].Keyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: none)
    before = snapshot(project.folder)
    for words in (["--write"], []):
        assert run("retire", *words, "--to", "keyring:velo") == 2
        err = " ".join(capsys.readouterr().err.split())
        assert "no keyring that keeps passwords, so nothing was changed" in err
        assert "keyrings.cryptfile" in err
        assert "or choose --to " in err
        assert {"esc:ORGANISATION/PROJECT/ENVIRONMENT", "aws-secrets:NAME"} <= set(err.split())
        assert "vault:MOUNT/PATH" in err
        assert "or keyring:" not in err
    assert snapshot(project.folder) == before


def test_a_keyring(project: GitRepository, keyring_file: Path) -> None:
    before = snapshot(project.folder)
    assert run("retire", "--write", "--all", "--to", "keyring:shop") == 0
    kept = json.loads(keyring_file.read_text())
    assert kept == {
        f"shop/{key}": value for key, value in {**VALUES, "DB_PASSWORD": SECRET}.items()
    }
    assert not (project.folder / ".env").exists()
    assert run("restore", "--write") == 0
    assert snapshot(project.folder) == before


# -- doubts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"A={SECRET}\nB=x${{A}}\n", ".env:2:1: B: ${A} is replaced when it is loaded"),
        (f"A=pa${{x}}{SECRET}\n", ".env:1:1: A: ${x} is replaced"),
        (f'A="{SECRET}\nB=1\n', '.env:1:1: A: the quote " is never closed'),
        (f'A="b" {SECRET}\n', ".env:1:1: A: there is text after the closing quote"),
        (f"A: {SECRET}\n", ".env:1:1: there is text after the key"),
        (f"A=1\nB=2\nA={SECRET}\n", ".env:3:1: A: stands on line 1 already"),
        (f"=x{SECRET}\n", ".env:1:1: there is no key"),
        (f"A='{SECRET}\0'\n", ".env: is binary"),
        (f"'a b'={SECRET}\n", ".env:1:1: no environment can hold such a name"),
        (f"A.B={SECRET}\n", "A.B: Pulumi ESC takes a dot"),
        ("A=\xe4".encode("latin-1") + SECRET.encode(), ".env:1:1: is not UTF-8"),
    ],
)
def test_every_doubt_stops(
    project: GitRepository, esc: FakeEsc, capsys: Capture, content: str | bytes, message: str
) -> None:
    project.write(".env", content)
    before = snapshot(project.folder)
    assert retire() == 2
    error = capsys.readouterr().err
    assert message in error
    assert "nothing was changed" in error
    assert SECRET not in error
    assert snapshot(project.folder) == before
    assert esc.calls("PATCH") == 0
    assert not list(Path(os.environ["XDG_STATE_HOME"]).rglob("*"))


def test_all_doubts_are_told_at_once(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.write(".env", 'A=1\nA=2\nB="x" y\n')
    project.write("services/api/.env.production", "C=${D}\nA=3\n")
    assert retire() == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("hushflake: 4 places are ambiguous")
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        ".env",
        ".env",
        "services/api/.env.production",
        "services/api/.env.production",
    ]
    assert "A: has another value in .env" in lines[4]


@pytest.mark.parametrize(("choice", "value"), [("keep", "x${A}"), ("expand", "xone")])
def test_interpolation_can_be_decided(
    project: GitRepository, esc: FakeEsc, choice: str, value: str
) -> None:
    project.write(".env", "A=one\nB=x${A}\n")
    assert retire("--interpolation", choice) == 0
    assert held(esc)["B"] == value


def test_the_loader_is_the_one_that_the_code_imports(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    project.write("app.py", "import os, decouple\n")
    project.commit("Use decouple", "app.py")
    project.write(".env", "A=b # part of it\n")
    assert retire() == 2
    assert "the comment stays in the value" in capsys.readouterr().err
    project.write(".env", 'A="b # part of it"\nB=a\\nb\n')
    assert retire() == 0
    assert held(esc)["B"] == "a\\nb"


def test_two_loaders_must_agree(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.write("settings.py", "import decouple\n")
    project.commit("Use both", "settings.py")
    project.write(".env", 'SAME=1\nESCAPED="a\\nb"\n')
    assert retire() == 2
    error = capsys.readouterr().err
    assert "ESCAPED: python-dotenv and decouple read it differently" in error
    assert "SAME" not in error
    assert retire("--loader", "python-dotenv") == 0
    assert held(esc)["ESCAPED"] == "a\nb"


def test_an_unknown_loader_is_told(project: GitRepository, capsys: Capture) -> None:
    project.write("app.py", "import environ\nenviron.Env.read_env()\n")
    project.commit("environ", "app.py")
    assert retire("--all") == 2
    assert "django-environ" in capsys.readouterr().err
    # What only looks, and what takes nothing, needs no loader.
    assert run("retire") == 0
    assert main(["migrate", "--dry-run"]) == 0


# -- the target -----------------------------------------------------------------------------


def test_another_value_in_the_target_stops(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    esc.save(ENVIRONMENT, "values:\n  environmentVariables:\n    DB_PASSWORD: other-value\n")
    before = snapshot(project.folder)
    assert retire() == 2
    error = capsys.readouterr().err
    assert "other values" in error
    assert error.rstrip().endswith("\n  DB_PASSWORD")
    assert "other-value" not in error
    assert snapshot(project.folder) == before
    assert esc.calls("PATCH") == 0


def test_a_conflict_is_merged_and_tried_once_more(project: GitRepository, esc: FakeEsc) -> None:
    esc.fault(method="PATCH", status=409)
    assert retire() == 0
    assert esc.calls("PATCH") == 2
    assert held(esc)["DB_PASSWORD"] == SECRET


def save_in_between(monkeypatch: pytest.MonkeyPatch, esc: FakeEsc, line: str) -> None:
    """Let somebody else save the definition once, after it was read and before it is patched."""
    from hushflake.config.esc import definition

    edited, waiting = definition.edited, [line]

    def late(yaml: str, settings: Any) -> str:
        if waiting:
            text = f"values:\n  environmentVariables:\n    OTHER: x\n    {waiting.pop()}\n"
            esc.save(ENVIRONMENT, text)
        return edited(yaml, settings)

    monkeypatch.setattr(definition, "edited", late)


def test_what_somebody_else_saved_meanwhile_stays(
    project: GitRepository, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_in_between(monkeypatch, esc, "THEIRS: kept")
    assert retire() == 0
    assert esc.calls("PATCH") == 2
    assert held(esc) == {**VALUES, "DB_PASSWORD": SECRET, "OTHER": "x", "THEIRS": "kept"}


def test_a_key_that_somebody_else_saved_meanwhile_stops(
    project: GitRepository,
    esc: FakeEsc,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    before = snapshot(project.folder)
    save_in_between(monkeypatch, esc, "DB_PASSWORD: theirs")
    assert retire() == 2
    assert capsys.readouterr().err.rstrip().endswith("\n  DB_PASSWORD")
    assert held(esc) == {"OTHER": "x", "DB_PASSWORD": "theirs"}
    assert snapshot(project.folder) == before


def test_what_an_earlier_inventory_left_to_fill_in_is_filled_in(
    project: GitRepository, esc: FakeEsc
) -> None:
    esc.save(ENVIRONMENT, 'values: {environmentVariables: {API_TOKEN: "<fill in: API_TOKEN>"}}')
    assert retire() == 0
    assert held(esc)["API_TOKEN"] == VALUES["API_TOKEN"]


def test_a_second_conflict_stops(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    before = snapshot(project.folder)
    esc.fault(method="PATCH", status=409, times=2)
    assert retire() == 3
    assert "nothing was removed" in capsys.readouterr().err
    assert snapshot(project.folder) == before
    assert retire() == 0
    assert held(esc)["DB_PASSWORD"] == SECRET


@pytest.mark.parametrize(
    "fault",
    [
        {"method": "PATCH", "status": 503},
        {"method": "PATCH", "cut": 0},
        {"method": "PATCH", "status": 403},
        {"method": "GET", "path": "/open/", "status": 404},
    ],
    ids=str,
)
def test_a_target_that_fails_midway(
    project: GitRepository, esc: FakeEsc, capsys: Capture, fault: dict[str, object]
) -> None:
    """Nothing is removed, and the same command goes on."""
    before = snapshot(project.folder)
    plan = planning.plan(Path(), Request(target=TARGET, everything=True))
    esc.fault(**fault)
    with pytest.raises(Exception, match="Pulumi ESC") as caught:
        part.retire(plan)
    assert getattr(caught.value, "exit_code", 0) in {2, 3}
    assert SECRET not in str(caught.value)
    assert snapshot(project.folder) == before
    assert retire() == 0
    assert held(esc)["DB_PASSWORD"] == SECRET
    assert "Resuming an interrupted retirement" in capsys.readouterr().out
    assert run("restore", "--write") == 0
    assert snapshot(project.folder) == before


def test_a_value_that_comes_back_changed(
    project: GitRepository, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    from hushflake.config.esc import escaping

    # A service that treats dollars in another way than its source says.
    monkeypatch.setattr(escaping, "secret", lambda text: text)
    before = snapshot(project.folder)
    assert retire() == 3
    error = capsys.readouterr().err
    assert "came back changed" in error
    assert VALUES["DOLLAR"] not in error
    assert snapshot(project.folder) == before


def test_another_target_has_to_wait(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    esc.fault(method="PATCH", status=403)
    assert retire() == 3
    assert run("retire", "--to", "keyring:shop") == 2
    assert f"an earlier retirement to {TARGET} was interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["vault:x", "esc:", "esc:a/b", "keyring:"])
def test_a_target_that_is_none(
    project: GitRepository, target: str, capsys: Capture, esc: FakeEsc
) -> None:
    assert run("retire", "--to", target) == 2
    capsys.readouterr()


# -- odd repositories and files -------------------------------------------------------------


def test_outside_a_repository(tmp_path: Path, esc: FakeEsc, capsys: Capture) -> None:
    (tmp_path / ".env").write_text("A=1\n")
    assert retire(str(tmp_path)) == 2
    assert "not inside a git repository" in capsys.readouterr().err


def test_a_dirty_work_tree_is_refused(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    project.write("app.py", "import dotenv # changed\n")
    assert retire() == 2
    assert "app.py" in capsys.readouterr().err
    assert (project.folder / ".env").exists()
    assert retire("--allow-dirty") == 0


def test_a_changed_tracked_env_file_is_no_dirt(project: GitRepository, esc: FakeEsc) -> None:
    project.write(".env", "NEW=1\n")
    staged = project.git("ls-files", "--stage", ".env")
    assert retire() == 0
    assert held(esc)["NEW"] == "1"
    run("restore", "--write")
    assert (project.folder / ".env").read_text() == "NEW=1\n"
    assert project.git("ls-files", "--stage", ".env") == staged


def test_a_merge_underway_is_refused(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    project.git("switch", "--quiet", "--create", "other")
    project.write("app.py", "import dotenv # other\n")
    project.commit("Other", "app.py")
    project.git("switch", "--quiet", "main")
    project.write("app.py", "import dotenv # main\n")
    project.commit("Main", "app.py")
    with pytest.raises(AssertionError):
        project.git("merge", "other")
    assert retire() == 2
    assert "a merge is underway" in capsys.readouterr().err


def test_a_detached_head(project: GitRepository, esc: FakeEsc) -> None:
    project.git("checkout", "--quiet", "--detach")
    before = snapshot(project.folder)
    assert retire() == 0
    assert run("restore", "--write") == 0
    assert snapshot(project.folder) == before


def test_a_linked_worktree(
    project: GitRepository, esc: FakeEsc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = tmp_path / "linked"
    project.git("worktree", "add", "--quiet", str(linked), "-b", "work")
    main_tree = snapshot(project.folder)
    monkeypatch.chdir(linked)
    before = snapshot(linked)
    assert retire() == 0
    assert not (linked / ".env").exists()
    assert snapshot(project.folder) == main_tree
    assert ".env" in project.tracked()
    assert run("restore", "--write") == 0
    assert snapshot(linked) == before


def test_a_submodule_is_left(
    project: GitRepository,
    esc: FakeEsc,
    make_repository: Callable[[str], GitRepository],
    capsys: Capture,
) -> None:
    library = make_repository("library")
    library.write(".env", "SUB=1\n")
    library.commit()
    project.git("submodule", "--quiet", "add", str(library.folder), "lib")
    project.git("commit", "--quiet", "--message", "Add a submodule")
    assert retire() == 0
    assert (project.folder / "lib/.env").exists()
    assert "SUB" not in held(esc)
    assert "lib: is a submodule" in capsys.readouterr().out


def test_an_empty_repository(repository: GitRepository, esc: FakeEsc) -> None:
    repository.write(".env", "A=1\n")
    assert retire(str(repository.folder)) == 0
    assert held(esc)["A"] == "1"


def test_a_symbolic_link_stops(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    outside = project.folder.parent / "shared.env"
    outside.write_text(f"A={SECRET}\n")
    (project.folder / ".env").unlink()
    (project.folder / ".env").symlink_to(outside)
    assert retire() == 2
    assert ".env: is a symbolic link to" in capsys.readouterr().err
    assert outside.exists()


def test_folders_and_pipes_are_left(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    (project.folder / "a" / ".env").mkdir(parents=True)
    (project.folder / "a" / ".env" / "x").touch()
    venv = project.folder / "b" / ".env"
    venv.mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (venv / "bin").mkdir()
    (venv / "bin" / "python").touch()
    (venv / "prod.env").write_text("V=1\n")
    os.mkfifo(project.folder / "c.env")
    assert retire() == 0
    out = capsys.readouterr().out
    assert "left: a/.env: is a folder" in out
    assert "left: c.env: is not a regular file" in out
    assert "V" not in held(esc)
    assert (project.folder / "a" / ".env" / "x").exists()


def test_a_huge_file_stops_at_once(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    with (project.folder / "dump.env").open("wb") as stream:
        stream.truncate(100 << 20)
    assert retire() == 2
    assert "dump.env: is larger than 1 MB" in capsys.readouterr().err


def test_a_read_only_folder(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    """The file cannot be removed: that is said, and the next run finishes."""
    (project.folder / "services/api/.env.example").write_text("DB_PASSWORD=\n")
    os.environ["HOME"] = str(project.folder.parent)
    state = Path(os.environ["XDG_STATE_HOME"])
    os.environ["XDG_STATE_HOME"] = str(project.folder.parent / "state")
    folder = project.folder / "services/api"

    def body() -> None:
        subprocess.run(["git", "config", "--global", "safe.directory", "*"], check=True)
        folder.chmod(0o500)
        code = retire()
        error = capsys.readouterr().err
        assert code == 3, error
        assert "services/api/.env.production: cannot be removed: Permission denied" in error
        assert (folder / ".env.production").exists()
        folder.chmod(0o700)
        assert retire() == 0
        assert not (folder / ".env.production").exists()

    try:
        os.environ["GIT_CONFIG_GLOBAL"] = str(project.folder.parent / "gitconfig")
        as_ordinary_user(project.folder.parent, body)
    finally:
        os.environ["XDG_STATE_HOME"] = str(state)


def test_a_file_changed_meanwhile_stays(project: GitRepository, esc: FakeEsc) -> None:
    planned = planning.plan(Path(), Request(target=TARGET, everything=True))

    def on_step(step: str) -> None:
        if step == "remove":
            project.write(".env", "LATE=1\n")

    with pytest.raises(RemediationError, match=r"\.env: was changed while it was retired"):
        part.retire(planned, on_step)
    assert (project.folder / ".env").read_text() == "LATE=1\n"
    assert retire() == 0
    assert held(esc)["LATE"] == "1"


def test_a_run_at_the_same_time_is_kept_out(project: GitRepository, esc: FakeEsc) -> None:
    planned = planning.plan(Path(), Request(target=TARGET, everything=True))
    other = planning.plan(Path(), Request(target=TARGET, everything=True))

    def on_step(step: str) -> None:
        with pytest.raises(RemediationError, match="another retire or restore"):
            part.retire(other)

    part.retire(planned, on_step)


# -- backups --------------------------------------------------------------------------------


def test_an_encrypted_backup(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    identity = pyrage.x25519.Identity.generate()
    key = project.folder.parent / "key.txt"
    key.write_text(f"# created for a test\n{identity}\n")
    other = project.folder.parent / "other.txt"
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    before = snapshot(project.folder)
    assert retire("--age-recipient", str(identity.to_public())) == 0
    for path in only_backup().folder.iterdir():
        assert SECRET.encode() not in path.read_bytes()
    assert run("restore", "--write") == 2
    assert run("restore", "--write", "--identity", str(other)) == 2
    assert "another recipient" in capsys.readouterr().err
    assert run("restore", "--write", "--identity", str(key)) == 0
    assert snapshot(project.folder) == before


def test_a_recipient_that_is_none(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    assert retire("--age-recipient", "age1nonsense") == 2
    assert "is neither an age recipient" in capsys.readouterr().err


def test_a_backup_folder_in_the_work_tree_is_ignored(project: GitRepository, esc: FakeEsc) -> None:
    before = snapshot(project.folder)
    assert retire("--backup-dir", "kept/backups") == 0
    assert "kept" not in project.git("status", "--porcelain", "--untracked-files=all")
    assert run("restore", "--write", "--backup-dir", "kept/backups") == 0
    after = snapshot(project.folder)
    assert {path: file for path, file in after.items() if not path.startswith("kept/")} == before


def test_a_backup_folder_that_git_would_commit_is_refused(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    (project.folder / "backups").mkdir()
    assert retire("--backup-dir", "backups") == 2
    assert "git does not ignore it" in capsys.readouterr().err
    assert (project.folder / ".env").exists()


def test_restore_overwrites_nothing(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    retire()
    project.write(".env", "MINE=1\n")
    project.write(".gitignore", "changed\n")
    assert run("restore", "--write") == 2
    assert ".env: is there with other content" in capsys.readouterr().err
    assert (project.folder / ".env").read_text() == "MINE=1\n"
    (project.folder / ".env").unlink()
    assert run("restore", "--write") == 0
    assert (project.folder / ".env").read_text() == DOTENV
    assert (project.folder / ".gitignore").read_text() == "changed\n"
    assert ".gitignore: was changed since" in capsys.readouterr().out


def test_a_damaged_backup_is_told(project: GitRepository, esc: FakeEsc, capsys: Capture) -> None:
    retire()
    stored = next(only_backup().folder.glob("*.bin"))
    stored.write_bytes(b"damaged")
    assert run("restore", "--write") == 2
    assert "its hash differs" in capsys.readouterr().err
    assert not (project.folder / ".env").exists()


def test_nothing_to_restore(project: GitRepository, capsys: Capture) -> None:
    assert run("restore") == 2
    assert "holds no backup" in capsys.readouterr().err


# -- ignore entries -------------------------------------------------------------------------


def test_an_example_stays_visible_to_git(project: GitRepository, esc: FakeEsc) -> None:
    project.write(".gitignore", "!.env.example\n.env\n")
    project.commit("Ignore", ".gitignore")
    retire()
    assert project.git("status", "--porcelain", ".env.example") == "?? .env.example\n"
    text = (project.folder / ".gitignore").read_text()
    assert text.count("\n.env\n") == 1


def test_an_example_that_is_there_gets_the_missing_names(
    project: GitRepository, esc: FakeEsc
) -> None:
    project.write(".env.example", "# ours\nAPI_TOKEN=put yours here")
    project.commit("Show", ".env.example")
    before = snapshot(project.folder)
    retire()
    text = (project.folder / ".env.example").read_text()
    assert text.startswith("# ours\nAPI_TOKEN=put yours here\nDOLLAR=\n")
    assert run("restore", "--write") == 0
    assert snapshot(project.folder) == before


# -- history --------------------------------------------------------------------------------


def test_history_tells_commits_paths_and_names(
    project: GitRepository, esc: FakeEsc, capsys: Capture
) -> None:
    project.git("switch", "--quiet", "--create", "old")
    project.write("deep/prod.env", f"ON_BRANCH={SECRET}\n")
    branch = project.commit("Branch", "deep/prod.env")
    project.git("switch", "--quiet", "main")
    project.git("tag", "kept", "old")
    project.git("branch", "--quiet", "-D", "old")
    project.write(".env", f"STASHED={SECRET}\n")
    project.write("untracked.env", f"STASHED_UNTRACKED={SECRET}\n")
    project.git("stash", "--quiet", "--include-untracked")
    gone = project.write(".env", f"RESET={SECRET}\n")
    project.commit("Reset away", ".env")
    project.git("reset", "--quiet", "--hard", "HEAD~1")
    assert gone.read_text() == DOTENV

    found = held_in_history(Repository.of(project.folder))
    names = {(one.path, one.keys) for one in found}
    assert ("deep/prod.env", ("ON_BRANCH",)) in names
    assert (".env", ("STASHED",)) in names
    assert ("untracked.env", ("STASHED_UNTRACKED",)) in names
    assert (".env", ("RESET",)) in names
    assert (".env", (*list(VALUES), "BARE")) in names
    assert {one.commit for one in found if one.path == "deep/prod.env"} == {branch}
    assert not any(path == ".env.template" for path, _keys in names)

    assert retire() == 0
    out = capsys.readouterr().out
    assert f"{branch[:12]} deep/prod.env: ON_BRANCH" in out
    assert "Change these secrets" in out
    assert "git deletes their .env" in out
    assert SECRET not in out
