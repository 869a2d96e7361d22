"""Functions on texts: sounds, likeness, encodings, identifiers.

https://docs.snowflake.com/en/sql-reference/functions-string
"""

import base64
import binascii
import hashlib
import uuid

from ...language.errors import SqlError
from . import function

_CODES = {letter: str(code) for code, letters in enumerate(
    ("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for letter in letters}  # fmt: skip


@function("VARCHAR")
def soundex(text: str) -> str:
    return _soundex(text, first_counts=True)


@function("VARCHAR")
def soundex_p123(text: str) -> str:
    """The variant that keeps the code of a second letter which sounds as the first."""
    return _soundex(text, first_counts=False)


def _soundex(text: str, *, first_counts: bool) -> str:
    letters = [letter for letter in text.upper() if letter.isalpha()]
    if not letters:
        return ""
    last = _CODES.get(letters[0]) if first_counts else None
    digits = ""
    for letter in letters[1:]:
        code = _CODES.get(letter)
        if code is not None and code != last:
            digits += code
        # H and W do not part two letters of one code; a vowel does.
        if letter not in "HW":
            last = code
    return letters[0] + (digits + "000")[:3]


@function("VARCHAR", "VARCHAR", returns="BIGINT")
def jarowinkler_similarity(left: str, right: str) -> int:
    a, b = left.lower(), right.lower()
    if not a or not b:
        return 0
    # The documented values come of a prefix of any length, and of cutting down.
    return int(_jaro_winkler(a, b) * 100)


def _jaro_winkler(a: str, b: str) -> float:
    reach = max(len(a), len(b)) // 2 - 1
    taken = [False] * len(b)
    common = []
    for place, char in enumerate(a):
        for other in range(max(0, place - reach), min(len(b), place + reach + 1)):
            if not taken[other] and b[other] == char:
                taken[other] = True
                common.append(char)
                break
    if not common:
        return 0.0
    ordered = [char for char, used in zip(b, taken, strict=True) if used]
    swapped = sum(x != y for x, y in zip(common, ordered, strict=True)) // 2
    count = len(common)
    jaro = (count / len(a) + count / len(b) + (count - swapped) / count) / 3
    prefix = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        prefix += 1
    return jaro + min(1.0, prefix * 0.1) * (1 - jaro)


@function("VARCHAR", "VARCHAR")
def uuid_named(namespace: str, name: str) -> str:
    try:
        return str(uuid.uuid5(uuid.UUID(namespace), name))
    except ValueError:
        raise SqlError(f"Invalid UUID '{namespace[:60]}'", 100173, "22023") from None


@function("VARCHAR", returns="BIGINT")
def rtrimmed_length(text: str) -> int:
    return len(text.rstrip(" "))


def _alphabet(given: str) -> tuple[str, str, str]:
    """Return the characters for 62, 63 and padding: the default ones where none are given."""
    return (given[:1] or "+", given[1:2] or "/", given[2:3] or "=")


@function("VARCHAR", "BIGINT", "VARCHAR")
def base64_encode(text: str, width: int, alphabet: str) -> str:
    return _base64(text.encode(), width, alphabet)


@function("BLOB", "BIGINT", "VARCHAR")
def base64_encode_binary(value: bytes, width: int, alphabet: str) -> str:
    return _base64(value, width, alphabet)


def _base64(value: bytes, width: int, alphabet: str) -> str:
    plus, slash, pad = _alphabet(alphabet)
    found = base64.b64encode(value).decode()
    found = found.translate(str.maketrans("+/=", plus + slash + pad))
    if width <= 0:
        return found
    return "\n".join(found[place : place + width] for place in range(0, len(found), width))


@function("VARCHAR", "VARCHAR", "BOOLEAN", returns="BLOB")
def base64_decode(text: str, alphabet: str, quietly: bool) -> bytes | None:
    plus, slash, pad = _alphabet(alphabet)
    plain = text.replace("\n", "").translate(str.maketrans(plus + slash + pad, "+/="))
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        if quietly:
            return None
        raise SqlError(
            f"The following string is not a legal base64 encoded value: '{text[:60]}'",
            100048,
            "22023",
        ) from None


@function("VARCHAR", "BOOLEAN", returns="BLOB")
def hex_decode(text: str, quietly: bool) -> bytes | None:
    try:
        return binascii.unhexlify(text.encode())
    except (binascii.Error, ValueError):
        if quietly:
            return None
        raise SqlError(
            f"The following string is not a legal hex-encoded value: '{text[:60]}'", 100115, "22000"
        ) from None


@function("BLOB", "BOOLEAN")
def utf8(value: bytes, quietly: bool) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        if quietly:
            return None
        raise SqlError("Invalid UTF8 detected in string", 100144, "22000") from None


@function("VARCHAR", "BIGINT")
def hex_encode(text: str, upper: int) -> str:
    if upper not in (0, 1):
        raise SqlError(f"Invalid value for the case of HEX_ENCODE: {upper}", 1008, "22023")
    found = text.encode().hex()
    return found.upper() if upper else found


_SHA2 = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}


@function("VARCHAR", "BIGINT")
def sha2(text: str, size: int) -> str:
    if size not in _SHA2:
        raise SqlError(
            f"Invalid digest size {size} in SHA2: 224, 256, 384 and 512 are its sizes",
            100170,
            "22023",
        )
    return hashlib.new(_SHA2[size], text.encode()).hexdigest()


@function("VARCHAR")
def md5_number_lower64(text: str) -> str:
    return str(int.from_bytes(_md5(text)[8:]))


@function("VARCHAR")
def md5_number_upper64(text: str) -> str:
    return str(int.from_bytes(_md5(text)[:8]))


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()
