"""Find the schema project to work on.

A project is the nearest folder upward that holds `hushflake.yaml`, or the one that is named, or
the shipped one (`schema/foundation`). Nothing here is executed from a project.
"""

import os
from pathlib import Path

from .errors import ProjectNotFoundError, SchemaError
from .folder import DATA_FOLDER, MARKER, SHIPPED_NAME, SHIPPED_ROOT, Project, refuse_links
from .stack import LOCAL, Stack
from .values import Plain

__all__ = [
    "DATA_FOLDER", "LOCAL", "MARKER", "SHIPPED_NAME", "SHIPPED_ROOT", "Plain", "Project", "Stack",
    "find_project", "refuse_links",
]  # fmt: skip


def find_project(
    start: Path, explicit: str | Path | None = None, *, tolerant: bool = False
) -> Project:
    """Find the schema project to work on.

    Args:
        start: The working folder.
        explicit: `--project`: a folder, or `foundation` for the shipped project.
        tolerant: A `hushflake.yaml` with mistakes is no error here: the project goes by the name
            of its folder, and whoever compiles it says what is wrong.

    Raises:
        ProjectNotFoundError: `explicit` holds no project.
        DefinitionError: mistakes in its `hushflake.yaml`.
    """
    if (
        explicit is not None
        and str(explicit) == SHIPPED_NAME
        and not (start / SHIPPED_NAME).is_dir()
    ):
        return _shipped(start, was_named=True)
    if explicit is not None:
        root = (start / explicit).resolve()
        if not os.path.isfile(root / MARKER):  # noqa: PTH113 (False for a name that is too long)
            raise ProjectNotFoundError(
                f"{explicit} is not a schema project: it has no {MARKER}",
                "name a folder that has one, or make it: hushflake schema init DIR",
            )
        name = _read_name(root, tolerant=tolerant)
        return Project(name, root, root / DATA_FOLDER, was_named=True)
    for root in (start.resolve(), *start.resolve().parents):
        if (root / MARKER).is_file():
            return Project(_read_name(root, tolerant=tolerant), root, root / DATA_FOLDER)
    return _shipped(start, was_named=False)


def _shipped(start: Path, *, was_named: bool) -> Project:
    return Project(
        SHIPPED_NAME,
        SHIPPED_ROOT,
        start.resolve() / DATA_FOLDER,
        is_shipped=True,
        was_named=was_named,
    )


def _read_name(root: Path, *, tolerant: bool) -> str:
    # Only this reads YAML; whoever wants the names above does not wait for it.
    from .marker import read_project_name

    try:
        return read_project_name(root / MARKER)
    except SchemaError:
        if not tolerant:
            raise
        return root.name
