"""What is compared before and after: files, findings of linters, what programs print."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

# Path -> mode and bytes.
Snapshot = dict[str, tuple[int, bytes]]


def snapshot(folder: Path) -> Snapshot:
    """Return mode and bytes of every file outside of `.git`; of a link, where it leads."""
    found = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if relative.parts[0] == ".git" or (path.is_dir() and not path.is_symlink()):
            continue
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        found[relative.as_posix()] = (path.lstat().st_mode, content)
    return found


def same_in_all_runs(text: str) -> str:
    """Return what a program printed without numbers, such as times and addresses of objects."""
    return re.sub(r"0x[0-9a-f]+|\d+", "0", text)


def warnings(text: str) -> set[str]:
    """Return the warnings of Python that a program printed, without places and numbers."""
    return set(re.findall(r"\w*Warning: .*", same_in_all_runs(text)))


def linted(folder: Path, files: list[str]) -> Counter[str]:
    """Count what the application's own configuration of ruff says of some files, by code."""
    project = folder / "pyproject.toml"
    configured = (folder / "ruff.toml").is_file() or (
        project.is_file() and "[tool.ruff" in project.read_text(errors="replace")
    )
    if not configured or not files:
        return Counter()
    out = _ruff(folder, "check", "--output-format", "json", *files)
    counted = Counter(str(one["code"]) for one in json.loads(out or "[]"))
    counted["format"] = _ruff(folder, "format", "--check", *files).count(
        "File would be reformatted"
    )
    return counted


def _ruff(folder: Path, command: str, *arguments: str) -> str:
    program = str(Path(sys.executable).with_name("ruff"))
    done = subprocess.run(
        [program, command, "--no-cache", *arguments], cwd=folder, capture_output=True, text=True
    )
    return done.stdout
