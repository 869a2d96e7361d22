"""What the user asks of `hushflake dotenv retire`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .reading import Interpolation


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        paths: Folders and files to look at; the top level of the repository when empty.
        target: `scheme:name` of a target, "" to only look.
        loader: A loader's name, or `auto`.
        plain: Keys that need not be secret in the target.
        recipients: Of age, for an encrypted backup.
        backup_folder: Where backups go, None for the place outside the work tree.
        allow_dirty: Continue even if tracked files have uncommitted changes.
        create: Make the target when it is missing.
        everything: Take every key, whoever reads it.
        gitignore: Add to `.gitignore` what is needed.
        rewrites: Reads of the environment are about to be rewritten, but for those in `left`.
        left: (path relative to the top level, line) of a read that is left, and its reason.
        accessor: Whether the accessor is about to be configured for the target.
    """

    paths: tuple[Path, ...] = ()
    target: str = ""
    loader: str = "auto"
    interpolation: Interpolation = "stop"
    plain: frozenset[str] = frozenset()
    recipients: tuple[str, ...] = ()
    backup_folder: Path | None = None
    allow_dirty: bool = False
    create: bool = False
    everything: bool = False
    gitignore: bool = True
    rewrites: bool = False
    left: Mapping[tuple[str, int], str] = field(default_factory=dict)
    accessor: bool = False
