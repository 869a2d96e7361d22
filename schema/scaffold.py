"""A new schema project: a copy of a shipped one under a name of its own."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .errors import SchemaError
from .folder import DATA_FOLDER, MARKER, SHIPPED_NAME, SHIPPED_ROOT, Project
from .jsonschema import definitions_schema, stack_schema

MINIMAL_NAME: Final = "minimal"
MINIMAL_ROOT: Final = Path(__file__).parent / "minimal"
_PLAIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]*[A-Za-z0-9]|[A-Za-z]")


def copy_foundation(target: Path, name: str | None = None) -> int:
    """Copy the shipped project; returns the number of files.

    Args:
        target: A folder that does not exist, or is empty.
        name: Name of the project; that of the folder when None.

    Raises:
        SchemaError: the folder holds something.
    """
    new = name or target.resolve().name
    _copy(SHIPPED_ROOT, target, {f"project: {SHIPPED_NAME}": f"project: {_quoted(new)}"})
    _write_editor_schemas(target)
    return _count(target)


def copy_minimal(target: Path, name: str | None = None) -> int:
    """Make a project of one entity, one stack and five rows; arguments and errors as above."""
    new = name or target.resolve().name
    database = Project(new, target, target).default_database
    changes = {
        f"project: {MINIMAL_NAME}": f"project: {_quoted(new)}",
        f"database: {MINIMAL_NAME.upper()}": f"database: {database}",
    }
    _copy(MINIMAL_ROOT, target, changes)
    return _count(target)


def _copy(source: Path, target: Path, changes: Mapping[str, str]) -> None:
    """Copy a project, and change these lines of its marker and its stacks."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SchemaError(f"{target} is not empty", "name a new folder")
    shutil.copytree(
        source,
        target,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(DATA_FOLDER, "__pycache__", "*.pyc"),
    )
    for path in (target / MARKER, *sorted((target / "stacks").glob("*.yaml"))):
        lines = path.read_text(encoding="utf-8").splitlines()
        changed = [changes.get(line, line) for line in lines]
        path.write_text("\n".join(changed) + "\n", encoding="utf-8")


def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _count(target: Path) -> int:
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
