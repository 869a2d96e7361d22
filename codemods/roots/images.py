"""Container images: which files of the repository are in one, and where.

https://docs.docker.com/reference/dockerfile/. The last stage counts. What is copied from other
stages, or from outside, is not followed, but for the copy of a whole folder of an earlier stage.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from .dockerfile import assigned, expanded, instructions, is_from, plain, words
from .tree import Tree

_NAME = re.compile(
    r"(?:^|/)(?:Dockerfile|Containerfile)(?:[.\-_][^/]*)?$|\.dockerfile$", re.IGNORECASE
)
# Nobody writes more: copies of an image, sources of a copy.
_MOST, _SOURCES = 1000, 100
# `pip install .`, and not `-e .`.
_INSTALLS = re.compile(
    r"\bpip3? install(?:[ \t]++-[a-z-]++)*+[ \t]+[\"']?\.(?:\[[^\]]{0,400}\])?[\"']?(?:\s|$)"
)
_EDITABLE = re.compile(r"[ \t](?:-e|--editable)[ \t]")
# Folders of a repository that hold Dockerfiles of what lies above them.
_APART = frozenset(
    {"docker", ".docker", "dockerfiles", "deploy", "deployment", "build", "container", "containers",
     "compose", "images", "ci", ".devcontainer", "infra", "ops"}
)  # fmt: skip


class Copy(NamedTuple):
    """A file or folder of the repository, and its path in the image."""

    source: str
    target: str


class Image(NamedTuple):
    """An image as its last stage has it.

    Attributes:
        path: Its Dockerfile.
        context: The folder that it is built from.
        copies: In order; a later one goes before an earlier one.
        folder: Where programs run.
        left_out: Patterns of `.dockerignore`, of paths below the context.
    """

    path: str
    context: str
    copies: tuple[Copy, ...]
    folder: str
    left_out: tuple[str, ...]

    def place(self, path: str) -> str:
        """Where a file of the repository is in the image; "" where it is not in it."""
        if self.is_left_out(path):
            return ""
        for copy in reversed(self.copies):
            if path == copy.source:
                return copy.target
            if not copy.source or path.startswith(f"{copy.source}/"):
                below = path[len(copy.source) + 1 if copy.source else 0 :]
                return posixpath.join(copy.target, below)
        return ""

    def folder_beside(self, path: str) -> str | None:
        """The folder of the repository that lies where a file is in the image, which may not be
        the file's own; None where no folder was copied there.
        """
        beside = posixpath.dirname(self.place(path))
        for copy in reversed(self.copies):
            if beside == copy.target or beside.startswith(f"{copy.target.rstrip('/')}/"):
                below = beside[len(copy.target.rstrip("/")) :].strip("/")
                return "/".join(part for part in (copy.source, below) if part)
        return None

    def installs_project(self, tree: Tree) -> bool:
        """Say whether a copy of the project's modules is installed, from which programs run."""
        text = tree.text(self.path)
        return any(
            one.word == "RUN" and _INSTALLS.search(one.rest) and not _EDITABLE.search(one.rest)
            for one in instructions(text)
        )

    def is_left_out(self, path: str) -> bool:
        """Say whether `.dockerignore` keeps a file out."""
        below = path[len(self.context) + 1 if self.context else 0 :]
        parts = below.split("/")
        beginnings = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        is_out = False
        for pattern in self.left_out:
            wanted = pattern.lstrip("!").removeprefix("**/").strip("/")
            anywhere = pattern.lstrip("!").startswith("**/")
            names = [*beginnings, *(parts if anywhere else ())]
            if any(fnmatchcase(name, wanted) for name in names):
                is_out = not pattern.startswith("!")
        return is_out


class Stage:
    """A stage of a Dockerfile while it is read."""

    def __init__(self, base: "Stage | None", arguments: Mapping[str, str]) -> None:
        self.copies: list[Copy] = list(base.copies) if base else []
        self.folder: str = base.folder if base else "/"
        self.variables: dict[str, str] = {**arguments, **(base.variables if base else {})}

    def path(self, given: str) -> str:
        """A path of the image; one that begins with an unknown variable is taken as it is."""
        text = expanded(given, self.variables)
        root = "/" if text.startswith("$") else self.folder
        return posixpath.normpath(posixpath.join(root, text))


def images(tree: Tree) -> list[Image]:
    """The images whose Dockerfiles lie in the repository, and that hold files of it."""
    found = []
    for path in tree.others:
        if _NAME.search(path):
            image = Reading(tree, path).image()
            if image is not None and image.copies:
                found.append(image)
    return found


class Reading:
    """A Dockerfile that is being read."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.tree = tree
        self.path = path
        self.instructions = list(instructions(tree.text(path)))

    @cached_property
    def context(self) -> str:
        """The folder that it is most likely built from: the nearest that has what is copied."""
        own = posixpath.dirname(self.path)
        sources = [
            source
            for one in self.instructions
            if one.word in ("COPY", "ADD") and not is_from(one.rest)
            for source in words(one.rest)[:-1][:_SOURCES]
        ]
        # `COPY . .` fits everywhere.
        sources = [one for one in sources if plain(one) not in ("", None)]
        folder = own
        if not sources and posixpath.basename(own).lower() in _APART:
            return posixpath.dirname(own)
        while sources and folder and not all(self._exists(folder, one) for one in sources):
            folder = posixpath.dirname(folder)
        if sources and not folder and not all(self._exists("", one) for one in sources):
            return own
        return folder

    def _exists(self, folder: str, given: str) -> bool:
        source = plain(given)
        if source is None or "*" in source:
            return True
        path = f"{folder}/{source}" if folder else source
        return self.tree.has(path) or path in self.tree.folders or path in self._folders

    @cached_property
    def _folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self.tree.others:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def image(self) -> Image | None:
        """The image of the last stage; None where there is no stage."""
        stages: list[Stage] = []
        by_name: dict[str, Stage] = {}
        arguments: dict[str, str] = {}
        for one in self.instructions:
            if one.word == "FROM":
                given = words(one.rest)
                base = by_name.get(given[0].lower()) if given else None
                stages.append(Stage(base, arguments))
                if len(given) >= 3 and given[1].upper() == "AS":
                    by_name[given[2].lower()] = stages[-1]
            elif stages and one.word == "WORKDIR":
                given = words(one.rest)
                if given:
                    stages[-1].folder = stages[-1].path(given[0])
            elif one.word in ("ENV", "ARG"):
                known = stages[-1].variables if stages else arguments
                known |= {
                    name: expanded(value, known) for name, value in assigned(one.rest).items()
                }
            elif stages and one.word in ("COPY", "ADD") and len(stages[-1].copies) < _MOST:
                stages[-1].copies += self._copies(stages, by_name, one.rest)
        if not stages:
            return None
        last = stages[-1]
        copies = tuple(last.copies[:_MOST])
        return Image(self.path, self.context, copies, last.folder, self._left_out())

    def _copies(self, stages: list[Stage], by_name: dict[str, Stage], rest: str) -> Iterator[Copy]:
        given_words = words(rest)
        if len(given_words) < 2:
            return
        target = stages[-1].path(given_words[-1])
        is_folder = len(given_words) > 2 or given_words[-1].endswith(("/", "."))
        if is_from(rest):
            name = re.search(r"--from=(\S+)", rest)
            stage = by_name.get(name[1].lower()) if name else None
            if name and name[1].isdigit() and int(name[1]) < len(stages):
                stage = stages[int(name[1])]
            if stage is not None:
                yield from _moved(stage, stage.path(given_words[0]), target)
            return
        for given in given_words[:-1][:_SOURCES]:
            source = plain(expanded(given, stages[-1].variables))
            if source is None:
                continue
            for path in self._meant(source):
                is_file = path in self.tree.python or self.tree.has(path)
                yield Copy(
                    path,
                    posixpath.join(target, posixpath.basename(path))
                    if is_file and is_folder
                    else target,
                )

    def _meant(self, source: str) -> list[str]:
        """The paths of the repository that a source means; `*` fits names of one folder."""
        path = "/".join(part for part in (self.context, source) if part)
        if not any(sign in path for sign in "*?["):
            return [path]
        known = (*self.tree.python, *self.tree.others)
        return sorted(
            one for one in known if fnmatchcase(one, path) and one.count("/") == path.count("/")
        )

    def _left_out(self) -> tuple[str, ...]:
        for name in (f"{self.path}.dockerignore", posixpath.join(self.context, ".dockerignore")):
            lines = [line.strip() for line in self.tree.text(name).splitlines()]
            found = tuple(line for line in lines if line and not line.startswith("#"))
            if found:
                return found
        return ()


def _moved(stage: Stage, source: str, target: str) -> Iterator[Copy]:
    """What a folder of an earlier stage brings into this one."""
    source = posixpath.normpath(posixpath.join("/", source))
    for copy in stage.copies:
        if copy.target == source or copy.target.startswith(source.rstrip("/") + "/"):
            below = copy.target[len(source.rstrip("/")) :].lstrip("/")
            yield Copy(copy.source, posixpath.join(target, below) if below else target)
        elif source.startswith(copy.target.rstrip("/") + "/"):
            below = source[len(copy.target.rstrip("/")) + 1 :]
            yield Copy("/".join(part for part in (copy.source, below) if part), target)
