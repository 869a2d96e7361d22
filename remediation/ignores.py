"""Entries of a repository's `.gitignore`: added once, in the file's own style."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hushflake.lint_plugin.reading import LARGEST_TEXT, read

from .errors import RemediationError
from .files import failure, write_atomically
from .git import Repository

NAME = ".gitignore"


class IgnoreChange(NamedTuple):
    """What `.gitignore` holds and what it will hold. `before` is None where there is no file."""

    path: Path
    before: bytes | None
    after: bytes
    added: tuple[str, ...]


def missing_entries(repository: Repository, wanted: Mapping[str, str]) -> list[str]:
    """Return the entries that this repository does not have yet, in the order given.

    Args:
        repository: Whose rules count; those of the user (`core.excludesFile`) do not.
        wanted: Entry -> a path that it is there to ignore, or, of an entry that begins with
            `!`, to take back.
    """
    lines = _lines(repository.top / NAME)
    missing = [
        entry
        for entry, sample in wanted.items()
        if not entry.startswith("!")
        and entry not in lines
        and not repository.ignored_by_tree(sample)
    ]
    # The last entry that fits decides: what is taken back must stand behind what we add.
    return [
        entry
        for entry, sample in wanted.items()
        if entry in missing
        or (entry.startswith("!") and (missing or repository.ignored_by_tree(sample)))
    ]


def entry_for(name: str) -> str:
    """Return the entry that ignores files of one name in every folder."""
    return re.sub(r"([*?\[\]\\ ])", r"\\\1", name)


def plan_entries(repository: Repository, entries: Sequence[str], comment: str) -> IgnoreChange:
    """Return what adding `entries` below a comment would make of `.gitignore`.

    Raises:
        RemediationError: It is a symbolic link, which git does not follow.
    """
    path = repository.top / NAME
    if path.is_symlink():
        raise RemediationError(
            f"{path}: is a symbolic link, which git does not follow; make it a file"
        )
    before = _read(path)
    text = before or b""
    newline = b"\r\n" if b"\r\n" in text else b"\n"
    block = [f"# {comment}".encode(), *(entry.encode() for entry in entries)]
    start = text
    if start and not start.endswith(b"\n"):
        start += newline
    if start:
        start += newline
    after = start + newline.join(block) + newline if entries else text
    return IgnoreChange(path, before, after, tuple(entries))


def add_entries(repository: Repository, entries: Sequence[str], comment: str) -> IgnoreChange:
    """Add entries that are missing, and return what changed."""
    change = plan_entries(repository, entries, comment)
    if change.added:
        write_atomically(change.path, change.after)
    return change


def _read(path: Path) -> bytes | None:
    try:
        return read(str(path), LARGEST_TEXT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failure(path, "read", error) from None


def _lines(path: Path) -> set[str]:
    return {line.strip() for line in (_read(path) or b"").decode(errors="replace").splitlines()}
