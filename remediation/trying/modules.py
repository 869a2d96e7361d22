"""How the modules of a repository are imported: their dotted names, and where from."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Way(NamedTuple):
    """A way to import a file.

    Attributes:
        module: Its dotted name, or `@` and the path of a script.
        base: The folder that `sys.path` begins with, relative to the top, with `/`.
    """

    module: str
    base: str


def ways(top: Path, path: str) -> list[Way]:
    """Return the ways in which a file may be imported, the likeliest first.

    From the folder above its packages, from `src`, and from the top of the repository: a folder
    without `__init__.py` may be a package as well.
    """
    found: list[Way] = []
    for base in (*_above_packages(top, path), *(["src"] if path.startswith("src/") else []), ""):
        way = _way(path, base)
        if way is not None and way not in found:
            found.append(way)
    return found or [Way(f"@{path}", path.rpartition("/")[0])]


def _above_packages(top: Path, path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    while folder and (top / folder / "__init__.py").is_file():
        folder = folder.rpartition("/")[0]
    yield folder


def _way(path: str, base: str) -> Way | None:
    steps = path[len(base) + 1 if base else 0 :].removesuffix(".py").split("/")
    if steps[-1] == "__init__":
        steps.pop()
    if not steps or not path.endswith(".py") or not all(map(str.isidentifier, steps)):
        return None
    return Way(".".join(steps), base)
