"""Encrypts a copy for the user's own age identity, and knows it again.

age says nothing of who encrypted something: whoever knows the public key can. So a keyed hash over
everything, with a key that derives from the identity, stands beside it.
"""

import hmac
import json
import os
from typing import Any

from ..errors import ConfigSourceError
from ..sources.stores import _age_keys as age
from ..sources.stores import base

KEYRING = "keyring"
FORMAT = "hushflake.last-known/1"
SERVICE = "hushflake"
ENTRY = "last-known-key"
_MAC = b"hushflake last known values"
_NAME = b"hushflake last known names"


class UnusableCopyError(Exception):
    """A copy that is not to be used; the text says why, and quotes nothing of it."""


class Sealer:
    """Seals and opens with one identity of age."""

    def __init__(self, identity: Any) -> None:
        self._identity = identity
        self._secret = str(identity).encode()

    def __repr__(self) -> str:
        return "Sealer()"

    def name(self, place: list[Any]) -> str:
        """The name of the file for a place. It says nothing about it to who lacks the key."""
        text = json.dumps(place, sort_keys=True, default=str).encode()
        return hmac.digest(self._derived(_NAME), text, "sha256").hex()[:40]

    def seal(self, header: dict[str, Any], content: bytes) -> bytes:
        """A line of JSON that anybody may read, and the encrypted content."""
        pyrage = base.client("pyrage", "age", "last known values")
        sealed = bytes(pyrage.encrypt(content, [self._identity.to_public()]))
        header = {"format": FORMAT, **header}
        return json.dumps({**header, "mark": self._mark(header, sealed)}).encode() + b"\n" + sealed

    def open(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        """The header and the content.

        Raises:
            UnusableCopyError: Somebody else made or changed it, or it is for another key.
        """
        pyrage = base.client("pyrage", "age", "last known values")
        header, sealed = split(data)
        mark = str(header.pop("mark", ""))
        if not hmac.compare_digest(mark, self._mark(header, sealed)):
            raise UnusableCopyError("it was changed, or made with another key")
        try:
            return header, bytes(pyrage.decrypt(sealed, [self._identity]))
        except pyrage.DecryptError:
            reason = "it was made for another key"
        raise UnusableCopyError(reason)

    def _mark(self, header: dict[str, Any], sealed: bytes) -> str:
        text = json.dumps(header, sort_keys=True).encode()
        return hmac.digest(self._derived(_MAC), text + b"\n" + sealed, "sha256").hex()

    def _derived(self, purpose: bytes) -> bytes:
        return hmac.digest(self._secret, purpose, "sha256")


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a copy, unverified, and what is sealed.

    Raises:
        UnusableCopyError: It is no copy.
    """
    first, _, sealed = data.partition(b"\n")
    try:
        header = json.loads(first)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise UnusableCopyError("it is no copy of this version")
    return header, sealed


def sealer(kind: str, service: str | None) -> Sealer:
    """The sealer of this user.

    Args:
        kind: `age`: the identity of `AGE_IDENTITY`, else of `~/.config/hushflake/age.txt`.
            `keyring`: one that the keyring keeps, made at the first time.
        service: The keyring's service, `hushflake` by default.

    Raises:
        ConfigSourceError: There is none, and none can be made.
    """
    pyrage = base.client("pyrage", "age", "last known values")
    if kind == KEYRING:
        return Sealer(_of_keyring(pyrage, service or SERVICE))
    place = os.environ.get(age.IDENTITY) or age.DEFAULT
    text = age.read(age.expanded(place), "last known values").decode("utf-8", "replace")
    found = [one for one in age.identities_in(text, pyrage) if hasattr(one, "to_public")]
    if not found:
        raise ConfigSourceError(f"last known values: {place}: holds no age identity")
    return Sealer(found[0])


def _of_keyring(pyrage: Any, service: str) -> Any:
    from ..sources.keyring import read

    instead = 'or encrypt for an age identity: last_known="age"'
    text = read(service, ENTRY, instead)
    if text is None:
        import keyring

        text = str(pyrage.x25519.Identity.generate())
        try:
            keyring.set_password(service, ENTRY, text)
        except Exception as error:  # KeyringError, and what a backend raises of its own
            text, kind = None, type(error).__name__
    if text is None:
        raise ConfigSourceError(f"last known values: the keyring keeps no key ({kind}); {instead}")
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        failure = f"last known values: what the keyring holds as {ENTRY} is no age identity"
    raise ConfigSourceError(failure)
