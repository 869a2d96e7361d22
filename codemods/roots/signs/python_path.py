"""`PYTHONPATH` in Dockerfiles, Compose files, workflows, shell scripts and settings of editors."""

import posixpath
import re
from collections.abc import Iterator
from itertools import islice

from ..commands import files
from ..tree import Tree
from .base import Sign, inside

_SET = re.compile(
    r"\bPYTHONPATH[\"']?[ \t]*[:=][ \t]*[\"']?((?:\$\{\{[^}\n]{0,80}\}\}|[^\s\"',;])+)"
)
# What stands for the top of the repository, or for where a command runs.
_HERE = re.compile(
    r"^(?:\$\{\{[ \t]*github\.workspace[ \t]*\}\}|\$\{?(?:PWD|GITHUB_WORKSPACE|workspaceFolder"
    r"|CI_PROJECT_DIR|toxinidir)\}?|\$\((?:pwd|PWD|CURDIR|shell pwd)\)|\{toxinidir\})/?"
)
_MOST = 50  # folders in a path


def signs(tree: Tree) -> Iterator[Sign]:
    for path in files(tree):
        text = tree.text(path)
        for found in islice(_SET.finditer(text), _MOST) if "PYTHONPATH" in text else ():
            # Not at the colon of `${PYTHONPATH:-}`.
            for given in re.split(r":(?![-+?])", found[1], maxsplit=_MOST)[:_MOST]:
                root = _folder(tree, posixpath.dirname(path), given.strip("\"'"))
                if root is not None:
                    yield Sign(root, path)


def _folder(tree: Tree, folder: str, given: str) -> str | None:
    """The folder of the repository that an entry means; None for any other."""
    given = _HERE.sub("./", given)
    if given.startswith("$") or not given:
        return None
    if given.startswith("/"):
        # In an image: what is there of it in the repository, from its end.
        steps = given.strip("/").split("/")
        for start in range(len(steps)):
            for base in dict.fromkeys((folder, "")):
                root = inside(base, "/".join(steps[start:]))
                if root in tree.folders:
                    return root
        return None
    for base in dict.fromkeys(("", folder)):
        root = inside(base, given)
        if root is not None and root in tree.folders:
            return root
    return None
