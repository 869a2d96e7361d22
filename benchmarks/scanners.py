"""The scanners that the secret rules are compared with: installed apart, run, and read.

Their versions are pinned in `peers/scanners.txt`; each has to be the project that it is taken for,
by the address that its metadata names.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
VENV = HERE.parent / "build" / "scanners"
# What each project says of itself: a package of the same name by somebody else would not.
PROJECTS = {
    "bandit": "https://github.com/PyCQA/bandit",
    "credsweeper": "https://github.com/Samsung/CredSweeper",
    "detect-secrets": "https://github.com/Yelp/detect-secrets",
    "ruff": "https://github.com/astral-sh/ruff",
}
# Path, first line, last line.
Place = tuple[str, int, int]


def prepare() -> None:
    """Install the scanners into an environment of their own, once.

    Raises:
        ValueError: A package is not of the project that it is taken for.
    """
    python = VENV / "bin" / "python"
    if not python.exists():
        uv = str(BIN / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], check=True)
        pins = str(HERE / "peers" / "scanners.txt")
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", str(python), "-r", pins], check=True
        )
    for name, project in PROJECTS.items():
        text = run(
            str(python), "-c", f"import importlib.metadata as m; print(m.metadata({name!r}))"
        )
        if project.lower() not in text.lower():
            raise ValueError(f"{name}: its metadata does not name {project}; remove {VENV}")


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def hushflake(folder: Path) -> Iterable[Place]:
    told = run(str(BIN / "hushflake"), "check", str(folder), "--select", "HSF3",
               "--format", "json", "--no-cache", "--no-ignore")  # fmt: skip
    for each in json.loads(told)["findings"]:
        yield each["path"], each["line"], each["end_line"]


def bandit(folder: Path) -> Iterable[Place]:
    told = run(str(VENV / "bin" / "bandit"), "-q", "-r", str(folder),
               "-t", "B105,B106,B107", "-f", "json")  # fmt: skip
    for each in json.loads(told)["results"]:
        yield each["filename"], each["line_number"], each["line_range"][-1]


def ruff(folder: Path) -> Iterable[Place]:
    told = run(str(VENV / "bin" / "ruff"), "check", "--isolated", "--no-cache",
               "--no-respect-gitignore", "--select", "S105,S106,S107",
               "--output-format", "json", str(folder))  # fmt: skip
    for each in json.loads(told):
        yield each["filename"], each["location"]["row"], each["end_location"]["row"]


def detect_secrets(folder: Path) -> Iterable[Place]:
    # Without `--no-verify` it asks the providers.
    told = run(str(VENV / "bin" / "detect-secrets"), "scan", "--all-files", "--no-verify",
               str(folder))  # fmt: skip
    for path, found in json.loads(told)["results"].items():
        for each in found:
            yield path, each["line_number"], each["line_number"]


def credsweeper(folder: Path) -> Iterable[Place]:
    out = folder.parent / f"{folder.name}.credsweeper.json"
    run(str(VENV / "bin" / "credsweeper"), "--path", str(folder), "--save-json", str(out),
        "--no-stdout")  # fmt: skip
    for each in json.loads(out.read_text(encoding="utf-8")):
        for line in each["line_data_list"]:
            yield line["path"], line["line_num"], line["line_num"]


OURS = {"hushflake": hushflake}
SCANNERS: dict[str, Callable[[Path], Iterable[Place]]] = {
    **OURS,
    "detect-secrets": detect_secrets,
    "CredSweeper": credsweeper,
    "bandit": bandit,
    "ruff": ruff,
}
