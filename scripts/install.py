"""Install a lock file and this checkout into the environment that runs this script.

    .venv/bin/python scripts/install.py requirements/demo.txt

Installs exactly what the lock names, with hashes, and shows one line of progress: pip itself prints
three lines per package, or nothing. Needs the standard library alone.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
_REQUIREMENT = re.compile(r"^[a-z0-9][a-z0-9._-]*==", re.MULTILINE)
_STEP = re.compile(r"^Collecting (\S+)|^\s+Downloading (\S+).*\((.+)\)|^(Installing) collected")
_SHOWN_OF_A_FAILURE = 15


def main() -> int:
    (lock,) = map(Path, sys.argv[1:])
    begun = time.monotonic()
    count = len(_REQUIREMENT.findall(lock.read_text(encoding="utf-8")))
    sys.stdout.write(f"Installing about {count} packages into {_shown(Path(sys.prefix))}\n")
    options = ["--no-deps", "--no-compile", "--progress-bar", "off"]
    for arguments in (
        [*options, "--require-hashes", "--requirement", str(lock)],
        [*options, "--no-build-isolation", "--editable", str(ROOT)],
    ):
        code = _run([*PIP, *arguments], count)
        if code:
            return code
    used = sum(
        path.lstat().st_size for path in Path(sys.prefix).rglob("*") if not path.is_symlink()
    )
    seconds = time.monotonic() - begun
    sys.stdout.write(f"Installed in {seconds:.0f} s; {used / 1e6:,.0f} MB\n")
    return 0


def _run(command: list[str], count: int) -> int:
    """Run pip; show where it is; on failure show the end of what it printed."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    lines: list[str] = []
    terminal = sys.stdout.isatty()
    for step in _steps(process.stdout or (), lines, count):
        if terminal:
            sys.stdout.write(f"\r\033[K{step[:79]}")
            sys.stdout.flush()
    if terminal:
        sys.stdout.write("\r\033[K")
    if process.wait():
        sys.stdout.write("".join(lines[-_SHOWN_OF_A_FAILURE:]))
    return process.returncode


def _steps(output: Iterable[str], lines: list[str], count: int) -> Iterator[str]:
    collected = 0
    for line in output:
        lines.append(line)
        found = _STEP.match(line)
        if found is None:
            continue
        if found[1]:
            collected += 1
            yield f"{collected} of {count}: {found[1].split(';')[0]}"
        elif found[2]:
            yield f"{collected} of {count}: downloading {found[2].split('-')[0]} ({found[3]})"
        else:
            yield "writing the files"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
