"""Who needs a key of a .env file: it goes only when all that read it read the store from now on.

What the Python code reads and which libraries load the file is told by `inventory.feeding`, what
else reads it by `inventory.outside`. A key that nothing reads stays, too: a library, or a program
of another repository, may.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from hushflake.codemods.report import REASONS

from ..inventory.feeding import env_file_readers, readers_of_file
from ..inventory.model import EXCLUDED, IGNORED, EnvFileReader, Inventory, Key, Read
from ..inventory.outside import EnvUse
from ..inventory.readers import all_libraries
from . import lines
from .reading import EnvFile

_REASONS = {
    **REASONS,
    EXCLUDED: "`exclude` of [tool.hushflake] keeps it as it is",
    IGNORED: "git ignores the file, so the codemod leaves it",
}
_LIBRARIES = {
    "pydantic-settings": "derive the class from hushflake.config.pydantic.ConfigSettings, as "
    "`hushflake codemod --only settings_classes` does",
}
_ACCESSOR = "read the key through the accessor instead"
_EXPORT = (
    "read it through the accessor; if a library reads it, call export_to_environment([…]) with its "
    "name, or start the program with `hushflake config run -- …`"
)


# Libraries that take the keys out of a file that they are asked for, and no others.
_ASKED_BY_NAME = frozenset({"python-decouple", "starlette"})


class Holder(NamedTuple):
    """Why a key stays in its file.

    Attributes:
        path: Relative to the top level; "" for no place.
        line: From 1.
        kind: What reads: `Docker Compose`, `python-dotenv`, `code`; `nothing` for a key that
            nothing reads, `accessor` for one that the accessor would not find in the store.
        does: What it does with the key.
        remedy: What a person does so that the key may go.
    """

    path: str
    line: int
    kind: str
    does: str
    remedy: str

    @property
    def place(self) -> str:
        """Where it stands, as `path:line`."""
        return f"{self.path}:{self.line}" if self.path else ""

    @property
    def is_python(self) -> bool:
        """Whether the program itself, or something that is not known, needs the key."""
        return self.kind in _PYTHON


@dataclass(frozen=True)
class Decision:
    """What becomes of a .env file.

    Attributes:
        goes: The keys that go, in order.
        stays: Key -> why it stays.
        file_stays: Why the file stays although no key does.
        needed: The keys that stay and that the code reads, or a library may: nobody writes them to
            the target, so the program has them from the file alone.
    """

    goes: tuple[str, ...] = ()
    stays: Mapping[str, tuple[Holder, ...]] = field(default_factory=dict)
    file_stays: Holder | None = None
    needed: tuple[str, ...] = ()

    @property
    def removes(self) -> bool:
        """Whether the file goes as a whole."""
        return not self.stays and self.file_stays is None

    @property
    def touches(self) -> bool:
        """Whether anything of the file goes."""
        return bool(self.goes) or self.removes

    @property
    def feeds_python(self) -> bool:
        """Whether the program, or a library that it uses, may still get a key from what stays."""
        return bool(self.needed) or any(
            one.is_python for holders in self.stays.values() for one in holders
        )


@dataclass(frozen=True)
class Evidence:
    """What is known of a repository.

    Attributes:
        inventory: Of everything in it.
        in_root: Returns a path of the top level as one of the inventory.
        tracked: The files that git tracks, relative to the top level.
        rewrites: Whether reads of the environment are about to be rewritten.
        left: (path, line) of those that will not be, and why.
        exported: Keys that are exported from the store for libraries.
        unconfigured: Why the accessor does not read the target, None when it does.
    """

    inventory: Inventory
    in_root: Callable[[str], str]
    tracked: Collection[str] = ()
    rewrites: bool = False
    left: Mapping[tuple[str, int], str] = field(default_factory=dict)
    exported: Collection[str] = ()
    unconfigured: Holder | None = None


def decide(files: Iterable[EnvFile], evidence: Evidence) -> dict[str, Decision]:
    """Return what becomes of each file, by its path."""
    judge = _Judge(evidence)
    return {file.path: judge.decide(file) for file in files}


class _Judge:
    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.loaders = env_file_readers(evidence.inventory, tests=True)
        self.keys = {key.name: key for key in evidence.inventory.keys}
        self.patterns = [read for read in evidence.inventory.dynamic if read.pattern]

    def decide(self, file: EnvFile) -> Decision:
        where = self.evidence.in_root(file.path)
        tracked = file.path in self.evidence.tracked
        uses = self.evidence.inventory.env_files
        outside = _Outside(use for use in uses if use.reads(where) and _holds(use, tracked))
        loaders = readers_of_file(self.loaders, where)
        stays: dict[str, tuple[Holder, ...]] = {}
        for key in file.values:
            holders = dict.fromkeys(outside.of(key))
            holders |= dict.fromkeys(self._python(where, loaders, key))
            if len(holders) > 1:
                # What keeps a key is known: that nothing in the code does is no reason then.
                holders.pop(_UNREAD, None)
            if holders:
                stays[key] = tuple(holders)
        _keep_what_others_use(file, stays)
        goes = tuple(key for key in file.values if key not in stays)
        needed = tuple(key for key in stays if self._reads(key) or not _IMAGES.match(key))
        return Decision(goes, stays, None if stays else outside.needs_the_file, needed)

    def _python(self, where: str, loaders: Iterable[EnvFileReader], key: str) -> Iterator[Holder]:
        """Yield why the Python code, or what is not known, needs a key."""
        into_environment = False
        for loader in loaders:
            if loader.into_environment:
                into_environment = True
            elif loader.takes(key) and not loader.rewritten and not self._by_name(loader):
                remedy = _LIBRARIES.get(loader.reader, _ACCESSOR)
                does = "reads the file"
                yield Holder(loader.path, loader.line, loader.reader, does, remedy)
        found = self.keys.get(key)
        reads = self._reads(key)
        if not into_environment:
            reads = [read for read in reads if _is_above(where, read.path)]
        fed = key in self.evidence.exported
        for read in reads:
            why = self._why_left(read, found)
            fed = fed or not why
            if why:
                is_settings = why[1] in _LIBRARIES.values()
                kind = "pydantic-settings" if is_settings else CODE
                yield Holder(read.path, read.line, kind, *why)
        if fed and self.evidence.unconfigured is not None:
            yield self.evidence.unconfigured
        if not fed and not reads:
            yield _UNREAD

    def _by_name(self, loader: EnvFileReader) -> bool:
        """Say whether the reads tell which keys a library takes: some are asked one by one."""
        dynamic = self.evidence.inventory.dynamic
        is_open = any(read.reader == loader.reader and not read.followed for read in dynamic)
        return loader.reader in _ASKED_BY_NAME and not is_open

    def _reads(self, key: str) -> list[Read]:
        """Return the reads of a key, those among them that compute its name."""
        found = self.keys.get(key)
        computed = [read for read in self.patterns if fnmatchcase(key, read.pattern)]
        return [*(found.reads if found else ()), *computed]

    def _why_left(self, read: Read, key: Key | None) -> tuple[str, str] | None:
        """Return what a read does and what would help, None for one that reads the store."""
        if read.via == "config":
            return None
        if read.via != "environment":
            return f"reads it with {read.via}", _ACCESSOR
        if key is not None and key.kept:
            return "reads it from the environment, where `keep` or its name leaves it", _EXPORT
        if read.reason == "settings-class":
            # The class is told by its library, once.
            return "reads it for a field", _LIBRARIES["pydantic-settings"]
        reason = read.reason or self.evidence.left.get((read.path, read.line), "")
        if reason and reason not in _REASONS and read.reader != "os.environ":
            return f"reads it with {read.reader}", _ACCESSOR
        if reason:
            return f"reads it from the environment, and {_REASONS.get(reason, reason)}", _EXPORT
        if not self.evidence.rewrites:
            return "reads it from the environment", "`hushflake codemod --write` rewrites it"
        return None


# Names that images of databases and builders of pages give themselves: no library of Python reads
# them by itself.
_IMAGES = re.compile(
    r"(?:POSTGRES|MYSQL|MARIADB|MONGO_INITDB|MINIO_ROOT|RABBITMQ_DEFAULT|KEYCLOAK|KC|GF|TRAEFIK|PGADMIN"
    r"|COMPOSE|VITE|NEXT_PUBLIC|REACT_APP|VUE_APP|GATSBY|NUXT|EXPO_PUBLIC)_"
)
CODE, NOTHING, ACCESSOR = "code", "nothing", "accessor"
_PYTHON = frozenset({CODE, NOTHING, ACCESSOR, *(library.NAME for library in all_libraries())})
_UNREAD = Holder(
    path="",
    line=0,
    kind=NOTHING,
    does="nothing that was found reads it; a library may",
    remedy="take the line out if nothing needs it; if a library does, call "
    "export_to_environment([…]) with its name; `--all` takes it all the same",
)


def _holds(use: EnvUse, tracked: bool) -> bool:
    return use.holds == "always" or (use.holds == "tracked" and tracked)


class _Outside:
    """The uses of one file, by the keys that they take."""

    def __init__(self, uses: Iterable[EnvUse]) -> None:
        self.by_name: dict[str, list[Holder]] = {}
        self.others: list[EnvUse] = []
        self.needs_the_file: Holder | None = None
        for use in uses:
            holder = Holder(use.path, use.line, use.kind, use.does, use.remedy)
            if use.file and not use.implied:
                self.needs_the_file = self.needs_the_file or holder
            if use.keys is None or any("*" in key for key in use.keys):
                self.others.append(use)
            else:
                for key in use.keys:
                    self.by_name.setdefault(key, []).append(holder)

    def of(self, key: str) -> Iterator[Holder]:
        """Yield who keeps a key."""
        yield from self.by_name.get(key, ())
        for use in self.others:
            if use.takes(key):
                yield Holder(use.path, use.line, use.kind, use.does, use.remedy)


def _is_above(file: str, source: str) -> bool:
    """Say whether a file lies in the folder of a source, or in one above."""
    folder = file.rpartition("/")[0]
    return not folder or source.startswith(f"{folder}/")


def _keep_what_others_use(file: EnvFile, stays: dict[str, tuple[Holder, ...]]) -> None:
    """Keep what the kept lines take in: `URL=…${PASSWORD}…` needs PASSWORD beside it."""
    used = {key: lines.names_used(text) for key, text in lines.statements(file.data)}
    pending = [key for key in used if key in stays or key in file.bare]
    while pending:
        key = pending.pop()
        for name in sorted(used.get(key, ())):
            if name in file.values and name not in stays:
                does = f"`{key}`, which stays, takes it in by interpolation"
                stays[name] = (Holder(file.path, 0, ".env file", does, "write its value out"),)
                pending.append(name)
