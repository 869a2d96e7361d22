"""Whether a name looks like the name of a secret.

The head of a name decides, as in English: `token_type` is a type, `db_password` a password.
"""

import re
from collections.abc import Iterable
from typing import Literal

from . import words

# What a person chooses, what a machine makes, what stands beside the name of a user, and a key of
# unknown purpose: of its values only random text is a secret.
Kind = Literal["chosen", "generated", "login", "random"]

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def split(name: str) -> list[str]:
    """Return the words of an identifier in lower case: `dbPassword2` gives db, password, 2."""
    return [word.lower() for word in _WORD.findall(name)]


class Names:
    """Judges names; remembers, because the same ones come again and again."""

    def __init__(self, secret: Iterable[str] = (), public: Iterable[str] = ()) -> None:
        """Make a judge.

        Args:
            secret: Further words that make a name secret-looking, `secret-names`.
            public: Names or words that only sound secret, `public-names`.
        """
        self._secret = tuple("".join(split(word)) for word in secret)
        self._public = tuple("".join(split(word)) for word in public)
        self._known: dict[str, Kind | None] = {}
        self.searched = tuple(dict.fromkeys((*words.SEARCHED, *(w.lower() for w in secret if w))))

    def kind(self, name: str) -> Kind | None:
        """Return which kind of secret `name` looks like, None for none."""
        try:
            return self._known[name]
        except KeyError:
            kind = self._known[name] = self._judge(split(name))
            return kind

    def kind_of_bound(self, name: str) -> Kind | None:
        """Return which kind of secret a literal may be that is bound to `name`.

        That is `kind`, and "random" for `vrf_key` and its like: such a name alone says nothing.
        """
        kind = self.kind(name)
        if kind is None:
            parts = [word for word in split(name) if not word.isdigit()]
            of_key = name.strip("_") in ("key", "KEY") or _names_a_key(parts)
            if of_key and _NO_KEYS.isdisjoint(parts) and not _is_sent(parts):
                return "random"
        return kind

    def _judge(self, parts: list[str]) -> Kind | None:
        joined = "".join(parts)
        if any(word and word in joined for word in self._public):
            return None
        if any(word and word in joined for word in self._secret):
            return "chosen"
        while parts and (parts[-1].isdigit() or parts[-1] in words.NEUTRAL_ENDINGS):
            parts = parts[:-1]
        if not parts:
            return None
        before, head = parts[:-1], parts[-1]
        if words.PUBLIC_KEYS.intersection(parts) and words.NOT_PUBLIC.isdisjoint(parts):
            return None
        if _is_sent(parts):
            return None
        if words.PUBLIC_BEGINNINGS.intersection(before):
            return None
        kind = _head_kind(before, head)
        # `API_KEY_OMDB`: whose key it is stands behind.
        if kind is None and head not in words.ASPECTS and "".join(before) in words.OF_SOMEBODY:
            return "generated"
        return kind


def _names_a_key(parts: list[str]) -> bool:
    """Say whether words speak of a key: `vrf_key`, `md5key`, `LOGIN_KEY_CHINA`."""
    while parts and parts[-1] in words.NEUTRAL_ENDINGS:
        parts = parts[:-1]
    if not parts:
        return False
    head = parts[-1]
    if head in ("key", "keys"):
        return len(parts) > 1
    if head.endswith("key"):
        # The digits of `md5key` are a word of their own.
        return head.removesuffix("key") in words.JOINED_KEYS or parts[-2:-1] == ["md"]
    behind = words.ASPECTS | words.NO_OWNERS
    return len(parts) > 2 and parts[-2] == "key" and head not in behind


def _is_sent(parts: list[str]) -> bool:
    """Say whether words speak of a key that programs show to whom they send what people do."""
    return not words.SENDING_KEYS.isdisjoint(parts) and _SECRET_ONES.isdisjoint(parts)


def is_constant_for_a_name(name: str) -> bool:
    """Say whether a constant holds the name of something: `CONF_PASSWORD`, `ATTR_TOKEN`."""
    parts = split(name)
    if not (name.isupper() and len(parts) > 1 and parts[0] in words.CONSTANT_BEGINNINGS):
        return False
    return parts[1] not in ("default", "value") and parts[-1] != "default"


# The other one of a pair of keys, and what is none of a pair.
_SECRET_ONES = {"secret", "private", "token", "tokens", *words.CHOSEN}
_NO_KEYS = words.NO_SECRET_KEYS | words.PUBLIC_BEGINNINGS | words.PUBLIC_KEYS
_GENERATED_ENDINGS = (
    *("apikey", "secretkey", "accesskey", "privatekey", "appkey", "encryptionkey"),
    *("authtoken", "accesstoken", "apitoken", "clientsecret", "appsecret", "apisecret"),
)


def _head_kind(before: list[str], head: str) -> Kind | None:
    last = before[-1] if before else ""
    if head in words.CHOSEN:
        return "chosen"
    if head in ("pass", "pw"):
        if last in words.PASS_QUALIFIERS:
            return "chosen"
        # Alone it may be a round of something: only what no person calls a round is a secret.
        return None if before else "generated"
    if head in ("word", "phrase", "code") and last == "pass":
        return "chosen"
    if head == "token":
        return None if words.TOKEN_PIECES.intersection(before) else "generated"
    if head in words.GENERATED:
        return "generated"
    if head in ("key", "keys"):
        return "generated" if last in words.KEY_QUALIFIERS else None
    # Words written as one: `dbpassword`, `smtppasswd`, `myapikey`.
    if head.endswith(("password", "passwd", "passphrase")):
        return "chosen"
    if head.endswith(_GENERATED_ENDINGS):
        return "generated"
    return None
