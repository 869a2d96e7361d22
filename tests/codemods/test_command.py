"""`hushflake codemod` as a user meets it: reports, exit codes, diffs, settings."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main

READ = "import os\n\nA = os.getenv('A')\n"
SECRET = "hunter" + "2hunter" * 2


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(READ)
    (tmp_path / "left.py").write_text("import os\nos.environ['A'] = 'a'\nos.getenv('PATH')\n")
    (tmp_path / "old.py").write_text("import os\nprint os.getenv('A')\n")
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["codemod", "--format", "json", *arguments])
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out)
    return loaded


def test_by_default_it_reports_and_writes_nothing(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert "1 of 3 files would change: 1 place rewritten, 2 left" in out
    assert "platform-key" in out
    assert "old.py:2:1: looks like Python 2" in out
    assert (tree / "a.py").read_text() == READ


def test_an_empty_diff_says_that_places_are_left(
    tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["codemod", "--diff", "left.py"]) == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert "Nothing would change; places left: 2. Run the command without --diff" in err
    assert main(["codemod", "--diff", "a.py"]) == 0
    assert "places left" not in capfd.readouterr().err


def test_check_write_check(tree: Path) -> None:
    assert main(["codemod", "--check"]) == 1
    assert main(["codemod", "--write"]) == 0
    assert "get_config_value('A')" in (tree / "a.py").read_text()
    assert main(["codemod", "--check"]) == 0


def test_strict_makes_unparsed_source_a_failure(tree: Path) -> None:
    assert main(["codemod", "--strict"]) == 3


def test_an_unwritable_file_is_a_failure(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "a.py").chmod(0o444)
    assert main(["codemod", "--write"]) == 3
    assert "a.py: is read-only" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.py"], "gone.py: No such file or directory"),
        (["--only", "nonsense"], "no transform is named 'nonsense'"),
        (["--key-mapping", "gone.toml"], "gone.toml: No such file"),
        (["--diff", "--show-secrets"], "--show-secrets works on a terminal only"),
    ],
)
def test_mistakes(
    tree: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["codemod", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_document(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = document(capsys)
    assert told["format"] == "hushflake.codemod/1"
    assert {"path": "a.py", "status": "changed"} in told["files"]
    assert told["edits"][0] == {
        "path": "a.py", "line": 3, "column": 5, "form": "getenv", "key": "A",
        "action": "rewritten", "reason": "", "transform": "environment_reads",
    }  # fmt: skip
    assert [edit["reason"] for edit in told["edits"][1:]] == ["write", "platform-key"]
    (failed,) = [file for file in told["files"] if file["status"] == "unparsed"]
    assert failed["failure"]["kind"] == "python-2"
    assert told["summary"]["rewritten"] == 1


def test_the_transforms_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codemod", "--list"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()[1:]] == [
        "dotenv_loaders", "hardcoded_secrets", "secret_defaults", "accessor_imports",
        "settings_classes", "environment_reads", "test_overrides",
    ]  # fmt: skip


def test_choosing_transforms(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "a.py").write_text(
        "import os\nfrom dotenv import load_dotenv\nload_dotenv()\n"
        "A = os.getenv('DB_PASSWORD', 'x')\nB = os.getenv('B')\n"
    )
    main(["codemod", "--write", "--only", "dotenv_loaders", "a.py"])
    assert "dotenv" not in (tree / "a.py").read_text()
    assert "os.getenv('B')" in (tree / "a.py").read_text()
    main(["codemod", "--write", "--only", "secret_defaults", "a.py"])
    assert "require_config_value('DB_PASSWORD')" in (tree / "a.py").read_text()
    assert "os.getenv('B')" in (tree / "a.py").read_text()
    main(["codemod", "--write", "--with", "secret_defaults", "a.py"])
    assert (tree / "a.py").read_text() == (
        "from hushflake.config import get_config_value, require_config_value\n\n"
        "A = require_config_value('DB_PASSWORD')\nB = get_config_value('B')\n"
    )


def test_settings(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "pyproject.toml").write_text(
        "[tool.hushflake]\naccessor = 'backend.core.conf'\nget-function = 'cfg'\n"
        "require-function = ''\nkeep = ['KEPT_*']\nexclude = ['vendor/']\n"
        "bootstrap = ['conftest.py']\n"
    )
    core = tree / "backend" / "core"
    core.mkdir(parents=True)
    (tree / "vendor").mkdir()
    for path in (core / "conf.py", tree / "vendor" / "v.py", tree / "conftest.py"):
        path.write_text(READ)
    (tree / "a.py").write_text(
        "import os\nimport sys\n\nimport attr\n\nfrom backend import x\n\n"
        "A = os.getenv('A'), os.environ['B'], os.getenv('KEPT_C')\n"
    )
    told = document(capsys, "--write")
    assert (tree / "a.py").read_text() == (
        "import os\nimport sys\n\nimport attr\n\nfrom backend import x\n"
        "from backend.core.conf import cfg\n\n"
        "A = cfg('A'), os.environ['B'], os.getenv('KEPT_C')\n"
    )
    assert {file["path"]: file["status"] for file in told["files"]}["vendor/v.py"] == "excluded"
    reasons = {(edit["path"], edit["reason"]) for edit in told["edits"]}
    assert {
        ("a.py", "form-disabled"), ("a.py", "platform-key"),
        ("backend/core/conf.py", "accessor"), ("conftest.py", "bootstrap"),
    } <= reasons  # fmt: skip


def test_what_the_accessor_imports_cannot_import_it_back(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "pyproject.toml").write_text("[tool.hushflake]\naccessor = 'app.core.conf'\n")
    (tree / "app" / "core").mkdir(parents=True)
    files = {
        "app/__init__.py": "import os\nfrom .core import conf\nA = os.getenv('A')\n",
        "app/core/__init__.py": "",
        "app/core/conf.py": "from ..logs import log\ndef f():\n    from app import late\n",
        "app/logs/__init__.py": "import os\nfrom . import deep\nA = os.getenv('A')\n",
        "app/logs/deep.py": READ,
        "app/late.py": READ,
    }
    (tree / "app" / "logs").mkdir()
    for name, text in files.items():
        (tree / name).write_text(text)
    told = document(capsys, "app")
    reasons = {edit["path"]: edit["reason"] for edit in told["edits"]}
    assert reasons == {
        "app/__init__.py": "",
        "app/late.py": "",
        "app/logs/__init__.py": "before-accessor",
        "app/logs/deep.py": "before-accessor",
    }


def test_keys_in_another_style(tree: Path) -> None:
    (tree / "a.py").write_text(
        'import os\nA = os.getenv("DB_HOST"), os.environ[\'DB_PORT\'], "X" in os.environ\n'
        "B = os.getenv(A), os.getenv(key='OLD', default=1)\n"
    )
    (tree / "keys.toml").write_text("OLD = 'new/name'\n")
    main(["codemod", "--write", "--key-style", "path", "--key-mapping", "keys.toml", "a.py"])
    lines = (tree / "a.py").read_text().splitlines()
    assert lines[-2:] == [
        'A = get_config_value("db/host"), require_config_value(\'db/port\'), has_config_value("x")',
        "B = os.getenv(A), get_config_value(key='new/name', default=1)",
    ]
    assert main(["codemod", "--check", "--key-style", "path", "a.py"]) == 0


def test_two_keys_may_not_become_one(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "keys.toml").write_text("A = 'x'\nB = 'x'\n")
    assert main(["codemod", "--key-mapping", "keys.toml"]) == 2
    assert "A and B both become 'x'" in capsys.readouterr().err


def test_a_diff_shows_no_secret(tree: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tree / "a.py").write_text(f"import os\nP = os.getenv('DB_PASSWORD', '{SECRET}')\n")
    assert main(["codemod", "--diff", "a.py"]) == 0
    out, err = capfdbinary.readouterr()
    assert SECRET.encode() not in out + err
    assert b"+P = get_config_value('DB_PASSWORD', '***')" in out
    assert b"a.py: secrets are masked" in err


@pytest.mark.git
def test_git_applies_the_diff(tree: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    latin = "# coding: latin-1\nimport os\nA = os.getenv('ü')"
    contents = {
        "a.py": READ.encode(),
        "b c.py": b"\xef\xbb\xbfimport os\r\nA = os.getenv('A')\r\n",
        "sub/ü\n.py": latin.encode("latin-1"),
    }
    (tree / "sub").mkdir()
    for name, data in contents.items():
        (tree / name).write_bytes(data)
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    main(["codemod", "--diff"])
    patch = capfdbinary.readouterr().out
    subprocess.run(["git", "apply", "-"], cwd=tree, input=patch, check=True)
    applied = {name: (tree / name).read_bytes() for name in contents}
    for name, data in contents.items():
        (tree / name).write_bytes(data)
    main(["codemod", "--write"])
    assert applied == {name: (tree / name).read_bytes() for name in contents}
    assert applied != contents


@pytest.mark.git
@pytest.mark.parametrize("named", [".", "link.py", "pkg", "real/m.py", "in_link/m.py"])
def test_git_applies_the_diff_of_what_links_lead_to(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes], named: str
) -> None:
    for folder in ("real", "pkg"):
        (tree / folder).mkdir()
    (tree / "real" / "m.py").write_text(READ)
    (tree / "link.py").symlink_to("real/m.py")
    (tree / "pkg" / "link.py").symlink_to("../real/m.py")
    (tree / "in_link").symlink_to("real")
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    main(["codemod", "--diff", "--skip", "dotenv_loaders", named])
    patch = capfdbinary.readouterr().out
    if named == "pkg":
        # Its link leads out of what was named.
        assert not patch
        return
    subprocess.run(["git", "apply", "-"], cwd=tree, input=patch, check=True)
    assert "get_config_value" in (tree / "real" / "m.py").read_text()
    assert (tree / "link.py").is_symlink()


def test_stats(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codemod", "--stats"]) == 0
    out = capsys.readouterr().out
    assert "walk" in out
    assert "files per second" in out


@pytest.mark.parametrize(
    "read",
    [
        "import os\nS = os.getenv('DB_PASSWORD') or '{}'\n",
        "from environ import load\nimport os\nS = (os.getenv('DB_PASSWORD') or load() or '{}')\n",
        "import os\nS = os.getenv('A') if (db_password := '{}') else 0\n",
    ],
)
def test_a_literal_beside_a_read_is_hidden_on_both_sides(
    tree: Path, capsys: pytest.CaptureFixture[str], read: str
) -> None:
    (tree / "a.py").write_text(read.format(SECRET))
    main(["codemod", "--diff", "a.py"])
    out = capsys.readouterr().out
    assert "+" in out
    assert "***" in out
    assert SECRET not in out


def test_a_link_out_of_the_tree_is_left(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "shared.py"
    outside.write_text(READ)
    (tree / "link.py").symlink_to(outside)
    assert main(["codemod", "--write"]) == 0
    assert "link.py: is a link to a file outside" in capsys.readouterr().out
    assert outside.read_text() == READ
    assert main(["codemod", "--check"]) == 0
    assert main(["codemod", "--write", "link.py"]) == 0
    assert "get_config_value" in outside.read_text()


def test_a_token_as_a_key_is_not_told(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = "gh" + "p_" + "k3Jd9fLq2M" * 4
    (tree / "a.py").write_text(f"import os\nos.environ['{token}']\n")
    assert document(capsys, "a.py")["edits"][0]["key"] == "***"
    main(["codemod", "--stats", "a.py"])
    assert token not in capsys.readouterr().out


def test_every_place_that_is_left_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert "\nleft.py:2:1 write\nleft.py:3:1 platform-key\n" in out
    (tree / "many.py").write_text("import os\n" + "os.environ['A'] = 'a'\n" * 60)
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert out.count("many.py:") == 48
    assert "and 12 more (write 12); --format json lists every place" in out
    assert len([e for e in document(capsys)["edits"] if e["action"] == "left"]) == 62


def test_cython_is_counted_in_a_run_over_a_folder(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("fast.pyx", "fast.pxd"):
        (tree / name).write_text("cdef int x = 1\n")
    assert main(["codemod"]) == 0
    assert "Not looked at: 2 Cython files\n" in capsys.readouterr().out
    assert document(capsys)["summary"]["passed_over"] == {"cython": 2}


def test_every_reason_is_named_with_a_place(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "many.py").write_text("import os\n" + "os.environ['A'] = 'a'\n" * 90)
    (tree / "zoo.py").write_text("import os\nos.environ.copy()\nos.getenv(b'A')\n")
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert "\nzoo.py:2:1 whole-mapping\nzoo.py:3:1 key-type\nand 44 more (write 44);" in out


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no list of dependencies was found"),
        ({"requirements.txt": "flask\n"}, "to requirements.txt"),
        ({"requirements.txt": "flask\nhushflake>=0.1\n"}, ""),
        ({"pyproject.toml": "[project]\nname = 'a'\ndependencies = []\n"}, "to pyproject.toml"),
        ({"Pipfile": "[packages]\nhushflake = '*'\n"}, ""),
        ({"Dockerfile": "FROM x\nRUN pip install flask\n"}, "to Dockerfile"),
        ({"pyproject.toml": "[tool.hushflake]\naccessor = 'own'\n", "own.py": "X = 1\n"}, ""),
    ],
)
def test_where_the_dependency_is_missing(
    tree: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        (tree / name).write_text(text)
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert ("needs the package hushflake" in out) is bool(said)
    assert said in out
    (tree / "a.py").unlink()
    assert main(["codemod"]) == 0
    assert "needs the package" not in capsys.readouterr().out


def test_a_diff_that_does_not_apply_names_the_way_that_works(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "a.py").write_text(f"import os\nP = os.getenv('DB_PASSWORD', '{SECRET}')\n")
    assert main(["codemod", "--diff", "a.py"]) == 0
    assert "`hushflake codemod --write` makes the changes" in capsys.readouterr().err


def test_a_name_does_not_steer_the_terminal(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "x\x1b[2J.py").write_text("import os\nos.environ['A'] = 'a'\n")
    assert main(["codemod"]) == 0
    assert "x\\x1b[2J.py:2:1 write" in capsys.readouterr().out
