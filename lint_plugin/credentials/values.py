"""Whether a literal can be a credential; what is none for sure is told by the rows of `filters`."""

import re
from functools import cache, lru_cache
from math import log2

from . import words
from .filters import FILTERS
from .names import Kind, Names, split

MIN_LENGTH = 4
MIN_LOGIN_LENGTH = 3
# Longer ones are documents, templates and images.
MAX_LENGTH = 500


@cache
def _not_a_secret(kind: Kind, *, random: bool = False) -> re.Pattern[str]:
    """Return what matches a value that is none; made when first asked, which few files do."""
    rows = [row for row in FILTERS if row.of in ("", kind) and not (random and row.unless_random)]
    if kind == "login":
        rows = [row for row in rows if row.for_logins]
    return re.compile("|".join(f"(?:{row.pattern})" for row in rows), re.IGNORECASE | re.DOTALL)


# RFC 9110 section 11.4: `Authorization: Bearer …`.
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+(?=\S+$)", re.IGNORECASE)
# `test-key`, `project_token`: words that end in what the value stands for.
_SAYS_WHAT_IT_IS = re.compile(r"(?!.*(?:secret|pass))(?:[a-z]+[-_ ])+(?:key|token)", re.IGNORECASE)
# `someclientsecret`: the same, written as one word.
_SAYS_IT_IN_ONE = re.compile(
    r"(?:this|is|an?|the|my|your|our|some|any|test|fake|new|old|long|random|oauth2?|client|api|app"
    r"|access|auth|user|bot|consumer|refresh|session|bearer|id)+(?:secret|token|key)s?\d{0,2}",
)
# https://developers.google.com/recaptcha/docs/display: a site key stands in the page. A secret key
# has the same shape, and a name that says so.
_SITE_KEY = re.compile(r"6L[\w-]{38}")
# Words as names of classes are written, with numbers: `MsgPortal2Server`.
_CLASS_NAME = re.compile(r"[A-Za-z][a-z]{2,}\d?(?:[A-Z][a-z]{2,}\d?)+")
# Who is let in and by what, given as one: `admin:admin`.
_USER_AND_PASSWORD = re.compile(
    r"(?:admin|administrator|root|user|guest|test|elastic|postgres):[^\s:/{}<>$%*]{3,40}"
)
# Words of a passphrase: none that a prompt or a message needs.
_PHRASE = re.compile(r"[a-z]{2,10}(?:[ -][a-z]{2,10}){2,9}")
_OF_SENTENCES = {
    *("a", "all", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can"),
    *("changed", "choose", "confirm", "current", "database", "default", "did", "do", "does"),
    *("email", "empty", "enter", "expired", "failed", "file", "for", "forgot", "from"),
    *("generate", "has", "have", "here", "if", "in", "incorrect", "input", "into"),
    *("invalid", "is", "it", "key", "length", "login", "long", "match", "max", "min"),
    *("minimum", "missing", "more", "must", "my", "name", "need", "needed", "new", "no"),
    *("not", "of", "old", "on", "one", "only", "optional", "or", "our", "out", "passphrase"),
    *("password", "passwords", "please", "prompt", "provide", "required", "reset", "same"),
    *("secret", "set", "short", "should", "so", "strong", "than", "that", "the", "their"),
    *("them", "then", "there", "this", "to", "token", "too", "type", "up", "update", "use"),
    *("used", "user", "username", "using", "valid", "value", "was", "were", "when", "which"),
    *("will", "with", "without", "wrong", "you", "your"),
}
# Names of variables, headers and fields: words with a joiner, no digits inside a word.
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_VARIABLE = re.compile(r"[A-Z]{1,10}(?:PASSWORD|PASSWD|PWD|TOKEN|APIKEY)")
_FIELD = re.compile(r"[A-Za-z]+(?:[-_.: ][A-Za-z]+)*[-_:=]?")
_NAMING_WORDS = {
    *words.CHOSEN,
    *words.GENERATED,
    *words.KEY_QUALIFIERS,
    *("value", "text", "string", "str", "bytes", "plain", "base64", "new", "old"),
    *("key", "keys", "tokens", "passwords", "pass", "word", "phrase", "auth", "authorization"),
    *("x", "id", "user", "username", "name", "field", "type", "bearer", "session", "refresh"),
    *("db", "database", "grant", "hash", "url", "param", "header", "cookie", "input", "csrf"),
    *("some", "another", "any", "given", "valid", "fresh", "outdated", "expired", "demo"),
    *("aws", "azure", "gcp", "google", "openai", "github", "gitlab", "slack", "oauth", "basic"),
    *("ssl", "tls", "pem", "content", "contents", "data", "encoded", "decoded", "encrypted"),
    *("from", "file", "env", "a", "an", "the", "of", "one", "two", "three", "first", "second"),
}  # fmt: skip
# What these end is what is said of a secret, not one: `smtp_username`, `private_key_path`.
_ATTRIBUTES = {
    *("username", "name", "email", "id", "path", "file", "filename", "url", "uri", "host", "port"),
    *("type", "field", "label", "profile", "policy", "length", "hash", "prefix", "suffix", "error"),
}


_SECRET_WORDS = {*words.CHOSEN, *words.GENERATED, "key"}
_OWN_WORDS = {
    *("my", "our", "super", "top", "very", "test", "testing", "dev", "default", "prod"),
    *("best", "insecure", "unsafe", "strong", "weak", "good", "not", "local", "admin", "root"),
    *("fixture", "new", "old", "correct", "development", "django", "flask", "jwt"),
}
# What is tried first by whoever guesses: in use as passwords, though they are words of programs.
_WEAK = {"admin", "root", "toor", "guest", "pass", "test", "secret", "letmein", "qwerty", "demo"}
# What Django's `startproject` makes up; to a filter it may look like a regular expression.
_DJANGO_KEY = re.compile(r"(?=(?:\D*\d){3})(?:django-insecure-)?[a-z0-9!@#$%^&*(\-_=+)]{50}")
# What frameworks are given to sign with, until somebody sees to it.
_WEAK_KEYS = {"secret", "test", "dev"}
# Of a key for AES, in bytes.
SHORTEST_KEY = 16
_NAMES = Names()


@lru_cache(maxsize=8192)
def is_credential(value: str, kind: Kind, name: str = "") -> bool:
    """Say whether `value`, bound to a secret-looking name, can be a credential.

    Args:
        value: The literal's value.
        kind: What the name says: a person's choice or a machine's product; or that a user's
            name stands beside it.
        name: The name, to see a value that merely repeats it.
    """
    with_scheme = _SCHEME.match(value)
    if with_scheme:
        value = value[with_scheme.end() :]
    if kind == "generated" and _DJANGO_KEY.fullmatch(value):
        return True
    if _SITE_KEY.fullmatch(value) and not {"secret", "private"}.intersection(split(name)):
        return False
    if kind == "chosen" and " " in value:
        return _is_phrase(value)
    if kind == "generated" and value in _WEAK_KEYS and _is_usable(value, kind, name):
        return True
    shortest = MIN_LOGIN_LENGTH if kind == "login" else MIN_LENGTH
    if not shortest <= len(value) <= MAX_LENGTH:
        return False
    if kind == "random":
        return is_high_entropy(value, SHORTEST_KEY) or _is_short_hex(value)
    if value in _WEAK and _is_usable(value, kind, name):
        return True
    if _is_filtered(value, kind) or is_number_of_client(value, name):
        return False
    if kind == "login":
        is_name = value.isupper() and names_a_thing(value)
        is_name = is_name or ("_" in value and split(value) == split(name))
        return not (is_name or _names_an_attribute(value))
    if kind == "chosen" or looks_generated(value):
        return not (names_a_thing(value) or repeats(value, name, kind))
    return _USER_AND_PASSWORD.fullmatch(value) is not None


def is_number_of_client(value: str, name: str) -> bool:
    """Say whether `value` tells clients apart, though its name calls it a key."""
    return value.isdigit() and "client" in split(name)


def _is_short_hex(value: str) -> bool:
    """Say whether `value` is a key of 64 or 96 bits, or 128 as text, in hexadecimal."""
    if len(value) not in (16, 24) or not _HEX.fullmatch(value) or value.isalpha():
        return False
    return len(_CHANGES.findall(value)) >= 4 and entropy(value) > 2.5 and not value.isdigit()


def _is_phrase(value: str) -> bool:
    """Say whether words with spaces are a passphrase, and no prompt or message."""
    return _PHRASE.fullmatch(value) is not None and _OF_SENTENCES.isdisjoint(value.split())


def _names_an_attribute(value: str) -> bool:
    if "_" in value and _FIELD.fullmatch(value) and _NAMES.kind(value) == "generated":
        return _OWN_WORDS.isdisjoint(split(value))
    return "_" in value and _ATTRIBUTES.issuperset(split(value)[-1:])


def _is_usable(value: str, kind: Kind, name: str) -> bool:
    """Say whether a word that is guessed first works as such a secret.

    Of what a machine makes, a key for signing is one: it takes any text.
    """
    if kind != "generated":
        return True
    parts = split(name)
    return not name or (len(parts) > 1 and "secret" in parts and value in _WEAK_KEYS)


def is_stated(value: str) -> bool:
    """Say whether `value` is something else for sure, whatever it is bound to."""
    return (
        _UUID.fullmatch(value) is not None
        or _SITE_KEY.fullmatch(value) is not None
        or _is_label(value)
        or _CLASS_NAME.fullmatch(value) is not None
        or _is_filtered(value, "chosen")
        or _is_filtered(value, "generated")
    )


def repeats(value: str, name: str, kind: Kind) -> bool:
    """Say whether `value` says what its name says: `auth_token1` of a token, `NOPASSWD:`."""
    parts, of_name = split(value), split(name)
    if parts == of_name or (len(of_name) > 1 and parts[-len(of_name) :] == of_name):
        return True
    if kind == "generated" and (
        _SAYS_WHAT_IT_IS.fullmatch(value) or _SAYS_IT_IN_ONE.fullmatch(value)
    ):
        return True
    # A person's choice may have a number: `password1`.
    while kind == "generated" and parts and parts[-1].isdigit() and len(parts[-1]) < 3:
        parts.pop()
        if _NAMING_WORDS.issuperset(parts):
            return True
    return bool(parts) and parts[-1:] == of_name[-1:] and set(parts) <= set(of_name)


def _is_filtered(value: str, kind: Kind) -> bool:
    if not _not_a_secret(kind).fullmatch(value):
        return False
    random = len(value) >= 20 and _BASE64.fullmatch(value) and _is_scrambled(value)
    return not random or _not_a_secret(kind, random=True).fullmatch(value) is not None


def names_a_thing(value: str) -> bool:
    """Say whether `value` names a variable, header or field: `X-Api-Key`, `DB_PASSWORD`."""
    if _CONSTANT.fullmatch(value):
        return True
    if _VARIABLE.fullmatch(value.rstrip("\0")):
        return True
    # `PASSWORD2` is numbered; `password2` is what people take for one.
    value = value.rstrip("0123456789") if value.isupper() else value
    value = value.strip("_-$!?*\0")
    if not _FIELD.fullmatch(value):
        return False
    parts = split(value)
    if _NAMING_WORDS.issuperset(parts):
        return True
    if len(parts) < 2 or _OWN_WORDS.intersection(parts):
        return False
    if " " not in value and (_ATTRIBUTES.intersection(parts[-1:]) or _in_camel_case(value, parts)):
        return True
    # `x-goog-api-key` names a header; `my-secret-key` is what a person types for a secret.
    return bool(_NAMES.kind(value))


def _in_camel_case(value: str, parts: list[str]) -> bool:
    """Say whether words written `passwordProfile` speak of a secret."""
    is_camel = value[0].islower() and value.isalpha() and value != value.lower()
    return is_camel and not _SECRET_WORDS.isdisjoint(parts)


def looks_generated(value: str) -> bool:
    """Say whether a machine can have made `value`: digits among letters, or no word at all."""
    # A phrase such as `super-secret-key` was typed by a person, but is in use as a secret.
    parts = split(value)
    if _OWN_SECRETS.intersection(parts) or "secret" in value.lower():
        return not _TYPE_NAME.fullmatch(value) or bool(_OWN_WORDS.intersection(parts))
    letters = sum(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    if letters and digits and len(value) >= 6:
        is_name = _NUMBERED_WORDS.fullmatch(value) or _CLASS_NAME.fullmatch(value)
        return not (is_name or _is_label(value))
    if digits == len(value):
        return len(value) >= 8
    mixed = value != value.lower() and value != value.upper()
    if len(value) >= 16 and mixed and entropy(value) > 3.5 and _is_scrambled(value):
        return True
    # Words have more vowels, in English about four letters of ten.
    vowels = sum(map(value.lower().count, "aeiouy"))
    return letters == len(value) >= 16 and value.isascii() and vowels < len(value) * 0.2


_OWN_SECRETS = {"secret", "password", "key", "token"}
_TYPE_NAME = re.compile(r"(?:[A-Z][a-z]+){3,}\d?")
# Words written as one, with at most one number: `eChargeToday1`, `pDischarge2`.
_NUMBERED_WORDS = re.compile(r"[a-z]*\d?(?:[A-Z][a-z]{3,})+\d?")
# `m2m` and `b2b` are words too.
_LABEL_PART = re.compile(r"[A-Za-z]+\d{0,2}|([A-Za-z])\d\1|\d{1,4}")


def _is_label(value: str) -> bool:
    """Say whether digits only number the words of a label: `oauth_m2m`, `types-auth0-python`."""
    parts = re.split(r"[-_.:]", value)
    return (
        len(parts) > 1
        and any(part.isalpha() and len(part) >= 4 for part in parts)
        and all(map(_LABEL_PART.fullmatch, parts))
    )


def entropy(value: str) -> float:
    """Return the Shannon entropy of `value` in bits per character."""
    size = len(value)
    counts: dict[str, int] = {}
    for char in value:
        counts[char] = counts.get(char, 0) + 1
    return -sum(n / size * log2(n / size) for n in counts.values())


_HEX = re.compile(r"[0-9a-fA-F]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/=_\-.%]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_high_entropy(value: str, shortest: int = 20) -> bool:
    """Say whether `value` is random text of at least `shortest` characters.

    The limit of 3.0 bits for hexadecimal is detect-secrets' default. For base64 its 4.5 bits are
    out of reach of short keys: below it, what tells is how the characters follow each other.
    """
    if not shortest <= len(value) <= MAX_LENGTH or _UUID.fullmatch(value):
        return False
    if _SITE_KEY.fullmatch(value):
        return False
    if _HEX.fullmatch(value):
        return len(value) >= 32 and entropy(value) > 3.0 and not value.isdigit()
    if not _BASE64.fullmatch(value) or names_a_thing(value):
        return False
    if _is_filtered(value, "generated") or _is_label(value) or _CLASS_NAME.fullmatch(value):
        return False
    has_all = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    # Sixteen characters cannot reach more than 4 bits.
    least = 3.5 if len(value) >= 20 else 3.0
    return has_all and entropy(value) > least and _is_scrambled(value)


_WORDS = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_CHANGES = re.compile(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])")


def _is_scrambled(value: str) -> bool:
    """Say whether letters and digits alternate, or cases do, as they do in no name."""
    if len(_CHANGES.findall(value)) >= len(value) / 5:
        return True
    of_words = sum(map(len, _WORDS.findall(value)))
    mixed = value != value.lower() and value != value.upper()
    return mixed and of_words < len(value) * 0.45
