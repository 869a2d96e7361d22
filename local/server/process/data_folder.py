"""The data folder of a stack: whether this user's hushflake made it, and who may write in it.

A checkout can carry a `.hushflake` with any content, also into a working tree that has one, and
Git makes the user the owner of what it writes. So what decides anything (the token, the port, the
settings) lies in the user's state directory, and a data folder is used only when a record there
knows it: by its path, its device and inode, the inode of its database, and a random id in it.

    STATE/stacks/KEY/   record.json  settings.json  token  server.json  server.lock  start.lock
    FOLDER/stacks/NAME/ folder-id  stack.duckdb  log.jsonl  server.log  vectors/  stages/
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...language.errors import LocalStackError, LocalStackUsageError
from .files import replace_file
from .state_home import own_folder, state_home, what_is_wrong

DATABASE = "stack.duckdb"
_ID = "folder-id"
_RECORD = "record.json"
# Vectors beside the tables, and what DuckDB puts out when memory is short.
_FOLDERS = ("vectors", f"{DATABASE}.tmp")
# The files of stages: the engine opens each part of a path by itself, and follows no link.
STAGES, SAVED_STAGES = "stages", "snapshot.stages"
# What an earlier version kept beside the data.
_MOVED_OUT = ("token", "server.json", "server.lock", "start.lock", "settings.json")


class ForeignFolderError(LocalStackUsageError):
    """A data folder that this user's hushflake did not make."""


def state_of(home: Path) -> Path:
    """Return the folder in the state directory that belongs to a data folder; it may be missing.

    Raises:
        LocalStackError: There is no state directory that is the user's own.
    """
    return state_home() / "stacks" / hashlib.sha256(os.fsencode(home)).hexdigest()[:32]


def require_safe(home: Path) -> None:
    """Fail when a part of a data folder is a link, another user's, or can be written by others.

    Raises:
        LocalStackUsageError: With the part and the remedy.
    """
    for path in (home.parent.parent, home.parent, home):
        _require(path, folder=True)
    for path in _content(home):
        folder = path.name in _FOLDERS
        _require(path, folder=folder or path.name in (STAGES, SAVED_STAGES))
        for inner in _content(path) if folder else ():
            _require(inner, folder=False)


def _content(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def _require(path: Path, *, folder: bool) -> None:
    problem = what_is_wrong(path, folder=folder)
    if problem is not None:
        raise LocalStackUsageError(f"{path}: {problem}")


def is_ours(home: Path) -> bool:
    """Tell whether a record knows the folder that is at `home` now."""
    try:
        record = json.loads((state_of(home) / _RECORD).read_text("utf-8"))
        # A pipe in the place of the file must not hang.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(home / _ID, flags), encoding="utf-8") as file:
            found = file.read(200)
    except (OSError, ValueError):
        return False
    known = (record.get("folder"), record.get("id")) == (_inode(home), found)
    held = record.get("database")
    # A database that was replaced, which a checkout does, is another file.
    return known and (held is None or _inode(home / DATABASE) in (held, None))


def require_ours(home: Path) -> None:
    """Fail unless `home` is missing, or a folder that this user's hushflake made.

    Raises:
        LocalStackUsageError: It is not; the message says what to do.
    """
    require_safe(home)
    if not _content(home) or is_ours(home):
        return
    name = "" if home.name == "local" else f" --stack {home.name}"
    raise ForeignFolderError(
        f"{home}: this data folder was not made by your hushflake on this machine: it came with a "
        "checkout or a copy, or from an earlier version. Nothing in it was opened. `hushflake "
        f"stack start{name} --fresh` moves it aside and starts with an empty one; if it is yours, "
        f"`hushflake stack adopt{name}` takes it over"
    )


def claim(home: Path) -> Path:
    """Make the data folder when it is missing or empty, and return its folder of state.

    Callers hold `starting`.

    Raises:
        LocalStackUsageError: There is a folder that is not ours.
        LocalStackError: It cannot be made.
    """
    # Other parts make the first of these too, under the user's own umask.
    for path in (home.parent.parent, home.parent):
        if not home.exists():
            _tighten(path)
    require_ours(home)
    state = own_folder(state_of(home))
    if not _content(home):
        for path in (home.parent.parent, home.parent, home):
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=0o700, parents=True)
        ignore = home.parent.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("# Local data of hushflake: not for the repository.\n*\n", "utf-8")
        _record(home)
        _prune(state.parent)
    else:
        _note_database(home)
    return state


def adopt(home: Path) -> None:
    """Take over a data folder that its user vouches for; callers hold `starting`.

    Its files become private to the user. Of what an earlier version kept in it, the settings are
    kept and the token goes.

    Raises:
        LocalStackUsageError: There is none, or it holds links or another user's files.
    """
    if not _content(home):
        raise LocalStackUsageError(f"{home}: there is no data folder to take over")
    for path in (home.parent.parent, home.parent, home):
        _tighten(path)
    for path in _content(home):
        _tighten(path)
    require_safe(home)
    old = _old_settings(home)
    for name in (_ID, *_MOVED_OUT):
        (home / name).unlink(missing_ok=True)
    # A cache: it is made again, and a wrong one would give wrong answers.
    shutil.rmtree(home / "vectors", ignore_errors=True)
    state = own_folder(state_of(home))
    _record(home)
    if old and not (state / "settings.json").exists():
        replace_file(state / "settings.json", json.dumps(old).encode())


def set_aside(home: Path) -> Path | None:
    """Rename a data folder out of the way, and return its new path; None when there is none."""
    if home.is_symlink() or not home.exists():
        return None
    moved = home.with_name(f"{home.name}.aside-{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while moved.exists():
        moved = moved.with_suffix(f".{number}")
        number += 1
    home.rename(moved)
    forget(home)
    return moved


def forget(home: Path) -> None:
    """Lose the record, the settings and the token of a data folder."""
    for name in (_RECORD, "settings.json", "token", "server.json"):
        (state_of(home) / name).unlink(missing_ok=True)


def note_database(home: Path) -> None:
    """Remember which file the database of a folder is, once a server has made it."""
    if is_ours(home):
        _note_database(home)


@contextlib.contextmanager
def starting(home: Path) -> Iterator[None]:
    """Let one process or thread at a time prepare a data folder or start its server."""
    with (own_folder(state_of(home)) / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Write a new file that nobody else can read, in place of an old one.

    Raises:
        OSError: It cannot be written, or somebody made one meanwhile.
    """
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _record(home: Path) -> None:
    mark = secrets.token_urlsafe(32)
    try:
        write_private(home / _ID, mark)
    except OSError as error:
        raise LocalStackError(f"{home / _ID}: cannot write: {error.strerror}") from None
    facts = {
        "path": str(home),
        "folder": _inode(home),
        "database": _inode(home / DATABASE),
        "id": mark,
    }
    replace_file(state_of(home) / _RECORD, json.dumps(facts).encode())


def _note_database(home: Path) -> None:
    path = state_of(home) / _RECORD
    record = json.loads(path.read_text("utf-8"))
    found = _inode(home / DATABASE)
    # None where there is no file: the next server makes one.
    if record.get("database") is None or found is None:
        replace_file(path, json.dumps({**record, "database": found}).encode())


def _tighten(path: Path) -> None:
    """Take write permission from others, where the file or folder is the user's own."""
    with contextlib.suppress(OSError):
        if not path.is_symlink() and path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode & ~0o022)


def _old_settings(home: Path) -> dict[str, Any]:
    from ...cortex.embedder import CHOICES
    from ...cortex.vectors.modes import MODES

    try:
        held = json.loads((home / "settings.json").read_text("utf-8"))
        kept: dict[str, Any] = {"scheduler": float(held.get("scheduler") or 0)}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    for name, known in (("embedder", CHOICES), ("vectors", MODES)):
        if held.get(name) in known:
            kept[name] = held[name]
    return kept


def _inode(path: Path) -> list[int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return [found.st_dev, found.st_ino]


def _prune(stacks: Path) -> None:
    """Lose the state of data folders that are gone, unless a server still holds it."""
    for state in stacks.iterdir():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            home = Path(json.loads((state / _RECORD).read_text("utf-8"))["path"])
            if home.exists():
                continue
            with (
                (state / "server.lock").open("a") as served,
                (state / "start.lock").open("a") as file,
            ):
                fcntl.flock(served, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(state)
