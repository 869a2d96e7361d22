"""Which names of a module other files take: an import that looks unused may be there for them.

Asked only when a module is about to lose a name, and told from bytes alone, as every file of the
repository is asked then. A module goes by the last part of its name, so two modules of one name
are taken together: too much is kept rather than too little.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial

from hushflake.lint_plugin.walk import SUFFIXES, PathError, walk

from . import files
from .errors import CodemodFailureError
from .processes import spread

# What a transform most often takes away, under its own name.
COMMON = frozenset({"os", "environ", "getenv", "dotenv", "load_dotenv", "find_dotenv"})
# A module, by the last part of its name, and a name that is taken from it; `*` is all names.
Taken = tuple[str, str]

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
_FEW = 8


def taken(data: bytes, names: Collection[str] = COMMON) -> set[Taken]:
    """Return the names that a file takes from modules, each with the last part of the module's.

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
            name = words[0].decode("utf-8", "surrogateescape") if words else ""
            if name == "*" or name in names:
                found.add((_last(match[1]), name))
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
    yield owner.decode("utf-8", "surrogateescape")
    alias = rb"([\w\x80-\xff]+)[ \t\f\\]+as[ \t\f\\]+" + re.escape(owner) + rb"(?![\w\x80-\xff])"
    for match in re.finditer(alias, data) if b" as " + owner in data else ():
        yield match[1].decode("utf-8", "surrogateescape")


def _last(module: bytes) -> str:
    return module.rpartition(b".")[2].decode("utf-8", "surrogateescape")


def module_of(path: str) -> str:
    """Return the last part of the name under which other files import a file."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return os.path.basename(os.path.dirname(os.path.abspath(path))) if stem == "__init__" else stem


def kept_names(
    lost: Mapping[str, frozenset[str]], asked: Sequence[str], jobs: int = 1
) -> dict[str, frozenset[str]]:
    """Say which of the names that modules lose other files take from them.

    Args:
        lost: Path of a module -> the names that it loses, at least one.
        asked: The files that may import them; see `neighbours`.
        jobs: Number of processes.

    Returns:
        Path -> names that must stay, of the modules that have any.
    """
    if not lost:
        return {}
    modules = frozenset(map(module_of, lost))
    ask = partial(
        _taken_by,
        names=frozenset[str]().union(*lost.values()),
        modules=modules if len(modules) <= _FEW else frozenset(),
    )
    takes: set[Taken] = set()
    for chunk in spread(ask, asked, jobs):
        for _, found in chunk:
            takes |= found or frozenset()
    return _kept(lost, takes)


def kept_in_one(lost: frozenset[str], path: str, root: str) -> frozenset[str]:
    """Say the same of one module to who asks for one after the other: answers are remembered."""
    folder = os.path.dirname(os.path.abspath(path))
    takes = _all_taken(root, folder, COMMON)
    if lost - COMMON:
        takes |= _all_taken(root, folder, lost - COMMON)
    return _kept({path: lost}, takes).get(path, frozenset())


@cache
def _all_taken(root: str, folder: str, names: frozenset[str]) -> frozenset[Taken]:
    asked = neighbours(root, [folder])
    return frozenset[Taken]().union(*(_taken_by(path, names, frozenset()) for path in asked))


def _kept(
    lost: Mapping[str, frozenset[str]], takes: Collection[Taken]
) -> dict[str, frozenset[str]]:
    by_module: dict[str, set[str]] = {}
    for module, name in takes:
        by_module.setdefault(module, set()).add(name)
    found = {}
    for path, names in lost.items():
        wanted = by_module.get(module_of(path), set())
        kept = names if "*" in wanted else names & wanted
        if kept:
            found[path] = kept
    return found


def _taken_by(path: str, names: frozenset[str], modules: frozenset[str]) -> frozenset[Taken]:
    """Return what the file at `path` takes of `names`, from `modules` if there are any given."""
    with suppress(CodemodFailureError):
        data = files.read(path)
        if not modules or any(os.fsencode(module) in data for module in modules):
            return frozenset(taken(data, names))
    return frozenset()


def neighbours(root: str, folders: Iterable[str], *, ignore: bool = True) -> list[str]:
    """Return the files that may import those in `folders`.

    They are those of the repository at `root`; outside of any project, those of the folders.
    """
    if root and any(os.path.exists(os.path.join(root, mark)) for mark in _PROJECT):
        with suppress(PathError):
            return [file.target for file in walk([root], ignore=ignore).files]
    found = []
    for folder in sorted(set(folders)):
        with suppress(OSError), os.scandir(folder) as entries:
            found += [e.path for e in entries if e.name.endswith(SUFFIXES) and e.is_file()]
    return found
