"""A file of the repository that SOPS encrypted for age keys (extra `sops`): `sops:secrets.yaml`.

YAML, JSON and .env files. A value is found under its path and under the names that derive from it
(`db.password`: DB_PASSWORD), as in Pulumi ESC. The identities are those that `sops` takes from the
user's environment: `SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE`, `SOPS_AGE_SSH_PRIVATE_KEY_FILE`, and
`sops/age/keys.txt` in the folder of the user's settings. `.sops.yaml` is not read: what is written
is encrypted for those that the file itself names.
"""

import os
import time
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, ConfigSourceError
from ...esc.names import names
from ...esc.values import Leaf as Named
from ..base import Hidden, Loaded
from ..dotenv import bindings
from . import _age_keys as keys
from . import _sops as sops
from . import _written as written
from . import base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "sops:FILE"
EXTRA = "sops"
NEEDS = "SOPS_AGE_KEY_FILE, a file with an identity that opens the file"
_FORMATS = {
    ".yaml": "_sops_yaml",
    ".yml": "_sops_yaml",
    ".json": "_sops_json",
    ".env": "_sops_dotenv",
}
_FILES = ("SOPS_AGE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_FILE", keys.IDENTITY)
_DEFAULT = "sops/age/keys.txt"


class SopsStore:
    """One encrypted file."""

    remote = True
    away = False  # it is on this machine

    def __init__(self, name: str, _settings: "Settings") -> None:
        ending = os.path.splitext(name)[1] or os.path.basename(name)  # noqa: PTH119, PTH122
        if ending not in _FORMATS:
            raise ConfigError(
                f"stores: {name[:200]!r}: write {USAGE} of a file that ends in "
                f"{', '.join(sorted(_FORMATS))}"
            )
        self._given = name
        self._format: Any = import_module(f"{__package__}.{_FORMATS[ending]}")
        self._dotenv = ending == ".env"
        self.name = f"sops:{name}"

    def load(self) -> Loaded:
        """The file's values; those that are encrypted are secret."""
        leaves, metadata = self._format.parse(self._text(self._data()), self.name)
        found = sops.opened(leaves, metadata, self._key(metadata), self.name)
        facts = {"sops.modified": str(metadata.get("lastmodified", ""))[:40]}
        if self._dotenv:
            values = self._bound(found)
            secret = {str(leaf.path[0]) for leaf, _, encrypted in found if encrypted}
            return Loaded(values, frozenset(secret & set(values)), {}, facts)
        named = names(
            Named(leaf.path, None if leaf.raw is None else text, encrypted)
            for leaf, text, encrypted in found
        )
        return Loaded(
            {name: leaf.text or "" for name, leaf in named.leaves.items()},
            frozenset(name for name, leaf in named.leaves.items() if leaf.secret),
            named.ambiguous,
            facts,
        )

    def _bound(self, found: list[tuple[sops.Leaf, str, bool]]) -> Hidden:
        """The values of a .env file: what SOPS keeps of a line is read as one."""
        values = Hidden()
        for leaf, text, _ in found:
            key = str(leaf.path[0])
            if "\n" in text and text[0] not in "'\"":
                values[key] = text  # several lines without quotes, which only SOPS can write
                continue
            for name, value in bindings(f"{key}={text}", self.name):
                values[name] = value or ""
        return values

    def held(self, *, create: bool) -> Mapping[str, str]:
        """The file's values. `create`: `sops` itself makes a file, it knows for whom."""
        if create and not os.path.lexists(self._given):
            raise ConfigError(f"{self.name}: there is no such file; make it with `sops edit`")
        return self.load().values

    def refused(self, asked: Collection[str]) -> dict[str, str]:
        """Key -> why it cannot be kept under its name."""
        why = "SOPS takes letters, digits, dots, hyphens and underscores there; rename the key"
        return {key: why for key in asked if not written.KEY.fullmatch(key) or key == "sops"}

    def write(self, values: Mapping[str, str], _plain: Collection[str]) -> str:
        """Encrypt these keys beside the others, under their names on the first level."""
        path = keys.inside(self._given, self.name)
        before = self._data()
        text = self._text(before)
        leaves, metadata = self._format.parse(text, self.name)
        key, rules = self._key(metadata), sops.Rules(metadata)
        if not rules.known:
            raise ConfigError(
                f"{self.name}: whether a key is encrypted depends on a pattern that is not "
                "evaluated here; use `sops set`"
            )
        found = sops.opened(leaves, metadata, key, self.name)
        inside = {name: self._line(value) for name, value in values.items()}
        bytes_ = [
            (inside.pop(str(leaf.path[0])).encode(), rules.encrypts(leaf.steps))
            if len(leaf.path) == 1 and leaf.path[0] in inside
            else (self._bytes(leaf, text_, encrypted), encrypted)
            for leaf, text_, encrypted in found
        ]
        bytes_ += [(value.encode(), rules.encrypts((name,))) for name, value in inside.items()]
        modified = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        raw = {
            name: sops.encrypted(self._line(value), key, (name,))
            if rules.encrypts((name,))
            else self._line(value)
            for name, value in values.items()
        }
        after = self._format.edited(
            text,
            raw,
            {"lastmodified": modified, "mac": sops.mac_of(bytes_, rules, key, modified)},
            self.name,
        )
        self._verify(after, values)
        written.replace(path, before, after.encode(), self.name)
        return modified

    def _verify(self, text: str, values: Mapping[str, str]) -> None:
        """Read what is about to be written, as if it were there."""
        leaves, metadata = self._format.parse(text, self.name)
        found = sops.opened(leaves, metadata, self._key(metadata), self.name)
        held = {str(leaf.path[0]): value for leaf, value, _ in found if len(leaf.path) == 1}
        wrong = base.differing(self._bound(found) if self._dotenv else held, values)
        if wrong:
            raise ConfigSourceError(
                f"{self.name}: {', '.join(wrong)} cannot be kept there; nothing was written"
            )

    def _line(self, value: str) -> str:
        return written.quoted(value) if self._dotenv else value

    @staticmethod
    def _bytes(leaf: sops.Leaf, text: str, encrypted: bool) -> bytes:
        if not encrypted:
            return leaf.plain
        # What was read in lower case is in title case there.
        is_bool = (leaf.raw or "").endswith("type:bool]")
        return (text.title() if is_bool else text).encode()

    def _data(self) -> bytes:
        return keys.read(keys.inside(self._given, self.name), self.name)

    def _text(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            failure = f"{self.name}: is not UTF-8 text"
        raise ConfigSourceError(failure)

    def _key(self, metadata: Mapping[str, Any]) -> bytes:
        if not metadata.get("mac"):
            raise ConfigSourceError(
                f"{self.name}: is not encrypted with SOPS; `sops encrypt` does it"
            )
        identities, where = _identities(self.name)
        return sops.data_key(metadata, identities, self.name, where)


def _identities(store: str) -> tuple[list[Any], str]:
    """The identities of the user, and where they were looked for."""
    pyrage = base.client("pyrage", "sops", "sops")
    found = keys.identities_in(os.environ.get("SOPS_AGE_KEY", "").replace(",", "\n"), pyrage)
    places = [name for name in _FILES if os.environ.get(name)]
    for name in places:
        path = keys.expanded(os.environ[name])
        found += keys.identities_in(keys.read(path, store).decode("utf-8", "replace"), pyrage)
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    default = os.path.join(settings, _DEFAULT)  # noqa: PTH118
    if os.path.isfile(default):  # noqa: PTH113
        places.append(default)
        path = keys.expanded(default)
        found += keys.identities_in(keys.read(path, store).decode("utf-8", "replace"), pyrage)
    if not found:
        raise ConfigSourceError(
            f"{store}: no age identity: set SOPS_AGE_KEY_FILE to a file with one, or put it into "
            f"{default}"
        )
    return found, ", ".join(places) or "SOPS_AGE_KEY"


OPEN = SopsStore
