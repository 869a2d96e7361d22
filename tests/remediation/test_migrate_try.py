"""`hushflake migrate --try` and `--test-command`: the rewritten code does what it did before."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main
from hushflake.codemods.roots.uses import Roots
from hushflake.remediation.migrate.steps import all_steps
from hushflake.remediation.trying.imports import first_trials
from hushflake.remediation.trying.interpreter import nearest
from hushflake.remediation.trying.modules import Way, ways
from hushflake.remediation.trying.process import environment
from hushflake.remediation.trying.suite import Outcome

from .conftest import GitRepository

pytestmark = pytest.mark.git

Capture = pytest.CaptureFixture[str]
READ = "import os\nA = os.getenv('A')\n"
# Writes a file beside itself when somebody imports it.
TELLTALE = (
    "import os\nfrom pathlib import Path\nPath(__file__ + '.ran').touch()\nA = os.getenv('A')\n"
)


@pytest.fixture
def project(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    repository.write("requirements.txt", "flask\n")
    repository.write("shop/__init__.py", "")
    repository.write("shop/app.py", READ)
    monkeypatch.chdir(repository.folder)
    return repository


def migrate(*arguments: str) -> int:
    return main(["migrate", "--yes", "--accessor", "shop/config.py", *arguments])


def document(capsys: Capture, *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = migrate("--format", "json", *arguments)
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, loaded


def test_nothing_of_the_project_runs_unasked(project: GitRepository, capsys: Capture) -> None:
    project.write("shop/app.py", TELLTALE)
    for name in ("setup.py", "conftest.py", "sitecustomize.py", "tests/test_a.py"):
        project.write(name, TELLTALE)
    python = project.write(".venv/bin/python", f"#!/bin/sh\ntouch {project.folder}/shop/ran.ran\n")
    python.chmod(0o755)
    project.write(".gitignore", ".venv/\n")
    project.commit()
    assert migrate() == 0
    assert list(project.folder.rglob("*.ran")) == []
    out = capsys.readouterr().out
    assert "Rewritten, not tried. To try it:\n  .venv/bin/python -c 'import shop.app, " in out
    assert "  .venv/bin/python -m pytest\n" in out


def test_a_try_that_is_good(project: GitRepository, capsys: Capture) -> None:
    project.write("shop/broken.py", f"{READ}import no_such_module\n")
    project.write("shop/missing.py", "import os\nB = os.environ['NOT_SET_ANYWHERE']\n")
    project.write("shop/exits.py", f"{READ}raise SystemExit(3)\n")
    project.write("odd-name.py", READ)
    project.commit()
    assert migrate("--try", "--python", sys.executable) == 0
    out = capsys.readouterr().out
    assert "this runs the project's code" in out
    assert out.count("2 of 5 modules can be imported") == 2
    assert "shop/broken.py: fails already: ModuleNotFoundError at shop/broken.py:3: No mod" in out
    assert "shop/missing.py: fails already: KeyError at shop/missing.py:2: 'NOT_SET" in out
    assert "Rewritten, not tried" not in out


@pytest.fixture
def with_a_script(project: GitRepository) -> GitRepository:
    """Run by its path, as its import of a neighbour shows: the top is not on `sys.path`."""
    project.write("scripts/helper.py", "")
    project.write("scripts/job.py", f"import helper\n{READ}")
    project.commit()
    return project


def test_an_accessor_that_scripts_cannot_import(
    with_a_script: GitRepository, capsys: Capture
) -> None:
    assert migrate() == 2
    told = capsys.readouterr().err
    assert "shop/config.py: 1 of 2 files that would import shop.config cannot:" in told
    assert "scripts/job.py: is job from scripts/ (it imports helper), where there is no" in told
    assert "Leave the module out" in told
    assert with_a_script.git("branch", "--list").strip() == "* main"
    # The way that it names: everything reads through what is installed.
    python = ["--try", "--python", sys.executable]
    assert main(["migrate", "--yes", *python]) == 0
    assert "from hushflake.config import" in (with_a_script.folder / "scripts/job.py").read_text()


def test_a_try_that_is_worse(with_a_script: GitRepository, capsys: Capture) -> None:
    start = with_a_script.git("rev-parse", "HEAD").strip()
    # Whoever gives the name knows better, or thinks so.
    tried = ["--try", "--python", sys.executable, "--accessor-name", "shop.config"]
    assert migrate(*tried) == 1
    out = capsys.readouterr().out
    assert "Worse than before: 1" in out
    assert "scripts/job.py: ModuleNotFoundError at scripts/job.py:" in out
    assert "No module named 'shop'" in out
    assert "git branch -D hushflake/migrate" in out
    # Put right on the branch, the same command continues.
    code, told = document(capsys, *tried)
    assert code == 1
    assert told["worse"][0].startswith("scripts/job.py: ModuleNotFoundError")
    with_a_script.write("scripts/job.py", f"import helper\n{READ}")
    assert migrate(*tried) == 0
    assert "Resuming the migration" in capsys.readouterr().out
    with_a_script.git("switch", "--quiet", "main")
    with_a_script.git("branch", "-D", "hushflake/migrate")
    assert with_a_script.git("rev-parse", "HEAD").strip() == start


def test_the_tests_run_before_and_after(project: GitRepository, capsys: Capture) -> None:
    project.write(
        "tests/test_a.py", "from shop import app\ndef test_a():\n    assert app.A is None\n"
    )
    project.commit()
    command = f"{sys.executable} -m pytest -q -p no:cacheprovider tests"
    assert migrate("--test-command", command) == 0
    out = capsys.readouterr().out
    assert "tests before: 1 passed (exit code 0)" in out
    assert "tests after:  1 passed (exit code 0)" in out
    assert "Rewritten, not tried" not in out
    log = project.folder / ".git/hushflake/tests-after.log"
    assert "1 passed" in log.read_text()
    assert oct(log.stat().st_mode)[-3:] == "600"


def test_tests_that_are_worse(project: GitRepository, capsys: Capture) -> None:
    # A test that looks at the source stands for whatever a rewrite may break.
    text = "from pathlib import Path\ndef test_a():\n    assert 'getenv' in Path('shop/app.py')"
    text += ".read_text()\n"
    project.write("tests/test_a.py", text)
    project.commit()
    command = f"{sys.executable} -m pytest -q -p no:cacheprovider tests"
    code, told = document(capsys, "--test-command", command)
    assert code == 1
    assert "1 failed (exit code 1), before 1 passed (exit code 0)" in told["worse"][0]
    assert told["finished"] is False
    assert told["undo"] == ["git switch main", "git branch -D hushflake/migrate"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--try", "--python", "gone"], "--python gone: is not a program"),
        (["--try", "--python", "/bin/false"], "cannot import hushflake.config"),
        (["--test-command", "'a"], "is not a command; close its quotes"),
        (["--test-command", "no-such-program-here"], "cannot be started"),
        (["--requirement", "flask"], "is not a requirement for hushflake"),
    ],
)
def test_mistakes(
    project: GitRepository, capsys: Capture, arguments: list[str], message: str
) -> None:
    project.commit()
    assert migrate(*arguments) == 2
    assert message in capsys.readouterr().err


def test_to_a_store_that_nobody_would_read(project: GitRepository, capsys: Capture) -> None:
    project.write("shop/own.py", "from hushflake.config import *\n")
    project.write("pyproject.toml", '[tool.hushflake]\naccessor = "shop.own"\n')
    project.write(".env", "A=1\n")
    project.commit()
    assert main(["migrate", "--yes", "--to", "keyring:shop"]) == 2
    assert "shop.own, which code reads through, does not read from" in capsys.readouterr().err
    assert project.git("branch", "--show-current").strip() == "main"


def test_what_is_in_the_way_stops_before_anything_is_changed(
    project: GitRepository, capsys: Capture
) -> None:
    project.write("shop/config.py", "MINE = 1\n")
    project.commit()
    assert migrate() == 2
    told = capsys.readouterr().err
    assert "shop/config.py: is there already, and says something else" in told
    assert project.git("branch", "--list").strip() == "* main"
    assert migrate("--accessor-name", "config.shop") == 2
    assert "config.shop: is not a name that shop/config.py can be" in capsys.readouterr().err


def test_a_failure_shows_no_value_and_a_hanging_import_ends(tmp_path: Path) -> None:
    word = "s3cr" + "et-word"
    (tmp_path / "leaks.py").write_text(f"raise ValueError('cannot use {word}')\n")
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(600)\n")
    (tmp_path / "dies.py").write_text("import os\nos._exit(7)\n")
    (tmp_path / "threads.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[600]).start()\n"
    )
    names = ["leaks.py", "hangs.py", "dies.py", "threads.py"]
    roots = Roots(str(tmp_path))
    trials = first_trials(lambda _path: Path(sys.executable), roots, names, 3.0)
    assert [str(one.failure) for one in trials] == [
        "ValueError at leaks.py:1", "took longer than 3 seconds",
        "ended the process with code 7", "None",
    ]  # fmt: skip
    assert word not in json.dumps([one.as_json() for one in trials])


GUARD = "if __name__ == '__main__':\n    raise SystemExit('ran')\n"


@pytest.mark.parametrize(
    ("path", "files", "wanted"),
    [
        ("a/b/c.py", {"a/__init__.py": "", "a/b/__init__.py": ""}, [Way("a.b.c", "")]),
        ("src/a/c.py", {"src/a/__init__.py": ""}, [Way("a.c", "src")]),
        ("src/a/c.py", {"t.py": "from a import c\n"}, [Way("a.c", "src")]),
        ("a/__init__.py", {}, [Way("a", "")]),
        ("c.py", {}, [Way("c", "")]),
        ("bin/my-tool.py", {}, [Way("@bin/my-tool.py", "bin")]),
        ("bin/job.py", {"bin/job.py": GUARD}, [Way("@bin/job.py", "bin")]),
        ("bin/job.py", {"bin/job.py": "work()\n", "Makefile": "a:\n\tpython bin/job.py\n"},
         [Way("%bin/job.py", "bin")]),
        # An image runs it beside what it copies from elsewhere.
        ("docker/probe.py", {"docker/probe.py": "work()\n", "hc/a.py": "", "docker/Dockerfile":
         "FROM a\nWORKDIR /o\nCOPY . /o/\nCOPY docker/probe.py /o/\nCMD ./probe.py\n"},
         [Way("%docker/probe.py", "")]),
        ("bin/job.py", {"bin/job.py": GUARD, "app.py": "import bin.job\n"},
         [Way("bin.job", ""), Way("@bin/job.py", "bin")]),
    ],
)  # fmt: skip
def test_how_a_file_is_imported(
    tmp_path: Path, path: str, files: dict[str, str], wanted: list[Way]
) -> None:
    for name, text in {path: "", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert ways(Roots(str(tmp_path)), path) == wanted


def test_a_script_is_not_run_to_try_it(project: GitRepository, capsys: Capture) -> None:
    """Of one that begins its work at once the imports are tried, and what leads to them."""
    ran = f"{READ}from pathlib import Path\nPath(__file__ + '.ran').touch()\n"
    project.write("scripts/deploy.py", ran)
    project.write("scripts/guarded.py", f"{READ}{GUARD}")
    # What hangs on something that is not run is not needed for an import.
    project.write("scripts/late.py", f"X = open('no-file')\nif X:\n    Y = X\nZ = X\n{READ}{ran}")
    path = "sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))"
    project.write("scripts/sync.py", f"import os, sys\n{path}\nfrom shop import app\n{ran}")
    project.write(
        "Makefile",
        "all:\n\tpython scripts/deploy.py && python scripts/sync.py && python scripts/late.py\n",
    )
    project.commit()
    assert main(["migrate", "--yes", "--try", "--python", sys.executable]) == 0
    assert list(project.folder.rglob("*.ran")) == []
    out = capsys.readouterr().out
    assert "scripts/deploy.py: imported (the imports of a script from scripts/)" in out
    assert "scripts/sync.py: imported (the imports of a script from scripts/)" in out
    assert "scripts/late.py: imported (the imports of a script from scripts/)" in out
    assert "scripts/guarded.py: imported (as a script from scripts/)" in out
    assert "shop/app.py: imported (as shop.app from ./)" in out


def test_a_module_is_tried_with_all_that_it_imports_from(tmp_path: Path) -> None:
    """Tests call it by another name than its image does, and find its neighbours all the same."""
    files = {"users/__init__.py": "", "users/users.py": "import db\napp = db\n", "users/db.py": ""}
    files |= {"users/tests/test_a.py": "from users.users import app\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    roots = Roots(str(tmp_path))
    assert ways(roots, "users/users.py") == [Way("users.users", "", ("users",))]
    (tried,) = first_trials(lambda _path: Path(sys.executable), roots, ["users/users.py"], 20)
    assert tried.failure is None


def test_a_service_is_tried_with_its_own_environment(tmp_path: Path) -> None:
    for name in (".venv/bin/python", "services/a/.venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch(0o755)
    wanted = {"services/a/main.py": "services/a/.venv", "services/b/main.py": ".venv"}
    for path, folder in wanted.items():
        assert nearest(tmp_path, path, None) == tmp_path / folder / "bin/python"
        assert nearest(tmp_path, path, Path(sys.executable)) == Path(sys.executable).absolute()


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ((0, {"passed": 2}), (0, {"passed": 2}), False),
        ((0, {"passed": 2}), (0, {"passed": 1, "skipped": 1}), True),
        ((0, {"passed": 2}), (5, {}), True),
        ((1, {"passed": 2, "failed": 1}), (1, {"passed": 2, "failed": 1}), False),
        ((1, {"passed": 2, "failed": 1}), (1, {"passed": 2, "failed": 2}), True),
        ((1, {"passed": 2, "failed": 1}), (0, {"passed": 3}), False),
        ((0, {}), (0, {}), False),
        ((0, {}), (None, {}), True),
        ((2, {}), (1, {}), True),
    ],
)
def test_what_is_worse(
    before: tuple[int, dict[str, int]], after: tuple[int | None, dict[str, int]], worse: bool
) -> None:
    assert Outcome(*after).is_worse_than(Outcome(*before)) is worse


def test_the_step_check_counts_as_the_command_does(project: GitRepository, capsys: Capture) -> None:
    secret = "hunter" + "2hunter" * 2
    project.write("shop/app.py", f"{READ}PASSWORD = '{secret}'\nos.environ['B'] = '1'\n")
    project.write("tests/test_a.py", f"PASSWORD = '{secret}'\n")
    project.commit()
    assert migrate() == 0
    out = capsys.readouterr().out
    assert main(["check"]) == 1
    found = capsys.readouterr().out
    assert "left: 1 error (`hushflake check`)" in out
    assert "in test files, counted apart: 1 note" in out
    assert "Found 1 error and 1 note (in a test file)" in found


def test_what_lies_in_the_repository_runs_nothing(project: GitRepository, capsys: Capture) -> None:
    project.write("shop/app.py", TELLTALE)
    project.commit()
    # As if somebody had stopped before the step `try`, and made the repository so.
    state = {
        "format": "hushflake.migrate-state/1", "branch": "main", "start_branch": "main",
        "start_commit": project.git("rev-parse", "HEAD").strip(), "changed": ["x.py"],
        "records": [
            {"step": step.NAME, "outcome": "done"} for step in all_steps() if step.ORDER < 65
        ],
    }  # fmt: skip
    trial = {"path": "shop/app.py", "way": ["shop.app", "", []], "failure": None}
    command = f"{sys.executable} shop/app.py"
    tests = {"command": command, "code": 0, "counts": {}}
    project.write(".git/hushflake/migrate.json", json.dumps(state))
    planted = {"python": sys.executable, "trials": [trial], "tests": tests}
    project.write(".git/hushflake/try.json", json.dumps(planted))
    assert main(["migrate", "--yes", "--skip", "clean"]) == 0
    assert list(project.folder.rglob("*.ran")) == []
    assert "were not given this time" in capsys.readouterr().out
    # Not even with the flag does it reach outside, or run another command than the one given.
    (project.folder.parent / "out.py").write_text(TELLTALE)
    outside = (["out", "..", []], "../out.py"), (["@../o-t.py", "..", []], "../o-t.py")
    for way, path in (*outside, (["shop.app", "", [".."]], "shop/app.py")):
        planted["trials"] = [{"path": path, "way": way, "failure": None}]
        project.write(".git/hushflake/migrate.json", json.dumps(state))
        project.write(".git/hushflake/try.json", json.dumps(planted))
        assert main(["migrate", "--yes", "--try"]) == 2
        assert "cannot be used; start over" in capsys.readouterr().err
    project.write(".git/hushflake/migrate.json", json.dumps(state))
    assert main(["migrate", "--yes", "--test-command", "true"]) == 2
    assert "was not run before the rewrite" in capsys.readouterr().err
    assert list(project.folder.parent.rglob("*.ran")) == []


def test_a_program_of_the_project_gets_the_environment_of_its_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "hushflake")
    assert "PYTHONSAFEPATH" not in environment()
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    assert environment()["PYTHONSAFEPATH"] == "1"
