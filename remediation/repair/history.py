"""Which of the moved secrets git history holds: they have to be changed where they are issued.

Values are looked for in this process: no other program is given one.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..git import Repository, literal
from .planning import Repair

# Versions of one file that are looked at, the oldest and the newest; more would take minutes.
_VERSIONS = 400
_LARGEST = 4 << 20


@dataclass(frozen=True)
class Held:
    """A key whose value history holds, and the oldest commit found that has it."""

    key: str
    path: str
    commit: str


def held_in_history(
    repository: Repository, secrets: Mapping[str, Mapping[str, Sequence[str]]]
) -> list[Held]:
    """Return the secrets that a commit holds.

    Args:
        repository: Where to look, in all refs and reflogs.
        secrets: File, relative to the top level -> key -> texts that stand for its secret there.
    """
    if not repository.head:
        return []
    found = []
    for path, keys in secrets.items():
        oldest: dict[str, str] = {}
        for commit, blob in _versions(repository, path):
            data = repository.run("cat-file", "blob", blob)
            for key, texts in keys.items():
                if any(text.encode("utf-8", "replace") in data for text in texts):
                    oldest[key] = commit
        found += [Held(key, path, commit) for key, commit in sorted(oldest.items())]
    return found


def _versions(repository: Repository, path: str) -> Iterator[tuple[str, str]]:
    """Yield the first commit and the blob of each version of a file, the newest first."""
    printed = repository.run(
        *("log", "--all", "--reflog", "--full-history", "-m", "--raw", "--no-abbrev", "-z"),
        *("--root", "--no-renames", "--diff-filter=d", "--format=%x01%H"),
        *("--no-ext-diff", "--no-textconv", "--no-show-signature"),
        *("--", literal(path)),
    )
    blobs: dict[str, str] = {}
    commit = ""
    fields = iter(printed.split(b"\0"))
    for field in fields:
        # A record begins with the commit, and the first change follows behind a newline.
        text = os.fsdecode(field).strip("\n")
        if text.startswith("\x01"):
            commit, _, text = text[1:].partition("\n")
        if text.startswith(":"):
            next(fields, b"")
            mode, blob = text.split(" ")[1], text.split(" ")[3]
            if mode.startswith("100"):
                blobs[blob] = commit
    versions = [(commit, blob) for blob, commit in blobs.items()]
    if len(versions) > _VERSIONS:
        half = _VERSIONS // 2
        versions = [*versions[:half], *versions[-half:]]
    for commit, blob in versions:
        if int(repository.line("cat-file", "-s", blob) or 0) <= _LARGEST:
            yield commit, blob


def texts_of(repair: Repair, repository: Repository) -> dict[str, dict[str, list[str]]]:
    """Return file, relative to the top level -> key -> texts that stand for its secret there."""
    top = os.path.realpath(repository.top)
    keys = {group.value: group.key for group in repair.plan.groups if group.key}
    found: dict[str, dict[str, list[str]]] = {}
    for each in repair.survey.found:
        if each.in_test or each.reason or each.value not in keys:
            continue
        target = os.path.realpath(repair.survey.targets[each.path])
        path = os.path.relpath(target, top).replace(os.sep, "/")
        texts = found.setdefault(path, {}).setdefault(each.key or keys[each.value], [])
        texts += [text for text in _spelt(each.value) if text not in texts]
    return found


def _spelt(value: str) -> Iterator[str]:
    """Yield how a secret may be spelt in source; of one of several lines its longest line."""
    yield max(value.splitlines() or [value], key=len) if "\n" in value else value
    yield quote(value, safe="")
