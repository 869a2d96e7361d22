"""A loader of .env files goes only where it loads nothing any more: programs print the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main

Capture = pytest.CaptureFixture[str]
# Prints what the program, a child of it and a library that asks the environment see.
SHOW = """
def show():
    child = [sys.executable, "-c", "import os; print(os.getenv('GREETING'), os.getenv('SET'))"]
    print(os.getenv("GREETING"), os.environ.get("SET"), "GREETING" in os.environ)
    print(os.path.expandvars("$GREETING"), flush=True)
    subprocess.run(child, check=True)
"""
HEAD = "import os\nimport subprocess\nimport sys\n\nfrom dotenv import find_dotenv, load_dotenv\n"
PROGRAMS = {
    "plain": {"app.py": f"{HEAD}\nload_dotenv()\n{SHOW}\nshow()\n"},
    "found": {"app.py": f"{HEAD}\nload_dotenv(find_dotenv())\n{SHOW}\nshow()\n"},
    "working folder": {
        "app.py": f"{HEAD}\nload_dotenv(find_dotenv(usecwd=True))\n{SHOW}\nshow()\n"
    },
    "override": {"app.py": f"{HEAD}\nload_dotenv(override=True)\n{SHOW}\nshow()\n"},
    "path": {"app.py": f'{HEAD}\nload_dotenv(".env", verbose=True)\n{SHOW}\nshow()\n'},
    "joined": {
        "app.py": f"{HEAD}\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
        f'load_dotenv(dotenv_path=os.path.join(HERE, ".env"), override=True)\n{SHOW}\nshow()\n'
    },
    "pathlib": {
        "app.py": f"{HEAD}from pathlib import Path\n\n"
        f'load_dotenv(Path(__file__).resolve().parents[0] / ".env")\n{SHOW}\nshow()\n'
    },
    "named by the environment": {
        "app.py": f'{HEAD}\nload_dotenv(os.getenv("ENV_FILE"))\n{SHOW}\nshow()\n'
    },
    "main": {
        "app.py": f'{HEAD}{SHOW}\nif __name__ == "__main__":\n    load_dotenv()\n    show()\n'
    },
    "function": {"app.py": f"{HEAD}{SHOW}\n\ndef setup():\n    load_dotenv()\n\nsetup()\nshow()\n"},
    "guarded": {
        "app.py": "import os\nimport subprocess\nimport sys\n\ntry:\n"
        "    from dotenv import load_dotenv\n    load_dotenv()\nexcept ImportError:\n    pass\n"
        f"{SHOW}\nshow()\n"
    },
    "package": {
        "shop/__init__.py": "from dotenv import load_dotenv\n\nload_dotenv()\n",
        "shop/view.py": f"import os\nimport subprocess\nimport sys\n{SHOW}",
        "app.py": "from shop.view import show\n\nshow()\n",
    },
}
ENV = "GREETING=from-the-file\nSET=file\n"
SOURCES = {
    "no source": "",
    "esc": '[tool.hushflake.config]\nesc = "acme/shop/dev"\n',
}


def run(folder: Path) -> str:
    # The store is out of reach here: what the program prints without it is compared.
    environment = {"PATH": os.defpath, "SET": "outside", "ENV_FILE": ".env"}
    environment["HUSHFLAKE_PROJECT"] = "off"
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return f"{done.returncode}\n{done.stdout}\n{done.stderr}"


def made(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def document(capsys: Capture, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["codemod", "--format", "json", *arguments]) == 0
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out)
    return loaded


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_prints_the_same_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, source: str
) -> None:
    files = {**PROGRAMS[program], ".env": ENV, "pyproject.toml": SOURCES[source]}
    monkeypatch.chdir(made(tmp_path, files))
    before = run(tmp_path)
    assert before.startswith("0\nfrom-the-file")
    assert main(["codemod", "--write"]) == 0
    assert "get_config_value" in "".join(path.read_text() for path in tmp_path.rglob("*.py"))
    assert run(tmp_path) == before


@pytest.mark.parametrize("program", [name for name in PROGRAMS if "environment" not in name])
def test_a_loader_of_nothing_goes_where_a_source_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    files = {**PROGRAMS[program], "pyproject.toml": SOURCES["esc"]}
    monkeypatch.chdir(made(tmp_path, files))
    before = run(tmp_path)
    assert main(["codemod", "--write"]) == 0
    assert "load_dotenv(" not in "".join(path.read_text() for path in tmp_path.rglob("*.py"))
    assert run(tmp_path) == before


LOAD = "from dotenv import load_dotenv\n"
READ = "import os\nA = os.getenv('A')\n"
MODULE = "from hushflake.config import configure\nconfigure(%s)\n"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        # The next file upward counts, and none beside or below.
        ({"a/b/m.py": f"{LOAD}load_dotenv()\n", "a/.env": ""}, "dotenv-needed"),
        ({"a/b/m.py": f"{LOAD}load_dotenv()\n", "a/c/.env": ""}, ""),
        ({"a/b/m.py": f"{LOAD}load_dotenv()\n", "a/b/.env.local": ""}, ""),
        # A file by name may be anywhere: the working folder is not known.
        ({"a/m.py": f"{LOAD}load_dotenv('.env.local')\n", "b/.env.local": ""}, "dotenv-needed"),
        ({"a/m.py": f"{LOAD}load_dotenv('.env.local')\n", "b/.env": ""}, ""),
        ({"m.py": f"{LOAD}load_dotenv(None, override=True)\n"}, ""),
        ({"m.py": f"{LOAD}load_dotenv('settings.conf')\n"}, "dotenv-unknown"),
        ({"m.py": f"import os\n{LOAD}load_dotenv(os.environ['X'])\n"}, "dotenv-unknown"),
        ({"m.py": f"import sys\n{LOAD}load_dotenv(sys.argv[1])\n"}, "dotenv-unknown"),
        ({"m.py": f"M = 'dev'\n{LOAD}load_dotenv(f'.env.{{M}}')\n"}, "dotenv-unknown"),
    ],
)
def test_what_a_loader_finds(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    files: dict[str, str],
    reason: str,
) -> None:
    monkeypatch.chdir(made(tmp_path, {**files, "pyproject.toml": SOURCES["esc"]}))
    loaders = [one for one in document(capsys)["edits"] if one["form"] == "load_dotenv"]
    assert [one["reason"] for one in loaders] == [reason]


def test_a_file_above_the_repository_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    made(tmp_path, {".env": "", "repo/m.py": f"{LOAD}load_dotenv()\n"})
    made(tmp_path, {"repo/pyproject.toml": SOURCES["esc"]})
    monkeypatch.chdir(tmp_path / "repo")
    assert document(capsys)["edits"][0]["reason"] == "dotenv-needed"


@pytest.mark.parametrize(
    ("arguments", "goes"),
    [
        ('esc="acme/shop/dev"', True),
        ("esc=NAME", True),
        ('sources=["vault"]', True),
        ('keyring="shop", keyring_keys=["A"]', True),
        # Never asked: a keyring cannot be listed.
        ('keyring="shop"', False),
        ('dotenv=".env"', False),
        ('mode="development"', False),
        ("esc=None", False),
    ],
)
def test_what_the_accessor_module_configures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: str, goes: bool
) -> None:
    files = {
        "m.py": f"{LOAD}load_dotenv()\n",
        "shop/conf.py": MODULE % arguments,
        "pyproject.toml": '[tool.hushflake]\naccessor = "shop.conf"\n',
    }
    monkeypatch.chdir(made(tmp_path, files))
    edits = [one for one in document(capsys)["edits"] if one["form"] == "load_dotenv"]
    assert [one["action"] for one in edits] == ["rewritten" if goes else "left"]


def test_it_can_be_forced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path, {"m.py": f"{LOAD}load_dotenv()\nX = 1\n", ".env": ENV}))
    assert main(["codemod", "--write", "--only", "dotenv_loaders"]) == 0
    assert (tmp_path / "m.py").read_text() == "X = 1\n"


def test_the_report_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(made(tmp_path, {"m.py": f"{LOAD}load_dotenv()\n", ".env": ENV}))
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert "m.py:2:1 dotenv-needed" in out
    assert "Left in place: load_dotenv(), as the .env files provide values that no" in out
    assert "\n  hushflake config init --esc ORGANISATION/PROJECT/ENV" in out
    assert "\n  hushflake dotenv retire --to esc:ORGANISATION/PROJECT/ENVIRONMENT --write\n" in out
    assert "\n  hushflake codemod --write\n" in out
    (tmp_path / "pyproject.toml").write_text(SOURCES["esc"])
    told = document(capsys)["notes"]
    assert told[0]["about"] == "loaders"
    assert told[0]["commands"] == [
        "hushflake dotenv retire --to esc:acme/shop/dev --write", "hushflake codemod --write",
    ]  # fmt: skip


def test_files_that_cannot_import_the_accessor_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/conf.py": MODULE % 'esc="a/b/c"',
        "shop/app.py": READ,
        "bin/job.py": f"{READ}if __name__ == '__main__':\n    print()\n",
        "pyproject.toml": '[tool.hushflake]\naccessor = "shop.conf"\n',
    }
    monkeypatch.chdir(made(tmp_path, files))
    assert main(["codemod"]) == 0
    out = capsys.readouterr().out
    assert (
        "1 of 2 changed files may not be able to import shop.conf:\n  bin/job.py: is run by" in out
    )
    told = {one["about"]: one["text"] for one in document(capsys)["notes"]}
    assert "bin/job.py" in told["accessor"]
    (tmp_path / "bin/job.py").unlink()
    assert "may not be able" not in str(document(capsys)["notes"])
