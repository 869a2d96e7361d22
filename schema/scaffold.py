"""A new schema project: a copy of the shipped one under a name of its own."""

import shutil
from pathlib import Path

from .errors import SchemaError
from .project import DATA_FOLDER, MARKER, SHIPPED_ROOT
from .settings import read_marker


def copy_foundation(target: Path, name: str | None = None) -> int:
    """Copy the shipped project; returns the number of files.

    Args:
        target: A folder that does not exist, or is empty.
        name: Name of the project; that of the folder when None.

    Raises:
        SchemaError: the folder holds something.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SchemaError(f"{target} is not empty", "name a new folder")
    shutil.copytree(
        SHIPPED_ROOT,
        target,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(DATA_FOLDER, "__pycache__", "*.pyc"),
    )
    marker = target / MARKER
    old = read_marker(marker).project
    new = name or target.resolve().name
    lines = marker.read_text(encoding="utf-8").splitlines()
    renamed = [f"project: {new}" if line == f"project: {old}" else line for line in lines]
    marker.write_text("\n".join(renamed) + "\n", encoding="utf-8")
    return sum(path.is_file() for path in target.rglob("*"))
