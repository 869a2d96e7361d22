"""Which files are .env files by their name, and which only show what one looks like."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from hushflake.lint_plugin.reading import is_virtual_environment

# Parts of a name that make it a template: names without values, meant to be committed.
TEMPLATE_WORDS = frozenset(
    {"example", "examples", "sample", "template", "tmpl", "tpl", "dist", "schema", "j2", "jinja"}
)
# Encrypted by a tool of its own, or source code: not ours.
_OTHER = frozenset({"vault", "enc", "age", "gpg", "py", "js", "ts", "json", "yaml", "yml", "md"})
_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".jj", "node_modules", "site-packages"})


def _is_dotted_env(name: str) -> bool:
    """`.env`, `.env.production`, `production.env`, `.env-local`."""
    return re.fullmatch(r"\.env(?:[._-].+)?|.+\.env", name) is not None


def is_template(name: str) -> bool:
    """Say whether a file name is that of a template of a .env file."""
    words = set(re.split(r"[._-]", name.lower()))
    named = _is_dotted_env(name) or re.fullmatch(r"env[._-].+", name) is not None
    return named and bool(words & TEMPLATE_WORDS)


def is_env_file(name: str) -> bool:
    """Say whether a file name is that of a .env file, which may hold secrets."""
    words = set(re.split(r"[._-]", name.lower()))
    return _is_dotted_env(name) and not words & TEMPLATE_WORDS and not words & _OTHER


def find(root: Path, is_named: Callable[[str], bool] = is_env_file) -> Iterator[Path]:
    """Yield what is named like a .env file below `root`, whatever it is; folders in order.

    Not searched: version control, virtual environments, installed packages, links to folders,
    and other repositories (a submodule is retired by itself).
    """
    stack = [root]
    while stack:
        folder = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if folder != root and ".git" in names:
            continue
        if "pyvenv.cfg" in names and is_virtual_environment(str(folder)):
            continue
        for entry in entries:
            if is_named(entry.name):
                yield Path(entry.path)
        stack.extend(
            Path(entry.path)
            for entry in reversed(entries)
            if entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED_FOLDERS
        )
