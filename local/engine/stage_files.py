"""The files of stages: one folder a stage below the data folder, which nothing leaves.

A name of a file is data. Every part of a path is opened by itself, below the folder that holds it,
and never through a symbolic link: what somebody puts there leads nowhere.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..language.errors import SqlError
from . import limits

# https://docs.snowflake.com/en/sql-reference/sql/put: keys of object stores are as long at most.
_LONGEST_PATH = 1024
_LONGEST_NAME = 240
_MOST_FILES = 100_000
_DEEPEST = 64
_CHUNK = 1 << 20
MOST_BYTES = 5 * 1024**3
# What a disk keeps free, so that the database beside the files can go on.
_SPARE_BYTES = 256 * 1024**2
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe in the place of a file must not hang.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file in a stage.

    Attributes:
        path: Below the stage, parts separated by `/`.
        size: In bytes.
        modified: Nanoseconds since 1970.
    """

    path: str
    size: int
    modified: int


def checked_path(path: str) -> str:
    """Return a path below a stage in its normal form, empty for the stage itself.

    Raises:
        SqlError: It names something that no file in a stage can be called.
    """
    parts = [part for part in path.split("/") if part]
    if (
        len(path) > _LONGEST_PATH
        or len(parts) > _DEEPEST
        or _CONTROL.search(path)
        or any(part in {".", ".."} for part in parts)
        or any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts)
    ):
        raise SqlError(
            f"Invalid path in a stage: {path[:100]!r}. A part of a path is at most "
            f"{_LONGEST_NAME} bytes long, is neither `.` nor `..`, and has no control characters.",
            1011,
            "22023",
        )
    return "/".join(parts)


class Area:
    """The files of one stage.

    Args:
        root: Its folder; made when the first file comes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._digests: dict[str, tuple[tuple[int, int, int], str]] = {}

    def files(self, prefix: str = "") -> list[StagedFile]:
        """Return the files whose paths begin with `prefix`, by path.

        Raises:
            SqlError: There are more than a stage may hold here.
        """
        found: list[StagedFile] = []
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for file in self._walk("", 0, prefix):
                if len(found) == _MOST_FILES:
                    raise SqlError(
                        f"The stage holds more than {_MOST_FILES:,} files: name a path in it.",
                        90153,
                        "22000",
                    )
                found.append(file)
        return sorted(found, key=lambda file: file.path)

    def _walk(self, below: str, depth: int, prefix: str) -> Iterator[StagedFile]:
        limits.check()
        folder = self._folder(below.split("/") if below else [])
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
            for entry in listed:
                path = f"{below}/{entry.name}" if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    near = f"{path}/".startswith(prefix) or prefix.startswith(f"{path}/")
                    if depth < _DEEPEST and near:
                        yield from self._walk(path, depth + 1, prefix)
                elif entry.is_file(follow_symlinks=False) and path.startswith(prefix):
                    facts = entry.stat(follow_symlinks=False)
                    if not _CONTROL.search(path):
                        yield StagedFile(path, facts.st_size, facts.st_mtime_ns)
        finally:
            os.close(folder)

    def _folder(self, parts: list[str], *, make: bool = False) -> int:
        """Return a descriptor of a folder in the stage."""
        if make:
            private_folder(self.root)
        current = os.open(self.root, _FOLDER)
        for part in parts:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o700, dir_fd=current)
            try:
                below = os.open(part, _FOLDER, dir_fd=current)
            finally:
                os.close(current)
            current = below
        return current

    def find(self, path: str) -> StagedFile | None:
        """Return the file of exactly that path."""
        try:
            with self.open(path) as file:
                facts = os.fstat(file.fileno())
        except (OSError, SqlError):
            return None
        return StagedFile(checked_path(path), facts.st_size, facts.st_mtime_ns)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading.

        Raises:
            SqlError: There is none.
        """
        *parts, name = checked_path(path).split("/")
        try:
            folder = self._folder(parts)
            try:
                file = os.open(name, _READ, dir_fd=folder)
            finally:
                os.close(folder)
        except OSError:
            raise no_file(path) from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise no_file(path)
        return os.fdopen(file, "rb")

    def digest(self, file: StagedFile) -> str:
        """Return the MD5 of a file, which LIST shows and by which COPY knows what it has loaded."""
        with self.open(file.path) as opened:
            facts = os.fstat(opened.fileno())
            mark = (facts.st_ino, facts.st_size, facts.st_mtime_ns)
            known = self._digests.get(file.path)
            if known is not None and known[0] == mark:
                return known[1]
            made = hashlib.md5(usedforsecurity=False)
            while piece := opened.read(_CHUNK):
                limits.check()
                made.update(piece)
        if len(self._digests) > _MOST_FILES:
            self._digests.clear()
        self._digests[file.path] = (mark, made.hexdigest())
        return made.hexdigest()

    def make_folder(self, path: str) -> Path:
        """Make a folder in the stage, and return it for a client that writes in it by itself."""
        made = checked_path(path)
        try:
            os.close(self._folder(made.split("/") if made else [], make=True))
        except OSError as error:
            raise cannot_write(path, error) from None
        return self.root / made

    def remove(self, path: str) -> bool:
        """Delete a file, and the folders that are empty then; tell whether it was there."""
        *parts, name = checked_path(path).split("/")
        try:
            folder = self._folder(parts)
            try:
                os.unlink(name, dir_fd=folder)
            finally:
                os.close(folder)
        except OSError:
            return False
        while parts:
            name = parts.pop()
            try:
                folder = self._folder(parts)
                try:
                    os.rmdir(name, dir_fd=folder)
                finally:
                    os.close(folder)
            except OSError:
                break
        return True

    def writing(self, path: str) -> "Writing":
        """Return what writes a file of that path."""
        return Writing(self, checked_path(path))

    def put(self, source: Path, path: str) -> None:
        """Move a finished file into the stage, in the place of an old one."""
        *parts, name = path.split("/")
        try:
            folder = self._folder(parts, make=True)
            try:
                os.rename(source, name, dst_dir_fd=folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise cannot_write(path, error) from None


class Writing:
    """A file on its way into a stage: seen by nobody before `finish`.

    Args:
        area: Of the stage.
        path: In the stage, in its normal form.
    """

    def __init__(self, area: Area, path: str) -> None:
        self._area, self._path = area, path
        self._size = 0
        place = area.root.parent / "incoming"
        private_folder(place)
        self._temporary = place / secrets.token_hex(16)
        self._file = os.fdopen(os.open(self._temporary, _NEW, 0o600), "wb")

    @property
    def size(self) -> int:
        """The bytes that were written."""
        return self._size

    def write(self, piece: bytes) -> int:
        """Add to the file.

        Raises:
            SqlError: It grows larger than a file in a stage may be, or the disk is nearly full.
        """
        before = self._size // _SPARE_BYTES
        self._size += len(piece)
        if self._size > MOST_BYTES:
            raise SqlError(
                f"The file {self._path!r} has more than {MOST_BYTES:,} bytes.", 253_003, "22000"
            )
        if self._size // _SPARE_BYTES != before or before == 0:
            free = shutil.disk_usage(self._temporary.parent).free
            if free < _SPARE_BYTES:
                raise SqlError(
                    "The disk of the local stack's data folder is nearly full: free some space.",
                    253_003,
                    "53100",
                )
        return self._file.write(piece)

    def finish(self) -> None:
        """Show the file in the stage."""
        self._file.close()
        try:
            self._area.put(self._temporary, self._path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Forget what was written."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


class Stages:
    """The files of all stages of a stack.

    Args:
        folder: Where they lie; None keeps them in a temporary folder until `close`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._held = None if folder else tempfile.TemporaryDirectory(prefix="hushflake-stages-")
        self._folder = folder or Path(self._held.name if self._held else "")
        self._areas: dict[int, Area] = {}
        shutil.rmtree(self._folder / "incoming", ignore_errors=True)

    def of(self, owner: int) -> Area:
        """Return the files of a stage, or those that belong to a table or a user, by its id."""
        area = self._areas.get(owner)
        if area is None:
            area = self._areas.setdefault(owner, Area(self._folder / str(owner)))
        return area

    def forget(self, owner: int) -> None:
        """Delete the files of an object that is gone."""
        self._areas.pop(owner, None)
        shutil.rmtree(self._folder / str(owner), ignore_errors=True)

    def owners(self) -> list[int]:
        """Return the ids of the objects that have files."""
        with contextlib.suppress(FileNotFoundError):
            return [int(entry.name) for entry in self._folder.iterdir() if entry.name.isdigit()]
        return []

    def close(self) -> None:
        """Delete the files when they are temporary."""
        if self._held is not None:
            self._held.cleanup()


def private_folder(path: Path) -> None:
    """Make a folder of the stages, and the one that holds all, for this user alone."""
    for place in (path.parent, path):
        place.mkdir(mode=0o700, exist_ok=True)


def no_file(path: str) -> SqlError:
    """Return the error for a file that is not in a stage (000608)."""
    return SqlError(f"Remote file '{path[:200]}' was not found.", 91016, "02000")


def cannot_write(path: str, error: OSError) -> SqlError:
    """Return the error for a file that the disk does not take."""
    return SqlError(
        f"The file {path[:200]!r} cannot be written in the stage: {error.strerror}. A path cannot "
        "lead through a file of the local stack's stages.",
        253_003,
        "22000",
    )
