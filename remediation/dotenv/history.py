"""What git history still holds of .env files: commits, paths, key names. Never a value.

Looked at are all refs, the stash and the reflogs. Objects that nothing names any more are not:
they go with `git gc`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from hushflake.lint_plugin.settings import Policy, load

from ..git import Repository
from .find import is_env_file
from .loaders import python_dotenv
from .names import names_told

_LARGEST = 1 << 20


@dataclass(frozen=True)
class Held:
    """One version of a .env file in history, in the first commit (newest first) that has it."""

    commit: str
    path: str
    keys: tuple[str, ...]


def held_in_history(repository: Repository) -> list[Held]:
    """Return every version of a .env file that history holds, the newest first.

    Files that the settings exclude are left out.
    """
    policy = Policy(load([str(repository.top)]))
    found: dict[tuple[str, str], str] = {}
    for commit, path, blob in _changes(repository):
        if not policy.is_excluded(policy.settings.relative(str(repository.top / path))):
            found.setdefault((path, blob), commit)
    return [Held(commit, path, _keys(repository, blob)) for (path, blob), commit in found.items()]


def _changes(repository: Repository) -> Iterator[tuple[str, str, str]]:
    """Yield (commit, path, blob) of each change that leaves a .env file behind."""
    if not repository.head:
        return
    printed = repository.run(
        *("log", "--all", "--reflog", "--full-history", "-m", "--raw", "--no-abbrev", "-z"),
        *("--root", "--no-renames", "--diff-filter=d", "--format=%x01%H"),
        *("--no-ext-diff", "--no-textconv", "--no-show-signature"),
        *("--", ":(top,glob)**/.env*", ":(top,glob)**/*.env"),
    )
    commit = ""
    fields = iter(printed.split(b"\0"))
    for field in fields:
        # A record begins with the commit, and the first change follows behind a newline.
        text = os.fsdecode(field).strip("\n")
        if text.startswith("\x01"):
            commit, _, text = text[1:].partition("\n")
        if text.startswith(":"):
            path = os.fsdecode(next(fields, b""))
            mode, blob = text.split(" ")[1], text.split(" ")[3]
            if mode.startswith("100") and is_env_file(path.rpartition("/")[2]):
                yield commit, path, blob


def _keys(repository: Repository, blob: str) -> tuple[str, ...]:
    if int(repository.line("cat-file", "-s", blob) or 0) > _LARGEST:
        return ()
    text = repository.run("cat-file", "blob", blob).decode("utf-8", "replace")
    parsed = python_dotenv.parse(text.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(dict.fromkeys(key for key, _line in names_told(parsed)))
