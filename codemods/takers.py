"""Which names of a module other files take: an import that looks unused may be there for them.

Asked only when a module is about to lose a name, and told from bytes alone, as every file of the
repository is asked then. Where it is not certain which module of several is meant, all are: too
much is kept rather than too little.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import NamedTuple

from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.analysis.respelt import normal
from hushflake.lint_plugin.kinds.base import CODE
from hushflake.lint_plugin.kinds.table import PYTHON, Kinds
from hushflake.lint_plugin.reading import TooLargeError
from hushflake.lint_plugin.walk import PathError, walk

from . import files
from .errors import CodemodFailureError
from .processes import Workers
from .replacing import may_replace, replaced

# What a transform most often takes away, under its own name.
COMMON = frozenset({"os", "environ", "getenv", "dotenv", "load_dotenv", "find_dotenv"})
# A module as it is spelt, with dots, and a name that is taken from it; `*` is all names.
Taken = tuple[str, str]


class Taker(NamedTuple):
    """A file takes a name from a module.

    Attributes:
        spelt: The module's path, as far as the file spells it.
        name: `*` if it takes all.
        by: The module that takes it.
        puts: Whether it puts something else in its place.
    """

    spelt: str
    name: str
    by: str
    puts: bool = False


_NAME = re.compile(rb"[\w\x80-\xff]")
# `from module import`, and its names: in brackets, with comments, or to the end of the line.
_FROM = re.compile(
    rb"from[ \t\f\\]+([.\w\x80-\xff]+)[ \t\f\\\r\n]+import\b[ \t\f\\\r\n]*"
    rb"(?:\(((?:[^)#]++|#[^\r\n]*+)*+)\)|((?:[^\r\n\\#;]++|\\.?)*+))",
    re.DOTALL,
)
_STAR = re.compile(rb"import[ \t\f\\\r\n(]*\*")
_COMMENT = re.compile(rb"#[^\r\n]*")
_OWNER = re.compile(rb"([\w\x80-\xff]+)\Z")
# `patch.object(module, "os")`: the owner of a quoted name.
_QUOTED_OWNER = re.compile(rb"([\w\x80-\xff]+)[ \t\f\r\n]*,[ \t\f\r\n]*\Z")
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg", ".svn")
# More modules than these, and looking for each costs more than it saves.
_FEW = 3


def taken(data: bytes, names: Collection[str] = COMMON) -> set[Taken]:
    """Return the names that a file takes from modules, each with the module as it is spelt.

    Found are `from module import *` (as `*`), `from module import name`, `module.name`, also in a
    string such as `"package.module.os.environ"`, and `patch.object(module, "name")`.
    """
    named = [name for name in names if name.encode() in data]
    found: set[Taken] = set()
    # One scan for each name, and one for a star, lets most files go.
    for match in _FROM.finditer(data) if named or _STAR.search(data) else ():
        listed = match[2] if match[2] is not None else match[3]
        if match[2] is not None and b"#" in listed:
            listed = _COMMENT.sub(b"", listed)
        for part in listed.replace(b"\\", b" ").split(b","):
            words = part.split(None, 1)
            name = _text(words[0]) if words else ""
            if name == "*" or name in names:
                found.add((_text(match[1]), name))
    for name in named:
        found.update((module, name) for module in _owners(data, name.encode()))
    return found


def _owners(data: bytes, name: bytes) -> Iterator[str]:
    """Yield the modules that `name` may be looked up in."""
    for mark, owner in (
        (b"." + name, _OWNER),
        (b'"' + name + b'"', _QUOTED_OWNER),
        (b"'" + name + b"'", _QUOTED_OWNER),
    ):
        at = data.find(mark)
        while at >= 0:
            end = at + len(mark)
            match = owner.search(data[max(0, at - 100) : at])
            if match and not _NAME.match(data, end):
                yield from _called(data, match[1])
            at = data.find(mark, end)


def _called(data: bytes, owner: bytes) -> Iterator[str]:
    """Yield the names of the module that a file may call `owner`: `import module as owner`."""
    yield _text(owner)
    alias = rb"([.\w\x80-\xff]+)[ \t\f\\]+as[ \t\f\\]+" + re.escape(owner) + rb"(?![\w\x80-\xff])"
    for match in re.finditer(alias, data) if b" as " + owner in data else ():
        yield _text(match[1])


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def module_of(path: str) -> str:
    """Return the file of a module as other files may spell it: absolute, without its suffix."""
    module = os.path.splitext(os.path.abspath(path))[0]
    return module.removesuffix(os.sep + "__init__")


def takers(
    wanted: Mapping[str, frozenset[str]], asked: Sequence[str], workers: Workers
) -> set[Taker]:
    """Return who takes what from some modules; more than that may be among them.

    Args:
        wanted: Path of a module -> names that are asked for, at least one.
        asked: The files that may import them; see `neighbours`.
        workers: Who asks.
    """
    if not wanted:
        return set()
    names = frozenset[str]().union(*wanted.values())
    modules = frozenset(os.path.basename(module_of(path)) for path in wanted)
    marks = tuple(_mark(module, names) for module in modules) if len(modules) <= _FEW else ()
    takes = _ask(asked, names, marks, workers, modules)
    if marks and any(t.name == "*" and t.spelt.rpartition("/")[2] in modules for t in takes):
        # Who takes from the starring module need not name the starred one.
        takes = _ask(asked, names, (), workers, modules)
    return takes


def _ask(
    asked: Sequence[str],
    names: frozenset[str],
    marks: Sequence[re.Pattern[bytes]],
    workers: Workers,
    modules: frozenset[str],
) -> set[Taker]:
    ask = partial(_taken_by, names=names, marks=marks, modules=modules)
    takes: set[Taker] = set()
    for chunk in workers.spread(ask, asked):
        for _, found in chunk:
            takes |= found or frozenset()
    return takes


def takers_of_one(
    names: frozenset[str], path: str, root: str
) -> tuple[Sequence[str], frozenset[Taker]]:
    """Return the files that may import one module, and what they take of `names`.

    For who asks for one module after the other: answers are remembered.
    """
    folder = os.path.dirname(os.path.abspath(path))
    asked, takes = _all_taken(root, folder, COMMON)
    if names - COMMON:
        takes |= _all_taken(root, folder, names - COMMON)[1]
    return asked, takes


@cache
def _all_taken(
    root: str, folder: str, names: frozenset[str]
) -> tuple[Sequence[str], frozenset[Taker]]:
    asked = neighbours(root, [folder])
    takes = frozenset[Taker]().union(*(_taken_by(path, names) for path in asked))
    return asked, takes


def replaced_of(
    through: Mapping[str, frozenset[str]], takes: Collection[Taker], asked: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Say which of the names that some modules read through other files replace; as `taken_of`."""
    return taken_of(through, [taker for taker in takes if taker.puts], asked)


def taken_of(
    lost: Mapping[str, frozenset[str]], takes: Collection[Taker], asked: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Say which of the names of some modules other files take from them.

    Args:
        lost: Path of a module -> the names in question.
        takes: What `takers` found.
        asked: The files that were asked.

    Returns:
        Path -> names that are taken, of the modules that have any.
    """
    takes = _reaching({os.path.basename(module_of(path)) for path in lost}, takes)
    if not takes:
        return {}
    by_name: dict[str, list[str]] = {}
    # Of most files the whole path is not needed: no one spells their name.
    spelt_names = {taker.spelt.rpartition("/")[2] for taker in takes} | {"__init__"}
    likely_files = (path for path in asked if _stem(path) in spelt_names)
    for module in {module_of(path) for path in (*lost, *likely_files)}:
        by_name.setdefault(os.path.basename(module), []).append(module)

    def meant(spelt: str) -> list[str]:
        likely = by_name.get(spelt.rpartition("/")[2], [])
        # Where a project maps folders to other packages, the last part is all that agrees.
        return [m for m in likely if m.endswith("/" + spelt.lstrip("/"))] or likely

    wanted: dict[str, set[str]] = {}
    stars: list[tuple[str, str]] = []
    for taker in takes:
        for module in meant(taker.spelt):
            if taker.name == "*":
                stars.append((module, taker.by))
            else:
                wanted.setdefault(module, set()).add(taker.name)
    # What is taken from a module that stars another is taken from that one, too.
    grows = True
    while grows:
        grows = False
        for starred, starrer in stars:
            names, given = wanted.setdefault(starred, set()), wanted.get(starrer, set())
            grows |= not given <= names
            names |= given
    kept = {path: names & wanted.get(module_of(path), set()) for path, names in lost.items()}
    return {path: names for path, names in kept.items() if names}


def _reaching(names: set[str], takes: Collection[Taker]) -> list[Taker]:
    """Return who may take from modules of these names, also by way of modules that star them."""
    by_name: dict[str, list[Taker]] = {}
    for taker in takes:
        by_name.setdefault(taker.spelt.rpartition("/")[2], []).append(taker)
    found: list[Taker] = []
    pending = list(names)
    while pending:
        for taker in by_name.pop(pending.pop(), ()):
            found.append(taker)
            if taker.name == "*":
                pending.append(os.path.basename(taker.by))
    return found


def _stem(path: str) -> str:
    return path[path.rfind(os.sep) + 1 :].rpartition(".")[0]


def _mark(module: str, names: Collection[str]) -> re.Pattern[bytes]:
    """Return what a file that takes one of `names` from `module` holds, whatever else it may."""
    members = b"|".join(re.escape(name.encode()) for name in names)
    space, same_line = rb"[ \t\f\\\r\n]", rb"(?:[ \t\f]|\\\r?\n?)"
    # It begins with fixed bytes, which makes the search for it fast.
    return re.compile(
        re.escape(os.fsencode(module))
        + rb"(?:" + same_line + rb"+import\b|" + space + rb"+as\b|" + space + rb"*,"
        + rb"|[\"']|\.(?:" + members + rb")\b)"
    )  # fmt: skip


def _taken_by(
    path: str,
    names: frozenset[str],
    marks: Sequence[re.Pattern[bytes]] = (),
    modules: frozenset[str] = frozenset(),
) -> frozenset[Taker]:
    """Return what the file at `path` takes of `names`, if it holds one of `marks`.

    Args:
        path: The file.
        names: The names in question.
        marks: What a file must hold one of; any file will do without.
        modules: Last parts of the modules that are asked about; any when empty.
    """
    found: set[Taker] = set()
    with suppress(CodemodFailureError, TooLargeError):
        data = normal(files.read(path))
        if not marks or any(mark.search(data) for mark in marks):
            by = module_of(path)
            takes = taken(data, names)
            for spelt, name in takes:
                module = _path_of(spelt, path)
                found.add(Taker(module, name, by))
                if name == "*":
                    # With a star come all names; taken are those that the file names itself.
                    found |= {Taker(module, n, by) for n in names if has_word(data, (n.encode(),))}
            # Parsed are the few files that look a name up in such a module and may replace it.
            if may_replace(data, names) and _looks_up(takes, data, modules):
                found |= {
                    Taker(_path_of(m, path), n, by, True) for m, n in replaced(data, path, names)
                }
    return frozenset(found)


def _looks_up(takes: Collection[Taken], data: bytes, modules: Collection[str]) -> bool:
    owners = {spelt.rpartition(".")[2] for spelt, name in takes if name != "*"} - {"os", ""}
    if owners and (not modules or not owners.isdisjoint(modules) or b"import_module" in data):
        return True
    return b"patch.multiple" in data


def _path_of(spelt: str, importer: str) -> str:
    """Return a spelt module as the end of its path, and a relative one as the whole of it."""
    rest = spelt.lstrip(".")
    level = len(spelt) - len(rest)
    if not level:
        return rest.replace(".", "/")
    folder = os.path.abspath(importer)
    for _ in range(level):
        folder = os.path.dirname(folder)
    return "/".join([folder, *rest.split(".")]) if rest else folder


def neighbours(root: str, folders: Iterable[str], *, ignore: bool = True) -> list[str]:
    """Return the files that may import those in `folders`.

    They are those of the repository at `root`; outside of any project, those of the folders.
    """
    if root and any(os.path.exists(os.path.join(root, mark)) for mark in _PROJECT):
        with suppress(PathError):
            tree = walk([root], ignore=ignore, kinds=Kinds([CODE]))
            return [file.target for file in tree.files]
    found = []
    for folder in sorted({folder or os.curdir for folder in folders}):
        with suppress(OSError), os.scandir(folder) as entries:
            found += [e.path for e in entries if e.name.endswith(PYTHON) and e.is_file()]
    return found
