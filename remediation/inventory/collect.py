"""Builds the inventory of a code base: walks it, reads Python files, asks the others for names."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hushflake.lint_plugin.analysis import ParseFailure, parse
from hushflake.lint_plugin.credentials.display import holds_credential
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.git.calls import start
from hushflake.lint_plugin.git.folder import holder, irregular
from hushflake.lint_plugin.git.process import GitStalledError
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.reading import TooLargeError, is_inside, is_virtual_environment, read
from hushflake.lint_plugin.settings import Policy, Settings, load
from hushflake.lint_plugin.walk import walk

from ..dotenv.find import find as find_env_files
from ..files import read_regular
from .elsewhere import hide_flagged
from .groups import Groups
from .mentions import EnvFileUse, UnreadableError, readers_of
from .model import EnvFile, Inventory, Key, Named, Skipped
from .reads import Found, Reader
from .secrecy import judge

# No hand-written configuration file is larger.
LARGEST_MENTION = 1 << 20
_SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".jj", "node_modules", "site-packages", "__pycache__", ".tox", ".nox"}
)


Tick = Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """What to look at.

    Attributes:
        ignored: Whether files that git ignores count too.
        classes: Dotted origin of a class whose uses are looked for -> its name.
        others: Whether files that are not Python are asked for names of keys.
    """

    ignored: bool = False
    classes: Mapping[str, str] = field(default_factory=dict)
    others: bool = True


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


def uses_of_env_files(root: Path) -> list[EnvFile]:
    """Return the places outside Python that read a whole .env file: they break when it goes."""
    collection = _Collection(load([str(root)]), Options())
    collection.take_others([root])
    return collection.inventory.env_files


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
        tree = walk([str(path) for path in paths], ignore=not self.options.ignored)
        self.inventory.passed_over = dict(tree.left)
        for problem in tree.problems:
            relative = self.settings.relative(problem.path)
            self._skip(relative, problem.message, failed=problem.failed)
        for file in tree.files:
            relative = self.settings.relative(file.path)
            if not self.policy.is_excluded(relative):
                self._python(file.path, relative)
            else:
                known = self.inventory.passed_over
                known["excluded"] = known.get("excluded", 0) + 1
            if tick is not None:
                tick(len(tree.files))
        if self.options.others:
            self.take_others(paths)
        hide_flagged(self.keys.values(), self.inventory.python_files, self.policy, self.names)
        self.inventory.classes = self.reader.classes
        self.inventory.keys = sorted(self.keys.values(), key=lambda key: key.name)
        return self.inventory

    def take_others(self, paths: Sequence[Path]) -> None:
        """Take in the files that are not Python."""
        self.roots = [str(path) for path in paths]
        for path in sorted({file for root in paths for file in self._others(root)}):
            relative = self.settings.relative(path)
            if not self.policy.is_excluded(relative):
                self._other(path, relative)

    # -- files ---------------------------------------------------------------------------

    def _others(self, root: Path) -> Iterator[str]:
        """Yield the files below `root` that may name keys without being Python."""
        if not root.is_dir():
            return
        listed = None if self.options.ignored else _listed_by_git(root)
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

    def _python(self, path: str, relative: str) -> None:
        self.inventory.files += 1
        self.inventory.python_files.append(path)
        try:
            data = read(path)
        except TooLargeError as error:
            self._skip(relative, f"{error.strerror}: not looked at")
            return
        except OSError as error:
            self._skip(relative, f"cannot be read: {error.strerror}", failed=True)
            return
        if not self.reader.can_read(data):
            return
        try:
            reads = self._reads(data, path, relative)
        except RecursionError:
            self._skip(relative, "is nested too deeply to be read")
            return
        # One file must not end the run.
        except Exception as error:
            if os.environ.get("HUSHFLAKE_DEBUG"):
                raise
            message = f"internal error ({type(error).__name__}); the file was not read"
            self._skip(relative, message, failed=True)
            return
        for found in reads:
            self._take(found)

    def _reads(self, data: bytes, path: str, relative: str) -> list[Found]:
        source = parse(data, path)
        if isinstance(source, ParseFailure):
            self._skip(relative, source.message, source.line, source.column)
            return []
        return list(self.reader.read(Module(path, source.utf8, self.policy, self.names, source)))

    def _take(self, found: Found) -> None:
        if found.key is None:
            self.inventory.dynamic.append(found.read)
        else:
            self._key(found.key).reads.append(found.read)

    def _key(self, name: str) -> Key:
        key = self.keys.get(name)
        if key is None:
            key = Key(
                name, self.is_secret(name), self.groups.of(name), kept=self.policy.keeps(name)
            )
            self.keys[name] = key
        return key

    # -- other files ---------------------------------------------------------------------

    def _other(self, path: str, relative: str) -> None:
        readers = list(readers_of(relative))
        data = self._other_bytes(path, relative) if readers else None
        if data is None:
            return
        text = data.decode("utf-8", "replace")
        for reader in readers:
            try:
                mentions = list(reader.mentions(text))
            except RecursionError:
                self._skip(relative, "is nested too deeply to be read")
                continue
            except UnreadableError as error:
                if reader.KIND != "Kubernetes" or "{{" not in text:
                    self._skip(relative, str(error))
                continue
            for one in mentions:
                if isinstance(one, EnvFileUse):
                    use = EnvFile(relative, one.line, reader.KIND, one.file)
                    self.inventory.env_files.append(use)
                elif holds_credential(one.key):
                    self._skip(relative, "a credential stands where a key belongs", one.line)
                elif one.key:
                    named = Named(relative, one.line, reader.KIND, one.how)
                    self._key(one.key).named.append(named)


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
