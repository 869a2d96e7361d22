"""Whether a literal can be a credential: what is none is told by rows of data.

Every row of `NOT_A_SECRET` is tested by name. A row says what such a literal is, because that
is what a person asks who wonders why a line was not reported.
"""

import re
from functools import lru_cache
from math import log2

from . import words
from .names import Kind, Names, split

MIN_LENGTH = 4
# Longer ones are documents, templates and images.
MAX_LENGTH = 500

# What a value is instead of a credential -> what such values look like (whole value, any case).
NOT_A_SECRET: dict[str, str] = {
    "prose, or a prompt": r".*\s.*",
    "a placeholder": (
        r".*(?:change[-_]?(?:me|it|this)|replace[-_]?(?:me|this|with)|place[-_]?holder|fill[-_]?(?:in|me)"
        r"|your[-_ ]|[-_]here$|insert[-_]|enter[-_]|todo|fixme|redacted|masked|hidden|example"
        r"|dummy|sample|not[-_]?(?:set|needed|used|required|real|a[-_]|provided|available)"
        r"|(?:^|[-_])(?:fake|foo|bar|baz|mock|stub|noop|unused|empty|missing|invalid|anonymous)(?:$|[-_])).*"
    ),
    "filler": r"(?:x{3,}|\*+|\.{2,}|-+|_+|#+|\?+|•+|0+|(.)\1+|1234|12345|abc|asdf|n/?a|tbd)"
    r"|.*(?:x{4,}|\*{3,}|\.\.\.|…).*",
    "a substitution": (
        r".*(?:\$\{|\$\(|\{\{|%\(|<[^<>]*>|\{[^{}]*\}|%[sdr]\b|\[[a-z _-]+\]).*"
        r"|\$\w+|%\w+%|@\w+@"
    ),
    "a path, a file or an address": (
        r"[./~\\].*|[a-z]:\\.*|[a-z][a-z0-9+.-]*://.*|urn:.*|arn:.*|[\w.-]+(?:/[\w.-]+)+/?"
        r"|[\w/.-]+\.(?:pem|key|crt|cer|p12|pfx|json|ya?ml|toml|ini|cfg|conf|env|txt|md|py|sh|js|ts|html?|xml|csv|log|db|sql)"
        r"|[\w.-]+@[\w-]+\.[\w.-]+"
    ),
    "a name in a program": (
        r"[a-z_]+\d*(?:\.[a-z_]+\d*)+(?:\(\))?|[\w.]+[\[(].*[\])]|--?[a-z][a-z0-9-]*"
    ),
    # RFC 5280 SubjectPublicKeyInfo in DER and base64; OpenSSH; PEM.
    "a public key": r"MII[A-Za-z0-9+/]{3,4}ANBgkqhkiG9w0BAQEFAAOC.*|-----BEGIN (?:PUBLIC|CERT).*",
    "a regular expression": r".*(?:\[\^|\(\?|\\[dws]|\]\+|\]\*|\.\*|\)\$|\{\d+,\d*\}).*|\^.*",
    "markup": r"[<&].*[>;].*|.*</.*",
    "a word of programs": (
        r"none|null|nil|undefined|true|false|yes|no|on|off|auto|default|unknown|unset|any|all"
        r"|string|str|text|bytes|bool|int|integer|number|object|array|binary|json|hex|base64|utf-?8"
        r"|required|optional|disabled|enabled|static|dynamic|custom|inline|file|prompt|ask|stdin"
        r"|keyring|vault|keychain|environment|env|sha-?\d+|md5|hmac|bcrypt|argon2|plain(?:text)?"
        r"|bearer|basic|digest|oauth2?|jwt|saml|token|api|login|user(?:name)?|email|header|query"
        r"|port|prefix|suffix|scheme|host|cookie|body|form|session|access|refresh|write-only|read-only|readonly"
    ),
}
_NOT_A_SECRET = re.compile(
    "|".join(f"(?:{row})" for row in NOT_A_SECRET.values()).replace(
        r"(.)\1+", r"(?P<same>.)(?P=same)+"
    ),
    re.IGNORECASE | re.DOTALL,
)
# RFC 9110 section 11.4: `Authorization: Bearer …`.
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+(?=\S+$)", re.IGNORECASE)
# Names of variables, headers and fields: words with a joiner, no digits inside a word.
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_FIELD = re.compile(r"[A-Za-z]+(?:[-_.: ][A-Za-z]+)*[-_:=]?")
_NAMING_WORDS = {
    *words.CHOSEN,
    *words.GENERATED,
    *words.KEY_QUALIFIERS,
    *("value", "text", "string", "str", "bytes", "plain", "base64", "new", "old"),
    *("key", "keys", "tokens", "passwords", "pass", "word", "phrase", "auth", "authorization"),
    *("x", "id", "user", "username", "name", "field", "type", "bearer", "session", "refresh"),
    *("db", "database", "grant", "hash", "url", "param", "header", "cookie", "input", "csrf"),
    *("aws", "azure", "gcp", "google", "openai", "github", "gitlab", "slack", "oauth", "basic"),
}  # fmt: skip


_OWN_WORDS = {
    *("my", "our", "super", "top", "very", "some", "test", "testing", "dev", "default", "prod"),
    *("best", "insecure", "unsafe", "strong", "weak", "good", "not", "local", "admin", "root"),
    *("fixture", "new", "old", "correct", "development", "django", "flask", "jwt"),
}
_NAMES = Names()


@lru_cache(maxsize=8192)
def is_credential(value: str, kind: Kind, name: str = "") -> bool:
    """Say whether `value`, bound to a secret-looking name, can be a credential.

    Args:
        value: The literal's value.
        kind: What the name says: a person's choice or a machine's product.
        name: The name, to see a value that merely repeats it.
    """
    with_scheme = _SCHEME.match(value)
    if with_scheme:
        value = value[with_scheme.end() :]
    if not MIN_LENGTH <= len(value) <= MAX_LENGTH or _NOT_A_SECRET.fullmatch(value):
        return False
    if names_a_thing(value) or split(value) == split(name):
        return False
    return kind == "chosen" or looks_generated(value)


def names_a_thing(value: str) -> bool:
    """Say whether `value` names a variable, header or field: `X-Api-Key`, `DB_PASSWORD`."""
    if _CONSTANT.fullmatch(value):
        return True
    if not _FIELD.fullmatch(value):
        return False
    parts = split(value)
    if _NAMING_WORDS.issuperset(parts):
        return True
    # `x-goog-api-key` names a header; `my-secret-key` is what a person types for a secret.
    return len(parts) > 1 and not _OWN_WORDS.intersection(parts) and bool(_NAMES.kind(value))


def looks_generated(value: str) -> bool:
    """Say whether a machine can have made `value`: digits among letters, or no word at all."""
    letters = sum(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    if letters and digits and len(value) >= 6:
        return True
    if digits == len(value):
        return len(value) >= 6
    # A phrase such as `super-secret-key` was typed by a person, but is in use as a secret.
    if {"secret", "password", "key", "token"}.intersection(
        split(value)
    ) or "secret" in value.lower():
        return True
    mixed = value != value.lower() and value != value.upper()
    return len(value) >= 16 and mixed and entropy(value) > 3.5


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


def is_high_entropy(value: str) -> bool:
    """Say whether `value` is random text.

    The limits, 3.0 bits for hexadecimal and 4.5 for base64, are detect-secrets' defaults.
    """
    if not 20 <= len(value) <= MAX_LENGTH or _UUID.fullmatch(value):
        return False
    if _HEX.fullmatch(value):
        return len(value) >= 32 and entropy(value) > 3.0 and not value.isdigit()
    if not _BASE64.fullmatch(value) or names_a_thing(value) or _NOT_A_SECRET.fullmatch(value):
        return False
    has_all = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return has_all and entropy(value) > 4.5
