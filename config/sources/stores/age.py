"""A file of the repository that is encrypted with age (extra `age`): `age:secrets.env.age`.

Inside is a .env file. Who decrypts it says the user's environment: `AGE_IDENTITY` names a file of
identities, else `~/.config/hushflake/age.txt` does. The file is read at each refresh.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ... import regular
from ...errors import ConfigSourceError
from ..base import Hidden, Loaded
from ..dotenv import bindings
from . import base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "age:FILE"
IDENTITY = "AGE_IDENTITY"
_DEFAULT = "~/.config/hushflake/age.txt"


class AgeStore:
    """One encrypted .env file. `${NAME}` in it is text: what is encrypted needs no composing."""

    remote = True

    def __init__(self, name: str, _settings: "Settings") -> None:
        self._path = Path(name)
        self.name = f"age:{name}"

    def load(self) -> Loaded:
        """The file's keys; all of them are secret."""
        pyrage = base.client("pyrage", "age", "age")
        place = os.environ.get(IDENTITY) or os.path.expanduser(_DEFAULT)  # noqa: PTH111
        identities = [
            pyrage.x25519.Identity.from_str(line)
            for line in self._read(Path(place)).decode("utf-8", "replace").splitlines()
            if line.startswith("AGE-SECRET-KEY-1")
        ]
        if not identities:
            raise ConfigSourceError(f"{self.name}: {place}: holds no age identity")
        try:
            text = pyrage.decrypt(self._read(self._path), identities).decode("utf-8")
        except UnicodeDecodeError:
            failure = "what is in it is not UTF-8 text"
        except pyrage.DecryptError:
            failure = f"none of the identities in {place} can decrypt it"
        else:
            values = Hidden()
            for key, value in bindings(text, self.name):
                if value is not None:
                    values[key] = value
            return Loaded(values, frozenset(values))
        raise ConfigSourceError(f"{self.name}: {failure}")

    def _read(self, path: Path) -> bytes:
        try:
            data, wrong = regular.read(path, base.MAX_BYTES)
        except OSError as error:
            wrong = f"cannot be read: {error.strerror}"
        if wrong:
            raise ConfigSourceError(f"{self.name}: {path}: {wrong}")
        return data


OPEN = AgeStore
