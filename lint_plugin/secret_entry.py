"""Whether an entry of a configuration file is a secret by its name and its value."""

import re

from .credentials.values import is_credential
from .document import Document
from .entries.model import Entry

_USERS = frozenset({"user", "username", "login", "usr", "email", "user_name"})
# What a program has made unreadable: Ansible Vault, SOPS, Kubernetes' sealed secrets.
_ENCRYPTED = re.compile(r"\$ANSIBLE_VAULT;|ENC\[|pbkdf2")
_SEALED = frozenset({"encryptedData", "secure"})
# What stands for a value that another program puts in.
_REFERENCE = re.compile(
    r"(?:ref\+|secret:|secretref:|vault:|ssm:|arn:|op://|env:|env\.|file:|projects/|keyring:|esc:|bao:"
    r"|\$\(|\$[A-Za-z_{]|%[A-Za-z_]+%|@Microsoft\.KeyVault|var\.|local\.|data\.|module\.|secrets?\.)",
    re.IGNORECASE,
)


_BLANK = re.compile(r"\s")


def is_secret_entry(entry: Entry, document: Document) -> bool:
    """Say whether an entry is a secret."""
    name, value = entry.name, entry.value
    kind = document.names.kind_of_bound(name)
    if kind is None or is_no_plain_text(entry):
        return False
    # A catalogue of messages has the word for a user's name beside that for a password.
    if kind == "chosen" and not _BLANK.search(value) and (document.is_test or _beside_user(entry)):
        kind = "login"
    return is_credential(value, kind, name)


def is_no_plain_text(entry: Entry) -> bool:
    """Say whether a value is encrypted, or names the place that the program takes it from."""
    if not entry.value or _REFERENCE.match(entry.value) or _ENCRYPTED.match(entry.value):
        return True
    return not _SEALED.isdisjoint((*entry.path, entry.key))


def _beside_user(entry: Entry) -> bool:
    return any(
        key.lower().rpartition("_")[2] in _USERS and text
        for key, text in entry.scope.values.items()
    )
