"""Which names of a module other files take: an import that looks unused may be there for them.

Told from bytes alone, as every file of a tree is asked. A module goes by the last part of its
name, so two modules of one name are taken together: too much is kept rather than too little.
"""

import os
import re
from collections.abc import Iterable, Iterator

# What a run may take away under its own name. Others are searched only if they are in question.
COMMON = (b"os", b"environ", b"getenv", b"dotenv", b"load_dotenv", b"find_dotenv")
Taken = tuple[str, str]

_NAME = re.compile(rb"[\w\x80-\xff]")
_STAR_IMPORT = re.compile(rb"from[ \t\f\\]+([.\w\x80-\xff]+)[ \t\f]+import[ \t\f(]*\*")
_FROM = re.compile(rb"^[ \t\f]*(?:.*[;:][ \t\f]*)?from[ \t\f\\]+([.\w\x80-\xff]+)[ \t\f]+import\b")
_OWNER = re.compile(rb"([\w\x80-\xff]+)\Z")
# How far above a name the `from` of its import may stand, in bytes.
_REACH = 2000


def taken(data: bytes, names: Iterable[bytes] = COMMON) -> set[Taken]:
    """Return the names that a file takes from modules, each with the last part of the module's.

    Found are `from module import *` (as `*`), `from module import name`, and `module.name`,
    also in a string such as `"package.module.os.environ"`.
    """
    found: set[Taken] = set()
    if b"*" in data and b"import" in data:
        found.update((_last(match[1]), "*") for match in _STAR_IMPORT.finditer(data))
    for name in names:
        found.update((module, name.decode()) for module in _owners(data, name))
    return found


def _owners(data: bytes, name: bytes) -> Iterator[str]:
    """Yield the modules that `name` may be taken from."""
    for mark in (b" " + name, b"." + name, b"(" + name, b"," + name, b"\t" + name):
        at = data.find(mark)
        while at >= 0:
            end = at + len(mark)
            if not _NAME.match(data, end):
                owner = _owner(data, at) if mark[:1] == b"." else _source(data, at)
                if owner is not None:
                    yield owner
            at = data.find(mark, end)


def _owner(data: bytes, at: int) -> str | None:
    match = _OWNER.search(data[max(0, at - 100) : at])
    return match[1].decode("utf-8", "replace") if match else None


def _source(data: bytes, at: int) -> str | None:
    """Return the module of the from-import that `at` stands in, if it stands in one."""
    above = data.rfind(b"from", max(0, at - _REACH), at)
    if above < 0:
        return None
    line = data.rfind(b"\n", 0, above) + 1
    match = _FROM.match(data[line:at])
    if match is None:
        return None
    # A statement ends with its line, unless a bracket or a backslash holds it open.
    between = data[line + match.end() : at]
    if b"\n" in between and b"\\" not in between and (b"(" not in between or b")" in between):
        return None
    return _last(match[1])


def _last(module: bytes) -> str:
    return module.rpartition(b".")[2].decode("utf-8", "replace")


def module_of(path: str) -> str:
    """Return the last part of the name under which other files import a file."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return os.path.basename(os.path.dirname(os.path.abspath(path))) if stem == "__init__" else stem
