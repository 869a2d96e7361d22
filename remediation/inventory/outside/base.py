"""What a reader of .env files yields: a place outside Python that takes keys from such a file."""

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from hushflake.lint_plugin.path_patterns import wildcards

from ...dotenv.find import is_env_file
from .tree import Tree

# When a use keeps its keys in the file. `tracked`: it reads a copy that comes with the
# repository, on a server or in CI, so only of a file that git tracks. `never`: it goes on without.
Holds = Literal["always", "tracked", "never"]


@dataclass(frozen=True)
class EnvUse:
    """A place outside Python that takes keys from a .env file.

    Attributes:
        path: Where it stands, relative to the root.
        line: From 1.
        kind: What reads, such as `Docker Compose`.
        file: The .env file as written there; "" for a program that reads keys of its
            environment, whatever .env file of its folder, or of one above, feeds them.
        files: The paths that may be meant, relative to the root; `*` stands for a variable.
        keys: The names that it takes, `*` for any characters; None for all.
        does: What it does with the keys, as the end of a sentence: `puts them into …`.
        remedy: What a person does so that the keys may go.
        holds: When it keeps its keys in the file.
        loads: It puts the file into the environment of the running Python program, which production
            mode refuses.
        implied: It is not written there, and does without the file: `.env` beside a Compose file.
    """

    path: str
    line: int
    kind: str
    file: str
    files: tuple[str, ...]
    keys: frozenset[str] | None
    does: str
    remedy: str
    holds: Holds = "always"
    implied: bool = False
    loads: bool = False

    @property
    def place(self) -> str:
        """Where it stands, as `path:line`."""
        return f"{self.path}:{self.line}"

    def reads(self, file: str) -> bool:
        """Say whether a .env file may be meant. `file`: relative to the root."""
        if self.file:
            return any(_fits(pattern, file) for pattern in self.files)
        folder = posixpath.dirname(file)
        return not folder or self.path.startswith(f"{folder}/")

    def takes(self, key: str) -> bool:
        """Say whether it takes a key of the file."""
        return self.keys is None or any(_fits(pattern, key) for pattern in self.keys)


class EnvReader(Protocol):
    """A module of this folder: one kind of file that reads .env files."""

    KIND: str

    def reads(self, path: str) -> bool:
        """Say by its relative path whether a file is of this kind."""
        ...

    def uses(self, path: str, text: str, tree: Tree) -> Iterator[EnvUse]:
        """Yield the uses in a file.

        Raises:
            UnreadableError: It cannot be parsed.
        """
        ...


def _fits(pattern: str, text: str) -> bool:
    if "*" not in pattern:
        return pattern == text
    return re.fullmatch(wildcards(pattern), text) is not None


def names_env_file(written: str) -> bool:
    """Say whether a path, in which `*` stands for what is not known, may be that of a .env file."""
    name = written.rpartition("/")[2]
    return len(name) < 200 and any(is_env_file(name.replace("*", some)) for some in ("", ".x", "x"))


def beside(path: str, written: str) -> tuple[str, ...]:
    """Return the path that a file means by `written`, which is relative to its own folder."""
    return _inside(posixpath.dirname(path), written)


def from_anywhere(path: str, written: str) -> tuple[str, ...]:
    """Return the paths that may be meant where the working folder is not known.

    It is that of the file, or one above. What lies outside of the repository, or in a folder
    that a variable names, is a copy of a file of ours: its name alone says which.
    """
    if written.startswith(("/", "~", "*", "%")) or re.match(r"[A-Za-z]:[\\/]", written):
        written = re.split(r"[\\/]", written)[-1]
    folder = posixpath.dirname(path)
    found = [*_inside(folder, written)]
    while folder:
        folder = posixpath.dirname(folder)
        found += _inside(folder, written)
    return tuple(dict.fromkeys(found))


def is_outside(written: str) -> bool:
    """Say whether a path is absolute: that of a server, and not of a work tree."""
    return written.startswith(("/", "~", "%"))


def _inside(folder: str, written: str) -> tuple[str, ...]:
    joined = posixpath.normpath(posixpath.join(folder, written))
    return () if joined.startswith(("../", "/")) or joined in {"..", "."} else (joined,)


class Lines:
    """Turns offsets of a text into lines, from 1."""

    def __init__(self, text: str) -> None:
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def at(self, offset: int) -> int:
        """Return the line of an offset."""
        return bisect_left(self._ends, offset) + 1
