"""Builds the inventory of a code base: walks it, reads Python files, asks the others for names."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from hushflake.lint_plugin.analysis import uncollected
from hushflake.lint_plugin.credentials.display import holds_credential
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.git.calls import start
from hushflake.lint_plugin.git.folder import holder, irregular
from hushflake.lint_plugin.git.process import GitStalledError
from hushflake.lint_plugin.reading import is_inside, is_virtual_environment
from hushflake.lint_plugin.settings import Policy, Settings, load
from hushflake.lint_plugin.walk import walk

from ..dotenv.find import find as find_env_files
from ..dotenv.find import is_env_file
from ..files import read_regular
from .elsewhere import hide_flagged
from .groups import Groups
from .joining import hide_typed_secrets, join_spellings
from .making import Found
from .mentions import UnreadableError
from .mentions import readers_of as mentions_in
from .model import EXCLUDED, IGNORED, Inventory, Key, Named, Skipped
from .outside import Tree
from .outside import readers_of as outside_readers_of
from .outside.listing import listed
from .python_files import PythonFiles
from .reads import Reader
from .secrecy import is_said_public, judge

# No hand-written configuration file is larger.
LARGEST_MENTION = 1 << 20
_SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".jj", "node_modules", "site-packages", "__pycache__", ".tox", ".nox"}
)


Tick = Callable[[int], None]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Options:
    """What to look at.

    Attributes:
        ignored: Whether files that git ignores count too.
        classes: Dotted origin of a class whose uses are looked for -> its name.
        others: Whether files that are not Python are asked for names of keys.
        everything: Look also at what settings exclude and git ignores: it is not rewritten, and
            goes on reading. Its reads say so by their reason.
    """

    ignored: bool = False
    classes: Mapping[str, str] = field(default_factory=dict)
    others: bool = True
    everything: bool = False


def collect(
    paths: Sequence[Path], options: Options = Options(), tick: Tick | None = None
) -> Inventory:
    """Return the inventory of some folders and files.

    Args:
        paths: Folders or files; settings are those that hold for all of them.
        options: What to look at.
        tick: Called after each Python file with the number of all.

    Raises:
        SettingsError: `[tool.hushflake]` cannot be used.
    """
    settings = load([str(path) for path in paths])
    return _Collection(settings, options).run(paths, tick)


class _Collection:
    def __init__(self, settings: Settings, options: Options) -> None:
        self.settings = settings
        self.options = options
        self.policy = Policy(settings)
        self.names = Names(settings.secret_names, settings.public_names)
        self.groups = Groups(settings.service_groups)
        self.is_secret = judge(settings)
        self.reader = Reader(settings, self.is_secret, options.classes)
        self.inventory = Inventory(settings.root, [])
        self.keys: dict[str, Key] = {}
        self.roots: list[str] = []

    def run(self, paths: Sequence[Path], tick: Tick | None = None) -> Inventory:
        with uncollected():
            self._all_python([str(path) for path in paths], tick)
            if self.options.others:
                self.take_others(paths)
            join_spellings(self.keys)
            hide_typed_secrets(self.keys, partial(is_said_public, self.settings))
            hide_flagged(self.keys.values(), self.inventory.python_files, self.policy, self.names)
        self.inventory.keys = sorted(self.keys.values(), key=lambda key: key.name)
        return self.inventory

    def take_others(self, paths: Sequence[Path]) -> None:
        """Take in the files that are not Python."""
        self.roots = [str(path) for path in paths]
        found = sorted({file for root in paths for file in self._others(root)})
        relative = {path: self.settings.relative(path) for path in found}
        if not self.options.everything:
            relative = {
                path: name for path, name in relative.items() if not self.policy.is_excluded(name)
            }
        tree = Tree(self.settings.root, relative.values())
        for path, name in relative.items():
            self._other(path, name, tree)
        if not self.options.everything:
            there = [name for name in relative.values() if is_env_file(name.rpartition("/")[2])]
            self.inventory.env_files = listed(self.inventory.env_files, there)

    # -- files ---------------------------------------------------------------------------

    def _others(self, root: Path) -> Iterator[str]:
        """Yield the files below `root` that may name keys without being Python."""
        if not root.is_dir():
            return
        listed = None
        if not (self.options.ignored or self.options.everything):
            listed = _listed_by_git(root)
        yield from _walk(root) if listed is None else listed
        # They are ignored nearly always, and name what the code reads.
        yield from (str(path.absolute()) for path in find_env_files(root))

    def _skip(
        self, path: str, reason: str, line: int = 1, column: int = 1, *, failed: bool = False
    ) -> None:
        self.inventory.skipped.append(Skipped(path, line, column, reason, failed))

    def _other_bytes(self, path: str, relative: str) -> bytes | None:
        # An index can name whatever it likes, and a folder on the way can be a link.
        if not any(is_inside(os.path.dirname(path), root) for root in self.roots):
            return None
        try:
            data = read_regular(Path(path), LARGEST_MENTION)
        except OSError as error:
            # A link counts where it leads to, and a deleted file is still listed by git.
            if os.path.isfile(path) and not os.path.islink(path):
                self._skip(relative, f"cannot be read: {error.strerror}", failed=True)
            return None
        if data is None:
            self._skip(relative, "is larger than 1 MB: not looked at for keys")
        return data

    # -- Python --------------------------------------------------------------------------

    def _all_python(self, paths: Sequence[str], tick: Tick | None) -> None:
        everything = self.options.everything
        tree = walk(paths, ignore=not (self.options.ignored or everything))
        seen = {file.path for file in walk(paths).files} if everything else set()
        self.inventory.passed_over = dict(tree.left)
        for problem in tree.problems:
            relative = self.settings.relative(problem.path)
            self._skip(relative, problem.message, failed=problem.failed)
        files: dict[str, str] = {}
        marks: dict[str, str] = {}
        for file in tree.files:
            relative = self.settings.relative(file.path)
            excluded = self.policy.is_excluded(relative)
            if excluded and not everything:
                known = self.inventory.passed_over
                known["excluded"] = known.get("excluded", 0) + 1
                continue
            files[relative] = file.path
            ignored = everything and file.path not in seen
            marks[relative] = EXCLUDED if excluded else IGNORED if ignored else ""
        self.inventory.files = len(files)
        self.inventory.python_files = list(files.values())
        python = PythonFiles(files, self.reader, self.policy, self.names, self._skip)
        for result in python.run(tick):
            self.inventory.env_file_readers += result.files
            self.inventory.declared += result.declared
            for name, place in result.classes.items():
                self.inventory.classes.setdefault(name, place)
            for found in result.found:
                self._take(found, marks.get(found.read.path, ""))

    def _take(self, found: Found, mark: str) -> None:
        read = found.read
        if mark and read.via == "environment":
            read = replace(read, reason=mark)
        if found.key is None:
            self.inventory.dynamic.append(read)
        else:
            self._key(found.key).reads.append(read)

    def _key(self, name: str) -> Key:
        key = self.keys.get(name)
        if key is None:
            key = Key(
                name, self.is_secret(name), self.groups.of(name), kept=self.policy.keeps(name)
            )
            self.keys[name] = key
        return key

    # -- other files ---------------------------------------------------------------------

    def _other(self, path: str, relative: str, tree: Tree) -> None:
        mentions, outside = list(mentions_in(relative)), list(outside_readers_of(relative))
        if not self.options.everything:
            outside = [reader for reader in outside if not getattr(reader, "KEYS_ALONE", False)]
        data = self._other_bytes(path, relative) if mentions or outside else None
        if data is None:
            return
        text = data.decode("utf-8", "replace")
        for reader in mentions:
            hidden = reader.KIND == "Kubernetes" and "{{" in text
            for one in self._asked(relative, partial(reader.mentions, text), quiet=hidden):
                if holds_credential(one.key):
                    self._skip(relative, "a credential stands where a key belongs", one.line)
                elif one.key:
                    named = Named(relative, one.line, reader.KIND, one.how)
                    self._key(one.key).named.append(named)
        for other in outside:
            # What cannot be parsed was told by whoever asks it for names, or is of another kind.
            ask = partial(other.uses, relative, text, tree)
            self.inventory.env_files += self._asked(relative, ask, quiet=bool(mentions))

    def _asked(self, relative: str, ask: Callable[[], Iterator[_T]], *, quiet: bool) -> list[_T]:
        """Return what a reader finds; `quiet` says nothing of a text that it cannot read."""
        try:
            return list(ask())
        except RecursionError:
            self._skip(relative, "is nested too deeply to be read")
        except UnreadableError as error:
            if not quiet:
                self._skip(relative, str(error))
        return []


def _listed_by_git(root: Path) -> list[str] | None:
    """Return the files git knows or would add, or None outside a repository."""
    holding = holder(str(root))
    if not holding or irregular(holding):
        return None
    try:
        done = start(
            str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"
        ).finish()
    except (OSError, GitStalledError):
        return None
    if done.code:
        return None
    folder = str(root.absolute())
    return [os.path.join(folder, os.fsdecode(name)) for name in done.output.split(b"\0") if name]


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root.absolute()):
        if "pyvenv.cfg" in files and is_virtual_environment(folder):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        yield from (os.path.join(folder, name) for name in files)
