"""Identities and recipients of age, as the user's environment names them."""

import os
from pathlib import Path
from typing import Any

from ... import regular
from ...errors import ConfigSourceError
from . import base

IDENTITY = "AGE_IDENTITY"
RECIPIENTS = "AGE_RECIPIENTS"
DEFAULT = "~/.config/hushflake/age.txt"
_BEGIN = "AGE-SECRET-KEY-1"
_SSH = "OPENSSH PRIVATE KEY"


def read(path: Path, store: str) -> bytes:
    """The bytes of a regular file.

    Raises:
        ConfigSourceError: It cannot be read, or is larger than such a file is.
    """
    try:
        data, wrong = regular.read(path, base.MAX_BYTES)
    except OSError as error:
        wrong = f"cannot be read: {error.strerror}"
    if wrong:
        raise ConfigSourceError(f"{store}: {path}: {wrong}")
    return data


def inside(name: str, store: str) -> Path:
    """The path of a file that a store names; a relative one stays below the working folder.

    Raises:
        ConfigSourceError: It is, or leads through, a link out of there.
    """
    path = Path(name)
    here = os.path.join(os.path.realpath("."), "")  # noqa: PTH118
    if not path.is_absolute() and not os.path.realpath(path).startswith(here):
        raise ConfigSourceError(f"{store}: leads out of the working folder; name a file in it")
    return path


def expanded(place: str) -> Path:
    """A path that may begin with `~`."""
    return Path(os.path.expanduser(place))  # noqa: PTH111 - one import less


def identities_in(text: str, pyrage: Any) -> list[Any]:
    """The identities in a file: one of age per line, or a private key of SSH."""
    if _SSH in text:
        try:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        except pyrage.IdentityError:
            return []
    found = []
    for line in text.split():
        if line.startswith(_BEGIN):
            try:
                found.append(pyrage.x25519.Identity.from_str(line))
            except pyrage.IdentityError:
                continue
    return found


def recipients(store: str, pyrage: Any) -> list[Any]:
    """The recipients of `AGE_RECIPIENTS`: keys with commas between them, or a file of them.

    Raises:
        ConfigSourceError: There are none, or one cannot be used.
    """
    given = os.environ.get(RECIPIENTS, "")
    if not given:
        raise ConfigSourceError(
            f"{store}: set {RECIPIENTS} to the keys that may decrypt it (age1…, with commas, or a "
            "file of them): a file does not say for whom it was encrypted"
        )
    if not given.startswith(("age1", "ssh-")):
        lines = read(expanded(given), store).decode("utf-8", "replace").splitlines()
    else:
        lines = given.split(",")
    found = []
    for line in filter(None, (each.strip() for each in lines if not each.startswith("#"))):
        kind = pyrage.ssh if line.startswith("ssh-") else pyrage.x25519
        try:
            found.append(kind.Recipient.from_str(line))
        except pyrage.RecipientError:
            raise ConfigSourceError(f"{store}: {RECIPIENTS}: one of them is no key") from None
    return found
