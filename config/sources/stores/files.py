"""A folder of files, one per secret: what Docker and Kubernetes mount (`files:/run/secrets`).

A file's name is the key; its text without one line break at the end is the value. A key is found
under the file's own name and in upper case with underscores (`db-password`: DB_PASSWORD).
Kubernetes changes a mounted secret by pointing its link `..data` elsewhere: names that begin with
a dot are left out, and links may lead anywhere inside of the folder.
"""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ... import regular
from ...errors import ConfigSourceError
from ..base import Hidden, Loaded
from . import base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "files:FOLDER"
EXTRA = ""
NEEDS = "the same files mounted"
MAX_FILES = 10_000
_DATA = "..data"
_TRIES = 4
MAX_BYTES = 1 << 20  # of a file: both keep a secret below 1 MB


class FilesStore:
    """The files of one folder."""

    remote = True  # Asked again in the background: they are replaced while a program runs.
    away = False  # it is on this machine

    def __init__(self, name: str, _settings: "Settings") -> None:
        self._folder = Path(name)
        self.name = f"files:{name}"

    def load(self) -> Loaded:
        """Every file of one generation; none where there is no folder, as outside of a container.

        Raises:
            ConfigSourceError: A file cannot be read, or the folder changes faster than it is read.
        """
        for _ in range(_TRIES):
            begun, failure = self._generation(), None
            try:
                values = Hidden({name: self._text(name) for name in self._names()})
            except ConfigSourceError as error:
                failure = error  # of a file that went, perhaps with its generation
            if self._generation() == begun:
                if failure is not None:
                    raise failure
                values, ambiguous = base.derived(values)
                return Loaded(values, frozenset(values), ambiguous)
        raise ConfigSourceError(f"{self.name}: it changes while it is read", out_of_reach=True)

    def _generation(self) -> str:
        """Which files Kubernetes shows now; half of one generation and half of another is none."""
        try:
            return os.readlink(self._folder / _DATA)  # noqa: PTH115
        except OSError:
            return ""

    def _names(self) -> list[str]:
        try:
            names = sorted(os.listdir(self._folder))  # noqa: PTH208
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ConfigSourceError(f"{self.name}: cannot be read: {error.strerror}") from None
        if len(names) > MAX_FILES:
            raise ConfigSourceError(f"{self.name}: holds more than {MAX_FILES} files")
        return [name for name in names if not name.startswith(".") and self._is_file(name)]

    def _is_file(self, name: str) -> bool:
        path = self._folder / name
        try:
            is_file = stat.S_ISREG(path.stat().st_mode)
        except OSError as error:
            raise ConfigSourceError(
                f"{self.name}: {name}: cannot be read: {error.strerror}"
            ) from None
        if is_file and path.is_symlink():
            inside = os.path.join(os.path.realpath(self._folder), "")  # noqa: PTH118
            if not os.path.realpath(path).startswith(inside):
                raise ConfigSourceError(f"{self.name}: {name}: is a link out of the folder")
        return is_file

    def _text(self, name: str) -> str:
        try:
            data, wrong = regular.read(self._folder / name, MAX_BYTES)
            if not wrong:
                text = data.decode("utf-8")
                return text.removesuffix("\n").removesuffix("\r")
        except OSError as error:
            wrong = f"cannot be read: {error.strerror}"
        except UnicodeDecodeError:
            wrong = "is not UTF-8 text"
        raise ConfigSourceError(f"{self.name}: {name}: {wrong}")


OPEN = FilesStore
