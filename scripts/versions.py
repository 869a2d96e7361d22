"""Run the parts that foreign releases break, with other versions than the locked ones.

    .venv/bin/python scripts/versions.py lowest    the lower bounds of pyproject.toml, locked
    .venv/bin/python scripts/versions.py newest    the newest that its ranges allow today

Makes an environment of its own below `build/`, prints what differs from the lock of `make test`,
and runs the conformance list, the codemod cases, flake8, the compiler's cases, a knowledge base
that is applied, loaded and searched, the MCP server and a sync. Exits with pytest's code.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(Path(sys.executable).with_name("uv"))
TESTS = [
    "tests/local/test_conformance.py",
    "tests/codemods/test_cases.py",
    "tests/lint_plugin/test_flake8.py",
    "tests/schema/test_cases.py",
    "tests/knowledge/test_search.py",
    "tests/serve/test_server.py",
    "tests/sync/test_cycle.py",
]
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def main() -> int:
    (which,) = sys.argv[1:]
    python = _environment(which)
    _print_differences(which, python)
    # A warning of a version that nobody locked is not our mistake: shown, not an error.
    command = [python, "-m", "pytest", "-q", "--tb=short", "-n", "2", "-W", "default",
               "--dist", "loadfile", "-p", "no:cacheprovider", "-m", "not slow",
               *TESTS]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _environment(which: str) -> str:
    """Return the Python of a fresh environment with the versions asked for."""
    folder = ROOT / "build" / which
    python = str(folder / "bin" / "python")
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    if which == "lowest":
        wanted = ["--require-hashes", "--requirement", "requirements/lowest.txt"]
    else:
        wanted = ["--upgrade", "--requirement", "pyproject.toml", "--extra", "test", "setuptools"]
    _uv("pip", "install", "--quiet", "--python", python, *wanted)
    editable = ["--no-deps", "--no-build-isolation", "--editable", "."]
    _uv("pip", "install", "--quiet", "--python", python, *editable)
    return python


def _uv(*arguments: str) -> None:
    subprocess.run([UV, *arguments], cwd=ROOT, check=True)


def _print_differences(which: str, python: str) -> None:
    command = [UV, "pip", "list", "--python", python, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    locked: dict[str, set[str]] = {}
    for name, version in _PIN.findall((ROOT / "requirements" / "dev.txt").read_text("utf-8")):
        locked.setdefault(name, set()).add(version)
    print(f"\n{which} versions that differ from requirements/dev.txt:")
    for package in json.loads(done.stdout):
        name, version = package["name"], package["version"]
        if name != "hushflake" and version not in locked.get(name, {version}):
            print(f"  {name} {version}, locked {', '.join(sorted(locked[name]))}")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.pop("VIRTUAL_ENV", None)
    sys.exit(main())
