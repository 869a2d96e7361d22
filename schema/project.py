"""Where a schema project is, what it holds, and the settings of a stack.

A project is the nearest folder upward that holds `hushflake.yaml`, or the one that is named, or
the shipped one (`schema/foundation`). Nothing here is executed from a project.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .errors import ProjectNotFoundError, SchemaError
from .names import MAX_LENGTH, RESERVED

MARKER: Final = "hushflake.yaml"
# The stack on this machine; it needs no file.
LOCAL: Final = "local"
SHIPPED_NAME: Final = "foundation"
SHIPPED_ROOT: Final = Path(__file__).parent / "foundation"
DATA_FOLDER: Final = ".hushflake"

# A plain YAML value.
Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Project:
    """A schema project on disk.

    Attributes:
        name: `project:` of `hushflake.yaml`; it stands in the journal of an account.
        root: The folder that holds `hushflake.yaml`.
        local_data: Where local data lies; made, with a .gitignore, by `make_local_data`.
        is_shipped: True for the project that comes with the package.
        was_named: True when the caller asked for it by `--project`.
    """

    name: str
    root: Path
    local_data: Path
    is_shipped: bool = False
    was_named: bool = False

    @property
    def entities(self) -> Path:
        return self.root / "entities"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def stacks(self) -> Path:
        return self.root / "stacks"

    @property
    def templates(self) -> Path:
        """Templates of the project that replace ours; the folder may be missing."""
        return self.root / "templates"

    @property
    def data(self) -> Path:
        """Seed rows: one file an entity."""
        return self.root / "data"

    def stack_names(self) -> tuple[str, ...]:
        """The stacks that have a file; `local`, which needs none, where there is no other."""
        return tuple(sorted(path.stem for path in self.stacks.glob("*.yaml"))) or (LOCAL,)

    @property
    def default_database(self) -> str:
        """The database of the stack `local` when nothing names one: the project's name in capitals,
        every other character `_`."""
        name = re.sub(r"[^A-Z0-9_]+", "_", self.name.upper()).strip("_")
        if not name or name[0].isdigit() or name in RESERVED:
            name = f"KB_{name}".rstrip("_")
        return name[:MAX_LENGTH]

    def checked_local_data(self) -> Path:
        """Return the folder of local data, which may be missing.

        Raises:
            SchemaError: A link is in it, or what is neither a file nor a folder.
        """
        refuse_links(self.local_data)
        return self.local_data

    def make_local_data(self) -> Path:
        """Make the folder of local data, which Git ignores, and return it.

        Raises:
            SchemaError: A link is in it: a checkout could lead what is written there elsewhere.
        """
        self.checked_local_data().mkdir(parents=True, exist_ok=True)
        ignore = self.local_data / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        return self.local_data


@dataclass(frozen=True, slots=True)
class Stack:
    """The settings of one stack: where it is, and what differs there.

    Attributes:
        connection: The name of one of the user's connections, or a mapping of `name`, `role`,
            `warehouse`, `database` and `schema` (`hushflake.schema.connection`); "local" is the
            local stack.
        database: The database that a name without one belongs to.
        edition: standard, enterprise or business_critical.
        account_admin: Whether what needs ACCOUNTADMIN may be managed; the local stack has it
            unless its file says otherwise.
        variables: Values of `${name}` in the project's files.
        overrides: Object name, or `kind NAME`, -> fields that differ on this stack; a value
            `{enabled: false}` leaves the object out.
        expected_use: What the cost estimate counts with; its keys belong to the estimate.
        budget_usd: Monthly budget in US dollars.
        cortex_search, semantic_views: Whether these are made on this stack.
        settings: Every other key, for the part that reads it (embedder, deploy warehouse, …).
    """

    name: str
    connection: Plain = None
    database: str = ""
    edition: str = "enterprise"
    account_admin: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, Plain]] = field(default_factory=dict)
    expected_use: Mapping[str, Plain] = field(default_factory=dict)
    budget_usd: float | None = None
    cortex_search: bool = True
    semantic_views: bool = True
    settings: Mapping[str, Plain] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """True when this stack runs on the local server: `connection: local`, or the stack `local`
        without a connection."""
        return self.connection == "local" or (self.connection is None and self.name == LOCAL)


def refuse_links(folder: Path, depth: int = 3) -> None:
    """Refuse a folder of local data that is, or holds, a symbolic link, a pipe or a device.

    Nothing of ours makes one. A link would lead what is written here to another place.

    Args:
        folder: It may be missing.
        depth: How many levels are looked at; ours go no deeper.

    Raises:
        SchemaError: It names the link.
    """
    if folder.is_symlink():
        raise SchemaError(f"{folder}: a link, where local data is kept", "remove the link")
    if depth and folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink() or entry.is_dir(follow_symlinks=False):
                    refuse_links(Path(entry.path), depth - 1)
                elif not entry.is_file(follow_symlinks=False):
                    # A pipe would be waited for.
                    raise SchemaError(f"{entry.path}: not a regular file", "remove it")


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
    from .settings import read_project_name

    try:
        return read_project_name(root / MARKER)
    except SchemaError:
        if not tolerant:
            raise
        return root.name
