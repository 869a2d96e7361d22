"""A file of the repository that is encrypted with age (extra `age`): `age:secrets.env.age`.

Inside is a .env file. Who decrypts it says the user's environment: `AGE_IDENTITY` names a file of
identities (of age, or a private key of SSH), else `~/.config/hushflake/age.txt` is it. For whom it
is encrypted when it is written, `AGE_RECIPIENTS` says. The file is read at each refresh.
"""

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigSourceError
from ..base import Hidden, Loaded
from ..dotenv import bindings
from . import _age_keys as keys
from . import _written as written
from . import base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "age:FILE"
EXTRA = "age"
NEEDS = "AGE_IDENTITY, a file with an identity that decrypts the file"
_STANZA = re.compile(rb"(?m)^-> (?!.*-grease)")


class AgeStore:
    """One encrypted .env file. `${NAME}` in it is text: what is encrypted needs no composing."""

    remote = True
    away = False  # it is on this machine

    def __init__(self, name: str, _settings: "Settings") -> None:
        self._given = name
        self.name = f"age:{name}"

    def load(self) -> Loaded:
        """The file's keys; all of them are secret."""
        values = self._values(self._decrypted(self._data()))
        return Loaded(values, frozenset(values))

    def held(self, *, create: bool) -> Mapping[str, str]:
        """The file's keys; none where it is still to be made."""
        if create and not os.path.lexists(self._given):
            return Hidden()
        return self.load().values

    def refused(self, asked: Collection[str]) -> dict[str, str]:
        """Key -> why it cannot be kept under its name."""
        why = "a .env file takes letters, digits, dots, hyphens and underscores; rename the key"
        return {key: why for key in asked if not written.KEY.fullmatch(key)}

    def write(self, values: Mapping[str, str], _plain: Collection[str]) -> str:
        """Encrypt the file anew, with these keys beside the others."""
        pyrage = base.client("pyrage", "age", "age")
        recipients = keys.recipients(self.name, pyrage)
        path = keys.inside(self._given, self.name)
        is_new = not os.path.lexists(path)
        before = b"" if is_new else self._data()
        fewer = len(_STANZA.findall(before.partition(b"\n---")[0])) - len(recipients)
        if fewer > 0:
            raise ConfigSourceError(
                f"{self.name}: it is encrypted for {fewer} more than {keys.RECIPIENTS} names; they "
                "could not read it any more. Name all of them"
            )
        text = "" if is_new else self._decrypted(before)
        after = pyrage.encrypt(written.with_values(text, values, self.name).encode(), recipients)
        if is_new:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.close(descriptor)
        written.replace(path, before, after, self.name)
        wrong = base.differing(self.load().values, values)
        if wrong:
            raise ConfigSourceError(f"{self.name}: {', '.join(wrong)} came back changed")
        return ""

    def _data(self) -> bytes:
        return keys.read(keys.inside(self._given, self.name), self.name)

    def _decrypted(self, data: bytes) -> str:
        pyrage = base.client("pyrage", "age", "age")
        place = os.environ.get(keys.IDENTITY) or os.path.expanduser(keys.DEFAULT)  # noqa: PTH111
        text = keys.read(keys.expanded(place), self.name).decode("utf-8", "replace")
        identities = keys.identities_in(text, pyrage)
        if not identities:
            raise ConfigSourceError(f"{self.name}: {place}: holds no age identity")
        try:
            return _text(pyrage.decrypt(data, identities))
        except UnicodeDecodeError:
            failure = "what is in it is not UTF-8 text"
        except pyrage.DecryptError:
            failure = f"none of the identities in {place} can decrypt it"
        raise ConfigSourceError(f"{self.name}: {failure}")

    def _values(self, text: str) -> Hidden:
        values = Hidden()
        for key, value in bindings(text, self.name):
            if value is not None:
                values[key] = value
        return values


def _text(data: Any) -> str:
    return bytes(data).decode("utf-8")


OPEN = AgeStore
