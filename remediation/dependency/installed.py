"""What images and workflows install: lists of requirements that lie elsewhere than beside the code.

The declarations nearest to the code are what developers install. An image may install another
list, and a workflow a third one: code that imports hushflake needs it in each.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hushflake.codemods.roots.dockerfile import instructions
from hushflake.codemods.roots.images import Image
from hushflake.codemods.roots.tree import Tree

from .find import Declaration, declaration
from .kinds import dockerfile, requirements

_FILE = re.compile(r"(?:\s-r|\s--requirement)[ =]\s*[\"']?([^\s\"']+)")
_WORKFLOW = re.compile(
    r"^(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml)$"
)
_INSTALL = re.compile(r"\bpip3?(?:\.\d+)?[\"']? install\b(?P<rest>(?:\\\r?\n|[^\n;&|#])*)")
# What installs the project itself, and so what it declares.
_PROJECT = re.compile(
    r"(?:^|\s)[\"']?\.(?:\[[^\]]*\])?[\"']?(?=\s|$)|\b(?:uv sync|poetry install|pipenv |pdm )"
)
_MOST = 8  # files that include each other


class Installing(NamedTuple):
    """A place that installs requirements among which hushflake is missing. `line` from 1."""

    path: str
    line: int
    files: tuple[str, ...]


def of_images(
    top: Path, tree: Tree, images: Iterable[Image], files: Sequence[str]
) -> Iterator[Declaration]:
    """Yield the declarations that the images with some files install from, and that are no
    declarations of their folder: the Dockerfile itself where it lists names.
    """
    for image in images:
        if not any(image.place(path) for path in files):
            continue
        text = tree.text(image.path)
        for one in instructions(text):
            if one.word == "RUN" and _INSTALL.search(one.rest):
                for given in _FILE.findall(one.rest):
                    path = _beside(tree, image, given)
                    found = declaration(top, path, requirements) if path else None
                    if found is not None:
                        yield found
        found = declaration(top, image.path, dockerfile)
        if found is not None and found.strength != "none":
            yield found


def in_workflows(tree: Tree) -> Iterator[Installing]:
    """Yield where workflows install lists that do not hold hushflake, and not the project."""
    for path in tree.others:
        if not _WORKFLOW.match(path):
            continue
        text = tree.text(path)
        if not re.search(r"\bpytest\b|\btest\b|\bpython\b", text) or _installs(tree, text):
            continue
        for found in _INSTALL.finditer(text):
            named = tuple(_FILE.findall(f" {found['rest']}"))
            if named:
                yield Installing(path, text.count("\n", 0, found.start()) + 1, named)
                break


def _installs(tree: Tree, text: str) -> bool:
    """Say whether a workflow installs hushflake, in one of its ways."""
    if _PROJECT.search(text):
        return True
    return any(_declares(tree, name) for name in _FILE.findall(text))


def _declares(tree: Tree, path: str, depth: int = 0) -> bool:
    """Say whether a list of requirements holds hushflake, itself or by one that it includes."""
    text = tree.text(posixpath.normpath(path))
    if requirements.declares(text):
        return True
    folder = posixpath.dirname(path)
    return depth < _MOST and any(
        _declares(tree, posixpath.join(folder, name), depth + 1)
        for name in re.findall(r"^-r\s*(\S+)", text, re.MULTILINE)
    )


def _beside(tree: Tree, image: Image, given: str) -> str:
    """The file of the repository that an image installs from; "" where it is none of it."""
    name = posixpath.normpath(given).lstrip("/")
    for copy in image.copies:
        if posixpath.basename(copy.source) == posixpath.basename(name) and tree.has(copy.source):
            return copy.source
    steps = name.split("/")
    for start in range(min(len(steps), _MOST)):
        path = posixpath.join(image.context, *steps[start:])
        if tree.has(path):
            return path
    return ""
