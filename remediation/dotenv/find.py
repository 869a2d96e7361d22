"""The .env files of a code base, without what an interrupted write of ours left."""

from collections.abc import Iterator
from pathlib import Path

from hushflake.codemods import env_files
from hushflake.codemods.env_files import TEMPLATE_WORDS, is_template
from hushflake.lint_plugin.settings import Policy

from ..files import TEMPORARY

__all__ = ["TEMPLATE_WORDS", "find", "is_env_file", "is_template"]


def is_env_file(name: str) -> bool:
    """Say whether a file name is that of a .env file, which may hold secrets."""
    return env_files.is_env_file(name) and not TEMPORARY.fullmatch(name)


def find(root: Path) -> Iterator[Path]:
    """Yield what is named like a .env file below `root`; see `env_files.find`.

    `exclude` of the settings is not asked: a file that no command touches feeds what reads it.
    """
    return env_files.find(root, is_env_file)


def find_ours(root: Path, policy: Policy) -> Iterator[Path]:
    """Yield those of them that the settings do not exclude."""
    relative = policy.settings.relative
    return (path for path in find(root) if not policy.is_excluded(relative(str(path))))
