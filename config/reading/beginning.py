"""What a process goes by that never calls `configure`: its variables, and its project's settings.

Looked for once, at the first read. The project is the one that the reading code belongs to, never
the working folder: a `pyproject.toml` above that code is as much of the application as the code
is. The search ends at the top of the repository, and at a folder or a file that somebody else
could have written: what lies there is not the application's own.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from threading import get_ident
from types import FrameType
from typing import Any, NamedTuple

from .. import regular
from ..errors import ConfigError
from . import access
from .cells import LiveTable, Table
from .first import FirstTable

VARIABLE = "HUSHFLAKE_PROJECT"
OFF = "off"
# Variables that each name a source, or where the audit trail goes; without a project they suffice.
ENOUGH = ("HUSHFLAKE_ESC", "HUSHFLAKE_STORES", "HUSHFLAKE_SOURCES", "HUSHFLAKE_AUDIT_DIR")
_FILE = "pyproject.toml"
_TOPS = (".git", ".hg", ".svn")
# Most files name the tool in no table: they need no TOML parser. An unusual spelling does.
_TABLE = re.compile(rb"tool[\"']?[ \t]*\.[ \t]*[\"']?hushflake|^[ \t]*tool[ \t]*=", re.MULTILINE)
# What is in no file, the standard library, and this one. Frozen programs have neither in files.
_PREFIXES = (
    "<",
    *(
        f"{Path(file).parents[steps]}{os.sep}"
        for file, steps in ((getattr(os, "__file__", None), 0), (globals().get("__file__"), 1))
        if file
    ),
)
# Where installed programs lie; a server's is no application.
_PROGRAMS = frozenset(
    Path(folder, name)
    for folder in (
        sys.prefix,
        sys.base_prefix,
        "/usr",
        "/usr/local",
        os.path.expanduser("~/.local"),  # noqa: PTH111 - it raises nothing without a home
    )
    for name in ("bin", "Scripts")
)
# What runs in each process before its program, as agents that watch it do.
_BEFORE = ("sitecustomize", "usercustomize")
_INSTALLED = frozenset({"site-packages", "dist-packages"})


_finder = 0  # the thread that finds out


class Beginning(NamedTuple):
    """The arguments of `configure`, and where they stand: a file, or "" for variables alone."""

    arguments: Mapping[str, Any]
    place: str


def begun() -> Table:
    """The table that answers; before anything else it is found out which one that is.

    One thread at a time: `first` sees to that.

    Raises:
        ConfigError: What the process should go by cannot be used. The next read says so, too.
    """
    global _finder  # noqa: PLW0603 - see there
    first = access.base()
    if not isinstance(first, FirstTable):
        return first
    if _finder == get_ident():
        # A source reads while it is made: of this process only the environment is there yet.
        return LiveTable(first.counters)
    _finder = get_ident()
    try:
        _begin(found(sys._getframe(1)), first)
    finally:
        _finder = 0
    return access.base()


def _begin(beginning: Beginning | None, first: FirstTable) -> None:
    if beginning is None:
        access.install(LiveTable(first.counters), over=first)
        return
    from ..settings import settled
    from . import process

    process.start(settled(beginning.arguments), place=beginning.place, over=first)


def _after_fork() -> None:
    global _finder  # noqa: PLW0603 - see `begun`
    _finder = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def found(frame: FrameType | None) -> Beginning | None:
    """What the process goes by; None for the live process environment and nothing else.

    Args:
        frame: The innermost one of the code that reads.

    Raises:
        ConfigError: The variable or the file cannot be used.
    """
    project = _project(frame)
    if project is not None:
        return project
    if any(os.environ.get(name) for name in ENOUGH):
        return Beginning({}, "")
    return None


def _project(frame: FrameType | None) -> Beginning | None:
    named = os.environ.get(VARIABLE, "")
    if named == OFF:
        return None
    path = _named(named) if named else _above(_own_file(frame))
    if path is None:
        return None
    from ..project.section import of_file

    project = of_file(path)
    if project is None and named:
        raise ConfigError(f"{VARIABLE}: {path} has no [tool.hushflake]")
    if project is None or not project.arguments:
        return None
    arguments = dict(project.arguments)
    if project.keys:
        from ..declared.raw import of_table

        arguments["keys"] = of_table(project.keys)
    return Beginning(arguments, str(path))


def _named(given: str) -> Path:
    path = Path(given)
    path = path / _FILE if path.is_dir() else path
    if not path.is_file():
        raise ConfigError(
            f"{VARIABLE}: {path}: no such file; name a pyproject.toml, its folder, or {OFF!r}"
        )
    return path


def _own_file(frame: FrameType | None) -> Path | None:
    """The innermost file on the stack, else the first one loaded, that no distribution brings."""
    for text in _files(frame):
        # A program has thousands of modules, of the standard library for the most part.
        if text and not text.startswith(_PREFIXES):
            path = Path(text)
            try:
                if _is_own(path) and path.is_file():
                    return path
            except OSError as error:
                raise _unreadable(path, error) from None
    return None


def _files(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back
    # A notebook has no file that its code would be from, but one that Visual Studio Code or
    # Jupyter names.
    main = sys.modules.get("__main__")
    yield from (_named_by(main, name) for name in ("__file__", "__vsc_ipynb_file__"))
    yield os.environ.get("JPY_SESSION_NAME", "")
    # A thread has a stack of its own (`asyncio.to_thread(preload)`), and a server's program is of a
    # distribution: then it is the module of the application that was imported first.
    loaded = dict(sys.modules)
    for module in loaded.values():
        if not any(module is loaded.get(name) for name in _BEFORE):
            yield _named_by(module, "__file__")


def _named_by(module: object, name: str) -> str:
    """What a module names, past `__getattr__`: a look loads none that is loaded at its use."""
    try:
        text = object.__getattribute__(module, "__dict__").get(name)
    except AttributeError:
        return ""
    return text if isinstance(text, str) else ""


def _is_own(path: Path) -> bool:
    return (
        path.is_absolute()
        and not _INSTALLED.intersection(path.parts)
        and path.parent not in _PROGRAMS
    )


def _above(code: Path | None) -> Path | None:
    """The nearest `pyproject.toml` above a file that has the table, and is the application's."""
    if code is None:
        return None
    path = code
    try:
        owners = {0, os.geteuid(), code.stat().st_uid} if hasattr(os, "geteuid") else set()
        for folder in code.parents:
            path = folder / _FILE
            is_file = path.is_file()
            wrong = _not_ours(path if is_file else folder, owners)
            if wrong:
                _warn(path, wrong)
                return None
            if is_file and _TABLE.search(_read(path)):
                return path
            if any((folder / name).exists() for name in _TOPS):
                return None
    except OSError as error:
        raise _unreadable(path, error) from None
    return None


def _not_ours(path: Path, owners: Set[int]) -> str:
    """Why somebody else may have written a file of a folder, or any there; "" if nobody may.

    Raises:
        OSError: It cannot be told.
    """
    found = path.stat()
    folder = found if stat.S_ISDIR(found.st_mode) else path.parent.stat()
    if folder.st_mode & stat.S_IWOTH:
        return "everybody may write to its folder"
    if found is folder:
        return ""
    if found.st_mode & stat.S_IWOTH:
        return "everybody may write to it"
    # A link is somebody's, as the file is that it leads to.
    if owners and not (found.st_uid in owners and path.lstat().st_uid in owners):
        return "it belongs to another user than the code"
    return ""


def _warn(path: Path, wrong: str) -> None:
    """Say that a file with settings is not used: somebody may have meant it."""
    try:
        if not _TABLE.search(_read(path)):
            return
    except (OSError, ConfigError):
        return  # nor may a stranger's file stop the program
    import logging

    logging.getLogger("hushflake.config").warning(
        "%s: its settings are not used, as %s; name the file in %s if they are meant, or %s",
        *(path, wrong, VARIABLE, OFF),
    )


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{path}: cannot be read ({type(error).__name__}); settings of [tool.hushflake.config] may "
        f"be there: make it readable, or set {VARIABLE}={OFF}"
    )


def _read(path: Path) -> bytes:
    data, wrong = regular.read(path, regular.MAX_BYTES)
    if wrong:
        raise ConfigError(f"{path}: {wrong}")
    return data
