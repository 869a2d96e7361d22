"""A fingerprint of a credential: the same for the same value, and of no use without its key.

It lets a report say that two places hold one secret without holding the secret itself. The key is
random bytes of this user's, so that nobody can try values against a report of another machine.
"""

import ast
import os

try:
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - another implementation of Python
    from hashlib import blake2b

# Bytes; 64 bits tell the secrets of any repository apart.
_SIZE = 8
_QUOTES = b"'\""
# What stands before a credential in a header (RFC 9110 section 11.1).
_SCHEMES = (b"Bearer ", b"Basic ", b"Token ", b"token ", b"bearer ")


def key_from(secret: bytes) -> bytes:
    """Return a key for fingerprints that says nothing of the bytes it is made of."""
    return blake2b(secret, person=b"fingerprint", digest_size=32).digest()


def users_key() -> bytes:
    """Return the key of this user's fingerprints; one of this run where none can be kept."""
    from ..cache import users_secret

    return key_from(users_secret() or os.urandom(32))


def fingerprint(key: bytes, text: bytes) -> str:
    """Return 16 hexadecimal digits.

    Args:
        key: At most 64 bytes.
        text: A credential as it stands in a source: a literal of Python, or its plain characters.
    """
    return blake2b(value_of(text), key=key, digest_size=_SIZE).hexdigest()


def value_of(text: bytes) -> bytes:
    """Return the value that a literal stands for; text that is none as it is."""
    value = text.strip()
    if value[-1:] in (b"'", b'"') and any(quote in value[:4] for quote in (b"'", b'"')):
        value = _evaluated(value)
    for scheme in _SCHEMES:
        if value.startswith(scheme):
            return value[len(scheme) :].strip()
    return value


def _evaluated(literal: bytes) -> bytes:
    try:
        found = ast.literal_eval(literal.decode("utf-8"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        # An f-string, or pieces of several lines.
        return literal.lstrip(b"bBfFrRuUtT").strip(_QUOTES)
    if isinstance(found, bytes):
        return found
    return found.encode("utf-8", "surrogatepass") if isinstance(found, str) else literal
