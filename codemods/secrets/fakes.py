"""What stands for a secret in a test: a literal that anybody sees is none, of the same shape.

The same secret is the same fake in every test, and another one is another. Where the length or
the alphabet of a value matters to what takes it (a key of a cipher, digits, base64), it stays.
"""

import re

_HEX = re.compile(r"(?:[0-9a-f]{2}){8,}|(?:[0-9A-F]{2}){8,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={1,2}")
# Lengths of keys of AES, and so of most ciphers, in bytes.
_KEY_SIZES = (16, 24, 32)
_MADE_UP = "not-a-real-"
_WORD = re.compile(r"[^\W\d_]{1,12}")


def is_word(value: str) -> bool:
    """Say whether a value is one plain word, which only a test takes for a password."""
    return _WORD.fullmatch(value) is not None and value in (value.lower(), value.title())


def fake(value: str, key: str, number: int) -> str:
    """Return the fake of a secret.

    Args:
        value: The secret.
        key: What its key would be called.
        number: How many others have this key and shape already.
    """
    size = len(value)
    if value.isdigit():
        return str(number).zfill(size)
    if _HEX.fullmatch(value):
        return f"{number:0{size}x}"
    if _BASE64.fullmatch(value):
        body = value.rstrip("=")
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        # The last character of padded base64 has bits that must be zero; the first is free.
        return letters[number % 26] + "A" * (len(body) - 1) + "=" * (size - len(body))
    name = _MADE_UP + key.lower().replace("_", "-")
    ending = f"-{number + 1}" if number else ""
    if size in _KEY_SIZES and " " not in value:
        return (name + "-" + "x" * size)[: size - len(ending)].ljust(
            size - len(ending), "x"
        ) + ending
    return name + ending
