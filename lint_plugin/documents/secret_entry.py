"""Whether an entry of a configuration file is a secret by its name and its value."""

import re
from functools import lru_cache

from ..credentials.names import split
from ..credentials.values import SHORTEST_KEY, is_credential, is_high_entropy
from ..entries.model import Entry, Scope
from .document import Document

_USERS = frozenset({"user", "username", "login", "usr", "email", "user_name"})
# What a program has made unreadable: Ansible Vault, SOPS, Django's hashes, sealed secrets.
_ENCRYPTED = re.compile(r"\$ANSIBLE_VAULT;|ENC\[|(?:pbkdf2|md5|sha1|scrypt|bcrypt|argon2)\w*\$")
_SEALED = frozenset({"encryptedData", "secure"})
# What stands for a value that another program puts in, and the entry point of a package.
_REFERENCE = re.compile(
    r"(?:ref\+|secret:|secretref:|vault:|ssm:|arn:|op://|env:|env\.|file:|projects/|keyring:|esc:|bao:"
    r"|\$\(|\$[A-Za-z_{]|%[A-Za-z_]+%|@Microsoft\.KeyVault|var\.|local\.|data\.|module\.|secrets?\."
    r"|[A-Za-z_]\w*(?:\.\w+)+:\w+(?:\.\w+)*$)",
    re.IGNORECASE,
)
# Words that say that a name is of the object that holds a secret, or of its digest.
_OF_ANOTHER = frozenset({"existing", "ref", "hash", "hashed", "digest", "encrypted"})
# Lists of these are names of secrets, as in a Compose file.
_LISTS_OF_NAMES = frozenset({"secrets", "credentials", "auth"})
_BLANK = re.compile(r"\s")


def is_secret_entry(entry: Entry, document: Document) -> bool:
    """Say whether an entry is a secret."""
    name, value = entry.name, entry.value
    kind = document.names.kind_of_bound(name)
    if (
        kind is None
        or is_no_plain_text(entry)
        or not _OF_ANOTHER.isdisjoint(split(name.rpartition(".")[2]))
    ):
        return False
    if kind == "random" and document.form == "json" and not name.isupper():
        # In data a key finds something: `{"key": …, "mergeKey": …}`.
        return False
    if entry.is_item and name.lower() in _LISTS_OF_NAMES:
        return is_high_entropy(value, SHORTEST_KEY)
    # A catalogue of messages has the word for a user's name beside that for a password.
    is_one = kind == "chosen" and not _BLANK.search(value)
    if is_one and (document.is_test or _names_user(entry.scope)):
        kind = "login"
    return is_credential(value, kind, name)


def is_no_plain_text(entry: Entry) -> bool:
    """Say whether a value is encrypted, or names the place that the program takes it from."""
    if not entry.value or _REFERENCE.match(entry.value) or _ENCRYPTED.match(entry.value):
        return True
    return not _SEALED.isdisjoint((*entry.path, entry.key))


@lru_cache(maxsize=16)
def _names_user(scope: Scope) -> bool:
    # Asked for each entry of a scope, which may have thousands.
    return any(
        key.lower().rpartition("_")[2] in _USERS and text for key, text in scope.values.items()
    )
