"""Contents that a program wants as a file, as ESC's `files` are: written when they are asked for.

One folder a process, 0700, with one file a key, 0600. A refresh rewrites what has changed, in place
of the old text as a whole. Folder and files go when the process ends: at exit, on SIGTERM, and
when a worker of `multiprocessing` leaves. What a killed process left is removed by the next one
that writes files: a lock on each folder says whether its process still lives.
"""

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

_BEGINNING = "hushflake-files-"
_YOUNG = 60.0  # seconds in which a folder may still be without its lock

_lock = threading.RLock()
_folder: "_Folder | None" = None
# Called when the first file of a process is to be written: its ends are watched from then on.
_begun: Callable[[], None] | None = None


class _Folder:
    """The folder of one process; a child that was forked leaves it alone."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        import tempfile

        self.path = Path(tempfile.mkdtemp(prefix=_BEGINNING))
        self.texts: dict[str, str] = {}
        # Kept open: it ends with the process, however that ends.
        self._descriptor = _locked(self.path)

    def __repr__(self) -> str:
        return f"_Folder({len(self.texts)} files)"

    def write(self, key: str, text: str) -> str:
        path = self.path / key
        if self.texts.get(key) != text or not path.exists():
            new = self.path / f".{key}.{threading.get_ident()}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
                file.write(text.encode("utf-8"))
            new.replace(path)
            self.texts[key] = text
        return str(path)

    def drop(self, key: str) -> None:
        self.texts.pop(key, None)
        with contextlib.suppress(OSError):
            (self.path / key).unlink()

    def remove(self) -> None:
        if self.pid == os.getpid():
            _removed(self.path)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def on_first(begun: Callable[[], None]) -> None:
    """Call `begun` before the first file of a process is written."""
    global _begun  # noqa: PLW0603 - the state of the process
    _begun = begun


def path_of(key: str, text: str) -> tuple[str, str]:
    """The path of a file of this process that holds the text, and why there is none."""
    global _folder  # noqa: PLW0603 - the state of the process
    try:
        with _lock:
            if _folder is None or _folder.pid != os.getpid():
                if _begun is not None:
                    _begun()
                _remove_abandoned()
                _folder = _Folder()
            return _folder.write(key, text), ""
    except OSError as error:
        reason = error.strerror or type(error).__name__
    return "", f"its file cannot be written below {_temporary()} ({reason}): set TMPDIR"


def _temporary() -> Path:
    import tempfile

    return Path(tempfile.gettempdir())


def update(texts: Mapping[str, str]) -> None:
    """Let the files that are there hold these texts, and remove those of other keys."""
    with _lock:
        if _folder is None or _folder.pid != os.getpid():
            return
        for key in list(_folder.texts):
            if key not in texts:
                _folder.drop(key)
            else:
                with contextlib.suppress(OSError):  # the next read says so
                    _folder.write(key, texts[key])


def remove() -> None:
    """Remove the files of this process."""
    global _folder  # noqa: PLW0603 - the state of the process
    with _lock:
        if _folder is not None:
            _folder.remove()
            _folder = None


def _locks() -> ModuleType | None:
    try:
        import fcntl
    except ImportError:  # on Windows nothing is left by the system's own cleaning
        return None
    return fcntl


def _locked(path: Path) -> int | None:
    """Hold a folder as one of a process that lives; None where it is held, or locks are unknown."""
    fcntl = _locks()
    if fcntl is None:
        return None
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW
    descriptor = os.open(path, flags)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_abandoned() -> None:
    """Remove folders of ours whose processes were killed."""
    if _locks() is None:
        return
    with contextlib.suppress(OSError):
        for path in _temporary().glob(f"{_BEGINNING}*"):
            with contextlib.suppress(OSError):
                found = path.lstat()
                is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
                if is_ours and time.time() - found.st_mtime > _YOUNG:
                    descriptor = _locked(path)
                    if descriptor is not None:
                        _removed(path)
                        os.close(descriptor)


def _removed(path: Path) -> None:
    with contextlib.suppress(OSError):
        for file in path.iterdir():
            with contextlib.suppress(OSError):
                file.unlink()
        path.rmdir()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's may be held by a thread that is not here
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
