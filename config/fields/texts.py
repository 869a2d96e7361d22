"""What a text must be beyond its type, in `Annotated`.

    class Shop(Service):
        address: Annotated[str, Url("https")]
        signing_key: Annotated[bytes, Base64()]
        limits: Annotated[Any, Json()]

Any object with a method `convert(text)` will do; where it raises a ValueError, the text is invalid.
"""

import json
from typing import Any, Protocol, runtime_checkable

from .invalid import InvalidError

# Deeper JSON is no configuration, and would exhaust the stack.
_DEEPEST = 50
_MOST_BRACKETS = 5000


@runtime_checkable
class TextRule(Protocol):
    """Makes a value of a text."""

    def convert(self, text: str) -> Any:
        """The value.

        Raises:
            ValueError: The text is none. Only the message of an `InvalidError` is shown.
        """
        ...


class Url:
    """A URL with its scheme; it stays a text.

    Args:
        schemes: The schemes that are allowed; none for any.
    """

    __slots__ = ("schemes",)

    def __init__(self, *schemes: str) -> None:
        self.schemes = tuple(scheme.lower() for scheme in schemes)

    def convert(self, text: str) -> str:
        """The text, when it is such a URL."""
        split_url(text, self.schemes)
        return text


def split_url(text: str, schemes: tuple[str, ...] = ()) -> Any:
    """The parts of a URL, as `urllib.parse.urlsplit` has them.

    Raises:
        InvalidError: It is none, or its scheme is not one of these.
    """
    from urllib.parse import urlsplit

    wanted = " or ".join(f"{scheme}://…" for scheme in schemes)
    wrong = f"must be a URL, {wanted}" if schemes else "must be a URL with its scheme"
    parts: Any = None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        parts = None
    # What is not printable is an accident of copying: urlsplit drops some of it in silence.
    if parts is None or "://" not in text or not (parts.netloc or parts.path.strip("/")):
        raise InvalidError(wrong if schemes else f"{wrong}, such as https://host/path")
    if not text.isprintable() or " " in text:
        raise InvalidError("must be a URL, without blanks")
    if schemes and parts.scheme.lower() not in schemes:
        raise InvalidError(wrong)
    return parts


class Base64:
    """Bytes that are written in base64, of the standard or the URL-safe alphabet."""

    __slots__ = ()

    def convert(self, text: str) -> bytes:
        """The bytes."""
        import base64

        found: bytes | None = None
        try:
            standard = "".join(text.split()).replace("-", "+").replace("_", "/")
            found = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except ValueError:
            found = None
        if found is None:
            raise InvalidError("must be base64")
        return found


class Json:
    """Any value that is written as JSON."""

    __slots__ = ()

    def convert(self, text: str) -> Any:
        """The value."""
        return parse_json(text, "must be JSON")


def parse_json(text: str, wrong: str) -> Any:
    """The value that a JSON text stands for.

    Raises:
        InvalidError: With the message `wrong` where it is not JSON, names a key twice, or holds a
            number that JSON does not have.
    """
    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        raise InvalidError("must be JSON of fewer values")
    found: Any = None
    failed = False
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        failed = True  # Raised below: the error holds the text.
    if failed or _depth(found) > _DEEPEST:
        raise InvalidError(wrong)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _constant(_name: str) -> Any:
    raise ValueError


def _depth(value: Any) -> int:
    """How deeply a value is nested; stops counting beyond what is allowed."""
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        level = [
            inner
            for each in level
            if isinstance(each, list | dict)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        depth += 1
    return depth
