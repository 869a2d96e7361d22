"""Which values are looked for: those that are secret, and stand in no text by chance."""

import re

from hushflake.config.secret_names import looks_secret
from hushflake.lint_plugin.credentials.display import carries_password
from hushflake.lint_plugin.credentials.formats import in_formats
from hushflake.lint_plugin.credentials.values import is_high_entropy, looks_generated
from hushflake.lint_plugin.known.values import SHORTEST

SHORT = f"shorter than {SHORTEST} bytes"
COMMON = "a word, a number, a name or an address, as stands in many texts"
PUBLIC = "not secret by its name, its source or its form"

# Working folders of a shell.
_NO_PASSWORDS = frozenset({"PWD", "OLDPWD"})
# No shorter text of letters is random, and none of words a password of several.
_LONG = 15
# Words with a number behind, and what is made of them: `production`, `us-east-1`, `my_service`,
# `localhost:8080`, `db.example.com`, `10.0.0.1`, `3.11.7`, `2024-01-01`, `a@example.com`.
_NAME = re.compile(r"@?[A-Za-z]*\d{0,4}(?:[-_.:/@ ]++[A-Za-z]*+\d{0,4}+)*+/?")
_NUMBER = re.compile(r"[+-]?[\d.,:_\- ]{1,20}")
_PATH = re.compile(r"(?:~|\.{0,2})/[\w./@+\- ]*|[A-Za-z]:\\[\w.\\ -]*")
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s?#]*", re.IGNORECASE)
_REPEATED = re.compile(r"(.{1,3})\1+")
_PASSWORD = re.compile(r"://[^/\s:@]*:(?P<value>[^/\s@]+)@")


def why_not(key: str, value: str, *, is_secret: bool) -> str:
    """Return why a value is not looked for, or nothing.

    Args:
        key: Its name.
        value: The value.
        is_secret: Whether its source says that it is secret, by more than its name.
    """
    is_named_so = looks_secret(key) and key not in _NO_PASSWORDS
    if not (is_secret or is_named_so or _looks_secret_itself(value)):
        return PUBLIC
    if len(value.encode("utf-8", "surrogatepass")) < SHORTEST:
        return SHORT
    return COMMON if is_common(value) else ""


def is_common(value: str) -> bool:
    """Say whether a value may stand in a text without being meant."""
    text = value.strip()
    if len(text) < SHORTEST or _REPEATED.fullmatch(text) or len(set(text)) < 4:
        return True
    if carries_password(text) or next(in_formats(text), None) is not None:
        return False
    if _NUMBER.fullmatch(text) or _PATH.fullmatch(text) or _ADDRESS.fullmatch(text):
        return True
    is_random = len(text) >= _LONG and looks_generated(text)
    if is_random or is_high_entropy(text) or _is_phrase(text):
        return False
    return _NAME.fullmatch(text) is not None


def _is_phrase(text: str) -> bool:
    """Say whether a text is a password of several words, too long to stand anywhere by chance."""
    words = re.split(r"[-_ ]+", text)
    has_number = any(re.fullmatch(r"[A-Za-z]+\d+", word) for word in words)
    is_of_words = all(word.isalnum() for word in words)
    return (
        is_of_words and len(text) >= _LONG and (len(words) >= 4 or (has_number and len(words) > 2))
    )


def passwords_in(value: str) -> list[str]:
    """Return the passwords of addresses in a value: they are looked for by themselves too."""
    if not carries_password(value):
        return []
    from urllib.parse import unquote

    found = [match["value"] for match in _PASSWORD.finditer(value)]
    return [each for each in {*found, *map(unquote, found)} if not is_common(each)]


def _looks_secret_itself(value: str) -> bool:
    return carries_password(value) or next(in_formats(value), None) is not None
