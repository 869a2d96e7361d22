"""A new schema project: a copy of the shipped one under a name of its own."""

import json
import shutil
from pathlib import Path

from .errors import SchemaError
from .jsonschema import definitions_schema, stack_schema
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
    _write_editor_schemas(target)
    return sum(path.is_file() for path in target.rglob("*"))


def _write_editor_schemas(target: Path) -> None:
    """JSON Schemas, and the line by which an editor finds them, on each file that has none."""
    folder = target / ".schemas"
    folder.mkdir()
    for name, schema in (("definitions", definitions_schema()), ("stack", stack_schema())):
        text = json.dumps(schema, indent=1) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    kinds = {"entities": "definitions", "objects": "definitions", "stacks": "stack"}
    for below, name in kinds.items():
        for path in sorted((target / below).glob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            if not text.startswith("# yaml-language-server:"):
                head = f"# yaml-language-server: $schema=../.schemas/{name}.json\n"
                path.write_text(head + text, encoding="utf-8")
