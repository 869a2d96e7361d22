"""age encryption of backups: https://age-encryption.org/v1, through pyrage (extra `age`)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import RemediationError


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """Return `data` encrypted for all recipients (`age1…`, or an SSH public key).

    Raises:
        RemediationError: One of them is no recipient.
    """
    import pyrage

    return bytes(pyrage.encrypt(data, [_recipient(text) for text in recipients]))


def encrypt_provably(
    data: bytes, recipients: Sequence[str]
) -> tuple[bytes, Callable[[bytes], bool]]:
    """Return `data` encrypted, and what says of bytes whether they decrypt to it.

    Who encrypts has no identity of the recipients to try it with. So it is encrypted for one more,
    which is made for this call, kept nowhere, and tried instead: age encrypts the data once.

    Raises:
        RemediationError: One of the recipients is none.
    """
    import pyrage

    once = pyrage.x25519.Identity.generate()
    keys = [*(_recipient(text) for text in recipients), once.to_public()]

    def decrypts(kept: bytes) -> bool:
        try:
            return bytes(pyrage.decrypt(kept, [once])) == data
        except pyrage.DecryptError:
            return False

    return bytes(pyrage.encrypt(data, keys)), decrypts


def check(recipients: Sequence[str]) -> None:
    """Raise for a text that is no recipient, before anything is done."""
    for text in recipients:
        _recipient(text)


def decrypt(data: bytes, identities: Sequence[Path]) -> bytes:
    """Return what was encrypted.

    Args:
        data: The encrypted bytes.
        identities: Files with `AGE-SECRET-KEY-1…` lines, or SSH private keys.

    Raises:
        RemediationError: None of the identities fits.
    """
    import pyrage

    if not identities:
        raise RemediationError("the backup is encrypted with age: name your --identity FILE")
    keys = [key for path in identities for key in _identities(path)]
    try:
        return bytes(pyrage.decrypt(data, keys))
    except pyrage.DecryptError:
        raise RemediationError(
            "the backup is encrypted for another recipient than the identities that were given"
        ) from None


def _recipient(text: str) -> Any:
    import pyrage

    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError:
        raise RemediationError(
            f"--age-recipient {text}: is neither an age recipient (age1…) nor an SSH public key"
        ) from None


def _identities(path: Path) -> list[Any]:
    import pyrage

    try:
        data = path.read_bytes()
    except OSError as error:
        raise RemediationError(f"{path}: cannot be read: {error.strerror}") from None
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    try:
        if any(line.startswith("-----BEGIN") for line in lines):
            return [pyrage.ssh.Identity.from_buffer(data)]
        keys = [line for line in lines if line and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError:
        raise RemediationError(f"{path}: holds no age identity") from None
