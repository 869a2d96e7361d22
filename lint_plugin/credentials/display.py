"""What may be shown of a name that comes from the source: a key, a default, a name at fault.

People pass credentials where the name of a variable belongs: `os.getenv("<token>")`. Every output
that names a key asks here, so that none of them holds a credential.
"""

import re
from functools import lru_cache

MASK = "***"
# No credential that can be known as one by itself is shorter.
_SHORTEST = 16
# No name is longer. What is, is not looked into, and not shown.
_LONGEST = 4096
# Most keys: letters and underscores. Of these only a key ID of AWS has the format of a provider.
_PLAIN = re.compile(r"(?!A[KS]IA)[A-Z_]{1,100}")
_PASSWORD_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
# What parts random text from what stands around it; `/`, `+` and `=` are a part of base64.
_BETWEEN = re.compile(r"[^A-Za-z0-9_+/=%-]+")


def holds_credential(text: str) -> bool:
    """Say whether a text is, or holds, what only a credential looks like.

    That is the format of a provider, a private key, an address with a password in it, or random
    text. A password that is a word cannot be told from a name.
    """
    if _PLAIN.fullmatch(text):
        return False
    if len(text) < _SHORTEST:
        return carries_password(text)
    return len(text) > _LONGEST or _looks_like_one(text)


def carries_password(text: str) -> bool:
    """Say whether a text holds an address with a password in it."""
    return "://" in text and _PASSWORD_IN_ADDRESS.search(text) is not None


def shown(text: str) -> str:
    """Return a text as any output may show it: `***` if it holds a credential."""
    return MASK if holds_credential(text) else text


@lru_cache(maxsize=4096)
def _looks_like_one(text: str) -> bool:
    # A tree whose keys are all plain need not pay for the imports.
    from .formats import in_formats
    from .values import is_high_entropy

    return (
        next(in_formats(text), None) is not None
        or "-----BEGIN " in text
        or carries_password(text)
        or any(is_high_entropy(part) for part in _BETWEEN.split(text))
    )
