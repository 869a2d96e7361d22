"""The uses of .env files for a list: one line for each file that reads one."""

from collections.abc import Iterable
from dataclasses import replace

from .base import EnvUse


def listed(uses: Iterable[EnvUse], env_files: Iterable[str]) -> list[EnvUse]:
    """Return the uses that name a file, those of one place and file as one.

    Args:
        uses: What was found.
        env_files: The .env files that are there: what is only implied counts for them alone.
    """
    there = list(env_files)
    merged: dict[tuple[str, str, str], EnvUse] = {}
    for use in uses:
        if not use.file or (use.implied and not any(map(use.reads, there))):
            continue
        key = (use.path, use.kind, use.file)
        other = merged.get(key)
        merged[key] = use if other is None else _both(other, use)
    return list(merged.values())


def _both(one: EnvUse, other: EnvUse) -> EnvUse:
    """Return two uses of one file as one: the one that takes all of it says what it does."""
    if one.keys is None:
        return one
    if other.keys is None:
        return other
    return replace(one, keys=one.keys | other.keys, does="takes some of its keys")
