"""The file format of SOPS: encrypted values, the data key, the rules, and the MAC over everything.

Read from https://github.com/getsops/sops (aes/cipher.go, sops.go, stores/). Values are AES-256-GCM
with the path of their map keys as additional data; the MAC is SHA-512 over the bytes of all values
in order, itself encrypted with the time of the last change as additional data.

The data key is opened with age alone. A file belongs to a repository: the services that its
metadata name (KMS, a Vault, an address) are never called on its word.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ...errors import ConfigSourceError
from . import _age_keys as keys
from . import base

_ENCRYPTED = re.compile(r"ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([^,]+)\]")
_ONLY_ENCRYPTED = bytes.fromhex("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69")
# Patterns of literals alone: a stranger's pattern of another kind may take for ever.
_SAFE = re.compile(r"\^?\(?[A-Za-z0-9_-]+(?:\|[A-Za-z0-9_-]+)*\)?\$?")
_OTHERS = ("kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "pgp")
_NONCE = 32  # bytes


class Leaf(NamedTuple):
    """A scalar of the document.

    Attributes:
        path: Its place, with positions of lists.
        raw: Its text as it stands there, perhaps encrypted; None for a null.
        plain: What it adds to the MAC where it is not encrypted.
        text: What it is worth where it is not encrypted.
    """

    path: tuple[str | int, ...]
    raw: str | None
    plain: bytes
    text: str

    def __repr__(self) -> str:
        return "Leaf()"

    @property
    def steps(self) -> tuple[str, ...]:
        """The keys of maps on the way to it."""
        return tuple(step for step in self.path if isinstance(step, str))


class Rules:
    """Which values are encrypted, by the metadata of a file."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._is = {
            name: str(metadata.get(name) or "")
            for name in (
                "unencrypted_suffix",
                "encrypted_suffix",
                "unencrypted_regex",
                "encrypted_regex",
            )
        }
        self.only_encrypted = str(metadata.get("mac_only_encrypted", "")).lower() == "true"
        patterns = [self._is["unencrypted_regex"], self._is["encrypted_regex"]]
        comments = [metadata.get(f"{kind}encrypted_comment_regex") for kind in ("", "un")]
        self.known = all(_SAFE.fullmatch(each) for each in patterns if each) and not any(comments)

    def encrypts(self, steps: Iterable[str]) -> bool:
        """Whether a value is to be encrypted. Only where the rules are `known`."""
        path, found = list(steps), True
        if self._is["unencrypted_suffix"]:
            found = not any(step.endswith(self._is["unencrypted_suffix"]) for step in path)
        if self._is["encrypted_suffix"]:
            found = any(step.endswith(self._is["encrypted_suffix"]) for step in path)
        if self._is["unencrypted_regex"]:
            found = found and not self._matches("unencrypted_regex", path)
        if self._is["encrypted_regex"]:
            found = self._matches("encrypted_regex", path)
        return found

    def _matches(self, name: str, path: list[str]) -> bool:
        return any(re.search(self._is[name], step) for step in path)


def data_key(metadata: Mapping[str, Any], identities: list[Any], store: str, where: str) -> bytes:
    """The key that the values are encrypted with.

    Raises:
        ConfigSourceError: None of the identities opens it.
    """
    pyrage = base.client("pyrage", "sops", "sops")
    if metadata.get("key_groups") or str(metadata.get("shamir_threshold") or "0") not in ("0", "1"):
        raise ConfigSourceError(
            f"{store}: its key is shared between groups; run `sops exec-env` instead"
        )
    entries = metadata.get("age")
    entries = entries if isinstance(entries, list) else []
    for entry in entries:
        armored = entry.get("enc") if isinstance(entry, dict) else None
        try:
            key = pyrage.decrypt(_unarmored(str(armored)), identities)
        except (pyrage.DecryptError, ValueError):
            continue
        if len(key) == 32:
            return bytes(key)
    if not entries:
        others = ", ".join(name for name in _OTHERS if metadata.get(name)) or "none"
        raise ConfigSourceError(
            f"{store}: it is encrypted for no age key (its keys: {others}), and the services of "
            "others are not called for a file's sake; add an age key with `sops rotate --add-age`, "
            "or run `sops exec-env`"
        )
    raise ConfigSourceError(f"{store}: none of the identities in {where} opens it")


def _unarmored(text: str) -> bytes:
    """The bytes between the lines BEGIN and END, which not every version of pyrage knows."""
    lines = (line.strip() for line in text.splitlines())
    return base64.b64decode("".join(line for line in lines if not line.startswith("-----")))


def opened(
    leaves: Iterable[Leaf], metadata: Mapping[str, Any], key: bytes, store: str
) -> list[tuple[Leaf, str, bool]]:
    """Every value with its text, and whether it was encrypted; the MAC is right.

    Raises:
        ConfigSourceError: Somebody changed the file without the key, or it breaks its own rules.
    """
    rules = Rules(metadata)
    if rules.only_encrypted and not rules.known:
        raise ConfigSourceError(
            f"{store}: which of its values are protected depends on a pattern that is not "
            "evaluated here; use a suffix, a list of names as `^(a|b)$`, or no mac_only_encrypted"
        )
    digest = hashlib.sha512(_ONLY_ENCRYPTED if rules.only_encrypted else b"")
    found = []
    for leaf in leaves:
        encrypted = bool(leaf.raw) and _ENCRYPTED.fullmatch(leaf.raw or "") is not None
        if rules.known and leaf.raw and encrypted is not rules.encrypts(leaf.steps):
            raise ConfigSourceError(f"{store}: a value is not encrypted that its rules encrypt")
        text, data = leaf.text, leaf.plain
        if encrypted:
            text, data = _decrypted(leaf.raw or "", key, leaf.steps, store)
        if encrypted or not rules.only_encrypted:
            digest.update(data)
        found.append((leaf, text, encrypted))
    modified = str(metadata.get("lastmodified", ""))
    mac, _ = _decrypted(str(metadata.get("mac", "")), key, None, store, modified)
    if mac != digest.hexdigest().upper():
        raise ConfigSourceError(f"{store}: its MAC is wrong: it was changed without `sops`")
    return found


def encrypted(text: str, key: bytes, steps: tuple[str, ...]) -> str:
    """A text as it stands in the file."""
    return _sealed(text, key, (":".join(steps) + ":").encode()) if text else ""


def mac_of(values: Iterable[tuple[bytes, bool]], rules: Rules, key: bytes, modified: str) -> str:
    """The MAC as it stands in the file, over the bytes of the values, in order."""
    digest = hashlib.sha512(_ONLY_ENCRYPTED if rules.only_encrypted else b"")
    for data, is_encrypted in values:
        if is_encrypted or not rules.only_encrypted:
            digest.update(data)
    return _sealed(digest.hexdigest().upper(), key, modified.encode())


def _sealed(text: str, key: bytes, additional: bytes) -> str:
    aead = base.client("cryptography.hazmat.primitives.ciphers.aead", "sops", "sops")
    nonce = os.urandom(_NONCE)
    sealed = aead.AESGCM(key).encrypt(nonce, text.encode(), additional)
    parts = (base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:]))
    return "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]".format(*parts)


def _decrypted(
    raw: str, key: bytes, steps: tuple[str, ...] | None, store: str, modified: str = ""
) -> tuple[str, bytes]:
    """The text of a value, and what it adds to the MAC."""
    aead = base.client("cryptography.hazmat.primitives.ciphers.aead", "sops", "sops")
    match = _ENCRYPTED.fullmatch(raw)
    additional = (":".join(steps) + ":" if steps is not None else modified).encode()
    try:
        if match is None:
            raise ValueError
        data, nonce, tag = (base64.b64decode(match[n], validate=True) for n in (1, 2, 3))
        opened_ = aead.AESGCM(key).decrypt(nonce, data + tag, additional)
        text = opened_.decode("utf-8")
    except Exception:  # InvalidTag, and what a malformed value makes of it
        text, match = "", None
    if match is None:
        raise ConfigSourceError(f"{store}: a value was changed without `sops`")
    # Booleans are in title case there, and not in any environment.
    return (text.lower() if match[4] == "bool" else text), opened_


def number(value: float) -> str:
    """A number as Go formats it without an exponent."""
    return format(Decimal(repr(value)).normalize(), "f")


__all__ = ["Leaf", "Rules", "data_key", "encrypted", "keys", "mac_of", "number", "opened"]
