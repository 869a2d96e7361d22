"""Which package a file belongs to, told from the names of the tracked files."""

from collections.abc import Set as AbstractSet

_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
ROOT = "root"


def package_of(path: str, tracked: AbstractSet[str]) -> str:
    """Return the package of a file.

    That is the folder of its project, where a repository has several; else the topmost folder
    with an `__init__.py` that the file lies in; else the first folder of its path.

    Args:
        path: Relative to the top, with `/`.
        tracked: The tracked files.

    Returns:
        A folder, or `ROOT` for a file that lies in none.
    """
    folders = _folders(path)
    for folder in folders:
        if any(f"{folder}/{name}" in tracked for name in _PROJECT):
            return folder
    package = ""
    for folder in folders:
        if f"{folder}/__init__.py" not in tracked:
            break
        package = folder
    return package or (folders[-1] if folders else ROOT)


def _folders(path: str) -> list[str]:
    """Return the folders of a path, the innermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
