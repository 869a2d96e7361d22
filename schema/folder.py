"""The folder of a schema project: what lies where. `project.py` finds it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import SchemaError
from .names import MAX_LENGTH, RESERVED
from .stack import LOCAL

MARKER: Final = "hushflake.yaml"
SHIPPED_NAME: Final = "foundation"
SHIPPED_ROOT: Final = Path(__file__).parent / "foundation"
DATA_FOLDER: Final = ".hushflake"


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
