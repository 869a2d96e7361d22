"""The ways in which a file of a repository comes to run, and what it can import then."""

import posixpath
import re
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from . import commands
from .images import Image, images
from .naming import Found, Index, certain, is_in, is_relative, names
from .signs import all_signs
from .tree import Tree, dotted

_MAIN = re.compile(r"^if[ \t]+__name__[ \t]*==[ \t]*[\"']__main__[\"']", re.MULTILINE)
_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")


class Use(NamedTuple):
    """A way to run a file.

    Attributes:
        root: The folder that comes first on the search path, relative to the top.
        module: Its dotted name; "" for a script that is run by its path.
        why: What says so, for a person: `imported by app/main.py`, `run by Makefile:3`.
        image: The Dockerfile whose image runs it, where it is said there; "" elsewhere.
    """

    root: str
    module: str
    why: str
    image: str = ""

    @property
    def is_script(self) -> bool:
        return not self.module

    @property
    def is_certain(self) -> bool:
        """Whether the repository says so, other than that nothing speaks against it."""
        return self.why.startswith(("run by", "imported by"))


class Roots:
    """The import roots of a repository, worked out when they are asked for."""

    def __init__(self, top: str) -> None:
        self.tree = Tree(top)
        self._uses: dict[str, tuple[Use, ...]] = {}
        self._found: dict[str, tuple[Found, ...]] = {}

    @cached_property
    def index(self) -> Index:
        return Index(self.tree)

    @cached_property
    def declared(self) -> dict[str, str]:
        """The roots that the repository declares -> the file that does."""
        found: dict[str, str] = {}
        for reader in all_signs():
            for sign in reader.signs(self.tree):
                found.setdefault(sign.folder, sign.said_in)
        return found

    @cached_property
    def images(self) -> list[Image]:
        return images(self.tree)

    @cached_property
    def _imported(self) -> dict[str, dict[str, str]]:
        """File -> roots that it is imported from -> what imports it so."""
        found: dict[str, dict[str, str]] = {}
        for path in sorted(self.tree.python):
            folder = posixpath.dirname(path)
            for name in dict.fromkeys(names(self.tree.text(path))):
                one = self.index.find(name, folder)
                for file in one.files if one is not None else ():
                    if one is not None and file != path:
                        found.setdefault(file, {}).setdefault(one.root, f"imported by {path}")
        for mention in commands.by_module(self.tree):
            folder = posixpath.dirname(mention.place)
            one = self.index.find(mention.target, folder)
            for file in one.files if one is not None else ():
                if one is not None:
                    found.setdefault(file, {}).setdefault(one.root, f"run by {mention.place}")
        return found

    @cached_property
    def _run_by_path(self) -> dict[str, str]:
        return commands.by_path(self.tree)

    def uses(self, path: str) -> tuple[Use, ...]:
        """The ways in which a file is run, the surest first."""
        if path not in self._uses:
            self._uses[path] = tuple(self._looked_for(path))
        return self._uses[path]

    def _looked_for(self, path: str) -> list[Use]:
        text = self.tree.text(path)
        found: list[Use] = []
        for root, why in self._imported.get(path, {}).items():
            if name := dotted(path, root):
                found.append(Use(root, name, why))
        script = "" if is_relative(text) else self._script(path, text)
        if script:
            image = self._image_that_runs(path)
            found.append(Use(posixpath.dirname(path), "", script, image))
        if not found:
            root, why = self._assumed(path)
            found.append(Use(root, dotted(path, root), why))
        return found

    def _image_that_runs(self, path: str) -> str:
        said_in = self._run_by_path.get(path, "").rpartition(":")[0]
        return said_in if any(i.path == said_in and i.place(path) for i in self.images) else ""

    def _script(self, path: str, text: str) -> str:
        """Why a file is run by its path; "" if nothing says so."""
        if path in self._run_by_path:
            return f"run by {self._run_by_path[path]}"
        if text.startswith("#!"):
            return "run by its path: it begins with #!"
        if _MAIN.search(text) and not self.tree.is_package(posixpath.dirname(path)):
            return "run by its path: it asks for __main__"
        return ""

    def _assumed(self, path: str) -> tuple[str, str]:
        """The likeliest root of a file that nothing imports, and that nobody runs."""
        for one in self.imports(path):
            if is_in(path, one.root):
                return one.root, f"it imports {one.name}"
        if usual := self._usual(path):
            return usual
        near = [root for root in self.declared if is_in(path, root) and dotted(path, root)]
        above = self.tree.above_packages(path)
        if near and len(max(near, key=len)) >= len(above):
            root = max(near, key=len)
            return root, f"a root by {self.declared[root]}"
        if above != posixpath.dirname(path):
            return above, "the folder above its package"
        return above, "its own folder: nothing imports it"

    def _usual(self, path: str) -> tuple[str, str] | None:
        """The root from which most of the nearest files around it are imported."""
        folder = posixpath.dirname(path)
        while folder:
            counted = {
                root: count
                for root, count in self._around.get(folder, {}).items()
                if dotted(path, root)
            }
            if counted:
                root = max(counted, key=lambda one: (counted[one], -len(one)))
                return root, f"files of {folder}/ are imported from there"
            folder = posixpath.dirname(folder)
        return None

    @cached_property
    def _around(self) -> dict[str, dict[str, int]]:
        """Folder -> the roots that files somewhere below it are imported from, counted."""
        found: dict[str, dict[str, int]] = {}
        for path, imported in self._imported.items():
            folder = posixpath.dirname(path)
            while folder:
                counts = found.setdefault(folder, {})
                for root in imported:
                    counts[root] = counts.get(root, 0) + 1
                folder = posixpath.dirname(folder)
        return found

    def is_guarded(self, path: str) -> bool:
        """Say whether a file asks for `__main__` before it does its work."""
        return _MAIN.search(self.tree.text(path)) is not None

    def imports(self, path: str) -> tuple[Found, ...]:
        """What a file imports of the repository for certain, by absolute names."""
        if path not in self._found:
            text = self.tree.text(path)
            given = certain(text, path)
            folder = posixpath.dirname(path)
            found = (self.index.find(one, folder) for one in dict.fromkeys(given or ()))
            self._found[path] = tuple(one for one in found if one is not None)
        return self._found[path]

    def reach(self, path: str, use: Use) -> list[str]:
        """The roots that a file can import from for certain, when it is run so."""
        found = [use.root, *(one.root for one in self.imports(path))]
        if _TEST.search(path):
            found += self._of_pytest(path)
        return list(dict.fromkeys(found))

    def _of_pytest(self, path: str) -> list[str]:
        """The roots that pytest has for a test: its settings', and those of its conftest files.

        https://docs.pytest.org/en/stable/explanation/pythonpath.html
        """
        found = list(self.declared)
        folder = posixpath.dirname(path)
        while True:
            conftest = f"{folder}/conftest.py" if folder else "conftest.py"
            if conftest in self.tree.python:
                found.append(self.tree.above_packages(conftest))
            if not folder:
                return found
            folder = posixpath.dirname(folder)

    def in_images(self, paths: Iterable[str]) -> dict[str, list[Image]]:
        """Files -> the images that hold them."""
        return {path: [one for one in self.images if one.place(path)] for path in paths}
